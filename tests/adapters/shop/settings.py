SECRET_KEY = "of a shop that is none"  # noqa: S105 - nor is this
INSTALLED_APPS = ["djmoney", "djmoney.contrib.exchange", "forexhooks.adapters.django", "invoices"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"libraries": {"forexhooks": "forexhooks.adapters.django"}},
    }
]
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EXCHANGE_BACKEND = "forexhooks.adapters.django.ForexhooksBackend"
BASE_CURRENCY = "EUR"
CURRENCIES = ("EUR", "JPY", "PLN", "USD")
FOREXHOOKS_DRIVER = "ecb"
