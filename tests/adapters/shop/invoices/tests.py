"""Run by Django's own test runner: ../../test_django.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core import checks
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import TestCase
from djmoney.contrib.exchange.models import ExchangeBackend, Rate
from djmoney.contrib.exchange.models import convert_money as by_stored_rates
from djmoney.money import Money

import forexhooks
from forexhooks.adapters.django import ForexhooksBackend, convert_money
from forexhooks.testing import FixedRates
from invoices.models import Invoice

DAY = date(2026, 10, 29)


class OfCoins(ForexhooksBackend):
    name = "coins"
    driver = ("coins",)


class OfNobody(ForexhooksBackend):
    driver = "nobody"


class Tests(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rates = {"EUR/PLN": "4.2", "EUR/1INCH": "5", "BTC/EUR": "100000000", "USD/TWD": "31"}
        forexhooks.plugin_manager().register(FixedRates(rates, name="coins", on=date(2026, 10, 29)))
        traveller = time_machine.travel(datetime(2026, 10, 30, 20, tzinfo=UTC), tick=False)
        traveller.start()
        cls.addClassCleanup(traveller.stop)

    def setUp(self) -> None:
        paid = datetime(2026, 10, 28, 20, tzinfo=UTC)  # in Tokyo it is the 29th
        self.invoice = Invoice.objects.create(day=DAY, paid=paid, total=Money("111.72", "USD"))
        self.invoice.refresh_from_db()

    def test_no_migration_is_missing(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    def test_rates_are_stored_and_replaced(self) -> None:
        for _ in range(2):
            call_command("update_rates", verbosity=0)
        assert ExchangeBackend.objects.get().base_currency == "EUR"
        stored = dict(Rate.objects.values_list("currency", "value"))
        assert stored["USD"] == Decimal("1.1172")
        assert len(stored) == 29  # those of that day
        assert by_stored_rates(self.invoice.total, "EUR") == Money(100, "EUR")

    def test_a_base_of_ones_own(self) -> None:
        ForexhooksBackend().update_rates("JPY")
        assert Rate.objects.get(currency="USD").value == Decimal("0.006359")

    def test_a_backend_with_another_driver(self) -> None:
        backend = f"{OfCoins.__module__}.{OfCoins.__qualname__}"
        call_command("update_rates", "-b", backend, verbosity=0)
        # Those that have a code of three letters, a rate, and digits that can be stored.
        assert dict(Rate.objects.values_list("currency", "value")) == {"PLN": Decimal("4.2")}
        assert by_stored_rates(Money(1, "EUR"), "PLN", backend="coins").amount == Decimal("4.2")
        with pytest.raises(forexhooks.RateError, match="CHF"):
            OfCoins().update_rates("CHF")

    def test_the_rate_of_the_day(self) -> None:
        converted = convert_money(self.invoice.total, "EUR", on=self.invoice.day)
        assert converted == Money("100.38", "EUR")
        assert type(converted) is Money
        assert convert_money(self.invoice.total, "EUR", self.invoice.paid) == converted
        assert convert_money(self.invoice.total, "EUR") == Money(100, "EUR")
        assert convert_money(converted, "PLN", driver=["coins"], places=1) == Money("421.6", "PLN")
        with pytest.raises(forexhooks.RateError):
            convert_money(self.invoice.total, "EUR", date(1990, 1, 1))

    def test_the_drivers_in_the_settings_are_checked(self) -> None:
        def found(**settings: object) -> list[tuple[str, int]]:
            with self.settings(**settings):
                return [(each.msg, each.level) for each in checks.run_checks(tags=["forexhooks"])]

        assert found() == found(FOREXHOOKS_DRIVER=None) == []
        assert found(EXCHANGE_BACKEND=None) == found(EXCHANGE_BACKEND="") == []
        assert found(FOREXHOOKS_DRIVER=["ecb", "coins", "pl-vat"]) == []
        backend = f"{OfNobody.__module__}.{OfNobody.__qualname__}"
        for wrong, said, level in (
            ({"FOREXHOOKS_DRIVER": "ebc"}, "unknown driver 'ebc' (did you mean 'ecb'?)", 40),
            ({"FOREXHOOKS_DRIVER": ["ecb", "ecb:ask"]}, "ecb has no series 'ask'", 40),
            ({"FOREXHOOKS_DRIVER": 7}, "7 does not name a driver", 40),
            ({"FOREXHOOKS_DRIVER": "openexchangerates"}, "app_id", 40),
            ({"FOREXHOOKS_DRIVER": ["ecb", "openexchangerates"]}, "app_id", 30),
            ({"EXCHANGE_BACKEND": backend}, "unknown driver 'nobody'", 40),
        ):
            [(message, of)] = found(**wrong)
            assert said in message and of == level, message

    def test_the_setting_may_be_empty_and_not_of_another_kind(self) -> None:
        for driver in (None, "", (), "ecb", ["ecb"]):
            with self.settings(FOREXHOOKS_DRIVER=driver):
                assert convert_money(self.invoice.total, "EUR", DAY) == Money("100.38", "EUR")
        for wrong, kind in [(3, forexhooks.SettingsError), ("ecbb", forexhooks.UnknownDriverError)]:
            with self.settings(FOREXHOOKS_DRIVER=wrong), pytest.raises(kind, match="'ecb'"):
                ForexhooksBackend().update_rates()

    def test_in_a_template(self) -> None:
        assert render_to_string("invoice.html", {"invoice": self.invoice}).split("|") == [
            "€100.00",
            "€100.38",
            "€100.00",
            "None",
            "",
            "None\n",
        ]
