"""The kit: a driver that is well passes all of it, and one that is broken fails where it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from broken import BREAKAGES
from broken.well import RATES, TODAY, Acme, Breakage, answer
from forexhooks.testing import DriverTests, ForexServer, bodies
from forexhooks.testing.references import reference

_MODULE = """
    from broken import BREAKAGES
    from broken.well import TODAY, answer
    from forexhooks.testing import DriverTests, faults
    from forexhooks.testing.kit import requests

    # A driver without a time limit is found sooner.
    faults.HANGS, requests.SLACK = 8, 5

    class TestBroken(DriverTests):
        today = TODAY
        answer = staticmethod(answer)

        def make_driver(self, server):
            return BREAKAGES[{name!r}].driver(app_id=self.key, base_url=server.url)
"""


class TestAcme(DriverTests):
    today = TODAY
    samples = (("USD", "CAD", None, "1.3969"), ("EUR", "USD", None, "1/0.89510"))
    answer = staticmethod(answer)

    def make_driver(self, server: ForexServer) -> Acme:
        return Acme(app_id=self.key, base_url=server.url)


def test_the_example_of_the_docs(pytester: pytest.Pytester) -> None:
    page = Path(__file__).parents[2] / "docs" / "kit.md"
    example = re.search(r"```python\n(# test_acme\.py\n.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert example is not None
    pytester.makepyfile(test_acme=example[1])
    rates = {"day": str(TODAY), "rates": {code: float(rate) for code, rate in RATES.items()}}
    (pytester.path / "rates.json").write_text(json.dumps(rates), encoding="utf-8")
    outcome = pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider").countoutcomes()
    assert outcome[0] > 30 and outcome[2] == 0


@pytest.mark.parametrize(
    "broken", [pytest.param(each, id=name) for name, each in BREAKAGES.items()]
)
def test_what_is_broken_is_found_by_its_test_and_by_no_other(
    broken: Breakage, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(_MODULE.format(name=broken.name))
    some = ("-k", "not test_fault or test_fault_in") if broken.quick else ()
    result = pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider", *some)
    failed = [each for each in result.getreports("pytest_runtest_logreport") if each.failed]
    assert {each.nodeid.partition("TestBroken::")[2] for each in failed} == broken.found_by
    said = "\n".join(str(each.longrepr) for each in failed)
    assert broken.says in said
    assert all(re.match(r"acme: .*\n  → ", str(each.longrepr), re.DOTALL) for each in failed)


@pytest.mark.parametrize(
    ("given", "pair", "expected"),
    [
        ({"USD/KES": "129"}, ("USD", "KES"), 129),
        ({"USD/KES": "129"}, ("KES", "USD"), 1 / 129),
        ({"USD/KES": "129"}, ("KES", "CAD"), 1.39689 / 129),
        ({"USD/KES": "129"}, ("EUR", "KES"), 1.1172 * 129),
        ({"USD/KES": "129", "USD/LBP": "89500"}, ("KES", "LBP"), 89500 / 129),
        ({"USD/KES": "129"}, ("KES", "LBP"), None),
        ({}, ("EUR", "USD"), 1.1172),
    ],
)
def test_a_reference_serves_either_way_and_for_crosses(
    given: dict[str, str], pair: tuple[str, str], expected: float | None
) -> None:
    found = reference(TODAY, given)(*pair)
    assert found == expected or found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"BASE_CURRENCY,DAY,RATE\nUSD,2026-10-30,3.7\n", b"ZAR,2026-10-30,3.7\n"),
        (b"day;base;rate\r\n2026-10-30;USD;3,7\r\n", b"2026-10-30;ZAR;3,7\n"),
        (b'{"BASE_CUR": "USD", "rate": 3.7}', b'{"BASE_CUR": "ZAR", "rate": 3.7}'),
        (b'{"Base": "USD"}', b'{"Base": "ZAR"}'),
    ],
)
def test_another_base_is_written_whatever_it_is_called(body: bytes, expected: bytes) -> None:
    assert bodies.with_another_base(body).endswith(expected)


@pytest.mark.parametrize("body", [b"day,USD\n2026-10-30,1.1\n", b"<a base='USD'/>", b"", b"\0\xff"])
def test_a_body_without_a_base_stays_as_it_is(body: bytes) -> None:
    assert bodies.with_another_base(body) == body


_UNHELD = """
    from datetime import date
    from decimal import Decimal

    from broken.well import Acme
    from forexhooks import Observation
    from forexhooks.testing import DriverTests, reply

    class Exotic(Acme):
        def observations(self, currencies, start, end):
            self.fetch_json("/rates", headers=self.headers)
            for code, value in (("CAD", "1.3969"), ("LBP", "89500"), ("KES", "129.2")):
                yield Observation(date(2026, 10, 30), "USD", code, Decimal(value))

    class TestExotic(DriverTests):
        today = date(2026, 10, 30)
        reference = {"USD/KES": "129"}

        def answer(self, asked):
            return reply([])

        def make_driver(self, server):
            return Exotic(app_id=self.key, base_url=server.url)
