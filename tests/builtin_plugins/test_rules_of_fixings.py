"""Rules by which the fixing of a central bank counts that is in force on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine

import forexhooks
from providers import Provider

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("rule", "source", "currency", "on", "day", "value"),
    [
        # On its own day, on the Sunday after a Friday, and on Good Friday.
        ("cz-vat", "cnb", "EUR", date(2026, 4, 2), date(2026, 4, 2), "24.540"),
        ("cz-vat", "cnb", "HUF", date(2026, 3, 29), date(2026, 3, 27), "0.06297"),
        ("cz-vat", "cnb", "USD", date(2026, 4, 3), date(2026, 4, 2), "21.291"),
        ("se-vat", "riksbank", "EUR", date(2026, 3, 26), date(2026, 3, 26), "10.8405"),
        ("se-vat", "riksbank", "USD", date(2026, 3, 28), date(2026, 3, 27), "9.44517"),
    ],
)
def test_the_fixing_in_force_counts(
    rule: str,
    source: str,
    currency: str,
    on: date,
    day: date,
    value: str,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake: Any = import_module(f"fakes.{source}")
    provider.answer = fake.answer
    monkeypatch.setenv(f"FOREXHOOKS_{source}_BASE_URL".upper(), provider.url)
    evening = datetime.combine(fake.TODAY + timedelta(days=2), datetime.min.time(), UTC)
    with (
        time_machine.travel(evening, tick=False),
        forexhooks.ForexManager(discover=True) as manager,
    ):
        fx = forexhooks.open(rule, manager=manager)
        assert fx.rule is not None
        rate = fx.get_rate(currency, fx.rule.home, on=on)
        assert (str(rate.value), rate.on) == (value, day)
        assert (rate.driver, rate.rule) == (source, rule)
        with pytest.raises(forexhooks.UnsupportedPairError):
            fx.get_rate("EUR", "USD", on=on)
