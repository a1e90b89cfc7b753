from django.db import models
from djmoney.models.fields import MoneyField


class Invoice(models.Model):
    day = models.DateField()
    paid = models.DateTimeField()
    total = MoneyField(max_digits=14, decimal_places=2, default_currency="USD")
