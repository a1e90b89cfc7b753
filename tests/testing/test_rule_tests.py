"""The kit for rules: a right table passes, a wrong one fails with the day that counts."""

from __future__ import annotations

from datetime import date

import pytest

import forexhooks_rules
from forexhooks.testing import RuleTests


class TestEuCustoms(RuleTests):
    rule = forexhooks_rules.eu_customs
    days = {  # noqa: RUF012 - as the docs have it
        date(2024, 1, 1): date(2023, 12, 20),
        date(2024, 1, 31): date(2023, 12, 20),
        date(2026, 12, 1): date(2026, 11, 18),
    }


class TestOss(RuleTests):
    rule = forexhooks_rules.oss
    days = {date(2023, 10, 1): date(2024, 1, 2)}  # noqa: RUF012
    closed = (date(2024, 1, 1),)


class TestPlVat(RuleTests):
    rule = forexhooks_rules.pl_vat
    days = {date(2026, 11, 12): date(2026, 11, 10), date(2026, 11, 9): date(2026, 11, 6)}  # noqa: RUF012
    closed = (date(2026, 11, 11),)


def test_a_wrong_table_fails_with_the_day_that_counts() -> None:
    class Wrong(TestPlVat):
        days = {date(2026, 11, 12): date(2026, 11, 11)}  # noqa: RUF012

    with pytest.raises(pytest.fail.Exception, match="the rate of 2026-11-10 counts"):
        Wrong().test_each_day_gets_the_rate_of_the_day_that_counts()
    Wrong.days = {}
    with pytest.raises(pytest.fail.Exception, match="set days"):
        Wrong().test_each_day_gets_the_rate_of_the_day_that_counts()
