"""Every kind of mistake that the kit is to find has a broken driver, and a test that finds it.

The kinds are those of drivers that were broken on purpose, and passed an earlier kit.
"""

from __future__ import annotations

import pytest

from broken import BREAKAGES, hanging
from forexhooks.testing import DriverTests

_ALL = {**BREAKAGES, **{each.name: each for each in hanging.ALL}}

# The kind, the broken drivers that stand for it, and the tests that find them.
KINDS: dict[str, tuple[list[str], str]] = {
    "two currencies swapped": (["two currencies swapped"], "test_no_rate_is"),
    "start excluded": (["after the first day"], "test_the_first_day_is_included"),
    "end excluded": (["a day too late"], "test_a_history_has_the_days_observed_in_order"),
    "first year only": (["the first year only"], "test_every_year_of_a_history_is_asked_for"),
    "first page only, of days": (
        ["the first page only"],
        "test_a_history_has_the_days_of_publication",
    ),
    "first page only, of currencies": (
        ["currencies of the first page"],
        "test_every_currency_that_was_sent_is_observed",
    ),
    "endless pager": (["an endless pager"], "test_the_latest_is_answered"),
    "endless loop, sleep": (
        ["an endless parse", "a sleep", "an endless past"],
        "test_the_latest_is_answered",
    ),
    "deadlock": (["a deadlock"], "test_threads_get_the_answers_of_one"),
    "float": (["by float", "floats as they are"], "test_digits_that_no_float_has"),
    "gold per gram as ounce": (["a gram as an ounce"], "test_no_rate_is"),
    "wrong zone": (
        ["the zone of Tokyo", "the zone of Auckland", "a bank in UTC"],
        "test_it_publishes_by_day_where_its_currency_is",
    ),
    "published at 00:30": (
        ["out at half past midnight"],
        "test_it_publishes_by_day_where_its_currency_is",
    ),
    "constant end= on the latest": (["the latest for good"], "test_the_latest_is_asked_for_again"),
    "fault swallowed on past days": (
        ["past faults swallowed", "past outages swallowed", "past pages swallowed"],
        "test_fault_in_a_history",
    ),
    "any 404 is no rates": (["any 404 is no rows"], "test_fault_in_a_history"),
    "500 on a file of a year": (["years that fail"], "test_a_part_of_a_history_that_fails"),
    "error body with 200": (["an error is no rows"], "test_fault_in_a_history"),
    "only the first currencies": (
        ["the first three currencies"],
        "test_every_currency_that_was_sent_is_observed",
    ),
    "only those asked for first": (
        ["those asked for first"],
        "test_what_was_asked_before_changes_nothing",
    ),
    "ended or foreign codes": (
        ["marks today", "old roubles today", "old lira today", "kuna today", "an index"],
        "test_codes_are_of_money_in_use",
    ),
    "duplicate rows": (["every row twice", "one row twice"], "test_no_observation_comes_twice"),
    "a filter left out": (["all bulletins"], "test_the_latest_is_answered"),
    "wrong base unchecked": (["another base"], "test_fault"),
    "pivot": (
        ["the pivot of another", "no pivot"],
        "test_the_pivot_is_the_currency_that_all_rates_share",
    ),
    "history_from too early": (
        ["its first day too early"],
        "test_the_first_day_is_that_of_the_profile",
    ),
    "history_from too late": (["its first day too late"], "test_samples"),
    "history_from after the newest": (
        ["its first day after the newest"],
        "test_the_latest_is_answered",
    ),
    "weekly or monthly": (
        ["weekly, it says", "monthly, it says"],
        "test_days_are_observed_as_the_profile_says",
    ),
    "every day a publication day": (
        ["every day, it says"],
        "test_days_are_observed_as_the_profile_says",
    ),
    "day_by_day": (
        ["day by day, it says"],
        "test_a_history_that_takes_one_request_is_not_day_by_day",
    ),
    "time_to_live": (
        ["kept for a month", "kept for a fortnight"],
        "test_the_latest_is_not_kept_too_long",
    ),
    "not all_at_once": (
        ["currencies one by one"],
        "test_one_answer_for_all_currencies_is_asked_for_once",
    ),
    "title only": (["a bare profile"], "test_the_profile_says_what_users_need_to_know"),
    "state in self": (["state in self"], "test_threads_get_the_answers_of_one"),
    "key shown": (
        ["a key that is shown", "a key that is logged"],
        "test_the_key_is_sent_to_the_provider_and_shown_to_nobody",
    ),
    "key absent from the profile": (["a key not named"], "test_the_profile_names_the_key"),
    "key of another setting": (
        ["another setting's key"],
        "test_a_missing_key_says_where_to_put_it",
    ),
    "computed values by float": (["a mid by float"], "test_digits_that_no_float_has"),
    "computed values without inputs": (
        ["a mid that is not said"],
        "test_values_are_exact_decimals",
    ),
    "inputs that cannot be": (
        ["a mid of nothing", "a mid of nobody", "a mid of tomorrow", "a mid backwards"],
        "test_computed_values_say_of_what",
    ),
    "a store that is not kept": (
        ["a store in memory"],
        "test_what_an_update_brought_is_there_for_the_next_driver",
    ),
    "a store that an update breaks": (
        ["a store that is cleared first"],
        "test_an_update_that_fails_changes_nothing",
    ),
    "a fault of an update swallowed": (
        ["an update that swallows"],
        "test_an_update_that_fails_changes_nothing",
    ),
    "a currency lost in a history": (
        ["no past"],
        "test_every_currency_that_was_sent_is_in_a_history",
    ),
    "a currency wrong in a history": (
        ["a past upside down", "a past per hundred", "a day per hundred"],
        "test_no_rate_is",
    ),
    "what an update says": (
        ["an update that counts all", "an update that says the old day"],
        "test_an_update_brings_what_the_provider_has",
    ),
}

WELL = (
    "files of a year",
    "pages",
    "the closing bulletin",
    "a mid",
    "a day not quoted",
    "the zone of New York",
    "a store",
)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_found_by_the_test_that_is_meant_for_it(kind: str) -> None:
    names, test = KINDS[kind]
    assert hasattr(DriverTests, test)
    for name in names:
        assert test in {found.partition("[")[0] for found in _ALL[name].found_by}, name


def test_what_is_well_passes() -> None:
    assert [name for name, each in _ALL.items() if not each.found_by] == sorted(
        WELL, key=list(_ALL).index
    )