"""


def test_currencies_with_nothing_to_hold_them_against_are_listed(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(_UNHELD)
    result = pytester.inline_run("-p", "no:randomly", "-k", "held_against")
    [skipped] = [each for each in result.getreports("pytest_runtest_logreport") if each.skipped]
    said = str(skipped.longrepr)
    assert "whether LBP" in said and 'reference = {"USD/LBP"' in said
    assert "KES" not in said and "CAD" not in said


def test_a_sample_that_the_replies_lack_says_what_to_do(pytester: pytest.Pytester) -> None:
    module = _MODULE.format(name="upside down").replace(
        "today = TODAY", 'today = TODAY; samples = [("USD", "KES", None, "129")]'
    )
    pytester.makepyfile(module)
    result = pytester.inline_run("-p", "no:randomly", "-k", "samples")
    [failed] = [each for each in result.getreports("pytest_runtest_logreport") if each.failed]
    assert str(failed.longrepr).startswith("acme: of USD/KES it gave acme has no KES")
    assert "give samples that the replies have" in str(failed.longrepr)


def test_a_silent_provider_is_not_skipped_where_the_driver_is_too_slow_to_ask(
    pytester: pytest.Pytester,
) -> None:
    module = _MODULE.format(name="upside down").replace(
        "return BREAKAGES",
        "requests._IN_A_HURRY = 1e-3; return BREAKAGES",
    )
    pytester.makepyfile(module)
    result = pytester.inline_run("-p", "no:randomly", "-k", "timeout", "-rs")
    passed, skipped, failed = result.countoutcomes()
    assert (passed, skipped, failed) == (2, 0, 0)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("upside down", [2, 1, 0]), ("off by a power of ten", [1, 0, 2])],
)
def test_a_declared_failure_is_none_and_one_that_passes_is_one(
    name: str, outcome: list[int], pytester: pytest.Pytester
) -> None:
    expected = {f"test_no_rate_is[{name}]": "it is so"}
    module = _MODULE.format(name="upside down").replace(
        "today = TODAY", f"today = TODAY; expected_failures = {expected!r}"
    )
    pytester.makepyfile(module)
    result = pytester.inline_run("-p", "no:randomly", "-k", "test_no_rate_is")
    assert list(result.countoutcomes()) == outcome


def test_a_typo_in_the_declared_failures_is_one_failure(pytester: pytest.Pytester) -> None:
    module = _MODULE.format(name="files of a year").replace(
        "today = TODAY", "today = TODAY; expected_failures = {'test_typo': 'why'}"
    )
    pytester.makepyfile(module)
    result = pytester.inline_run("-p", "no:randomly", "-k", "latest or no_rate_is")
    [failed] = [each for each in result.getreports("pytest_runtest_logreport") if each.failed]
    assert "expected_failures has 'test_typo'" in str(failed.longrepr)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<k\xfcrs>54,74</k\xfcrs>", b"<k\xfcrs>54,74123</k\xfcrs>"),
        (b"30.10.2026;USD;54,74\n", b"30.10.2026;USD;54,74123\n"),
        (b"2026-10-30,USD,54.74\n", b"2026-10-30,USD,54.74123\n"),
    ],
)
def test_numbers_are_found_behind_commas_and_in_any_charset(body: bytes, expected: bytes) -> None:
    assert bodies.with_more_digits("123")(body) == expected
    assert bodies.may_have_rates(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"30.10.2026;54,74", b"31.10.2026;54,74"), (b"30/10/2026 1.2", b"31/10/2026 1.2")],
)
def test_days_may_be_written_day_first(body: bytes, expected: bytes) -> None:
    assert bodies.later(1)(body) == expected


_COMMAS = """
    import json
    from decimal import Decimal

    from broken.well import TODAY, Acme, answer
    from forexhooks.testing import DriverTests

    class Commas(Acme):
        def rows(self, start, end):
            params = {{"from": str(start), "to": str(end)}} if start and end else {{}}
            rows = self.fetch_json("/rates", params, end=end, headers=self.headers)
            return [{{**row, "rate": {read}}} for row in rows]

    class TestCommas(DriverTests):
        today = TODAY

        def answer(self, asked):
            given = answer(asked)
            if given.status != 200:
                return given
            rows = json.loads(given.content, parse_float=str)
            for row in rows:
                row["rate"] = row["rate"].replace(".", ",")
            return given._replace(content=json.dumps(rows).encode())

        def make_driver(self, server):
            return Commas(app_id=self.key, base_url=server.url)
"""


@pytest.mark.parametrize(
    ("read", "failures"),
    [
        ("Decimal(row['rate'].replace(',', '.'))", set()),
        (
            "Decimal(str(float(row['rate'].replace(',', '.'))))",
            {"test_digits_that_no_float_has"},
        ),
    ],
    ids=["well", "float"],
)
def test_a_float_behind_a_comma_is_found(
    read: str, failures: set[str], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(_COMMAS.format(read=read))
    result = pytester.inline_run("-p", "no:randomly", "-k", "digits or exact or rates or days")
    reports = result.getreports("pytest_runtest_logreport")
    failed = {each.nodeid.rpartition("::")[2] for each in reports if each.failed}
    assert failed == failures, [str(each.longrepr) for each in reports if each.failed]
