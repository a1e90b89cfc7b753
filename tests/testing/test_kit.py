"""The kit: a driver that is well passes all of it, and one that is broken fails where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broken import BREAKAGES
from broken.running import cases_of, run
from broken.well import RATES, TODAY, Acme, Breakage, answer
from forexhooks import Observation
from forexhooks.testing import Asked, DriverTests, ForexServer, Reply, bodies, faults
from forexhooks.testing.kit import requests
from forexhooks.testing.references import reference

_MODULE = """
    from broken import BREAKAGES

    class TestBroken(BREAKAGES[{name!r}].tests):
        pass
"""


def _tests_of(driver: type[Acme]) -> type[DriverTests]:
    return Breakage("", driver, frozenset(), "").tests


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver without a time limit is found sooner."""
    monkeypatch.setattr(faults, "HANGS", 8)
    monkeypatch.setattr(requests, "SLACK", 5)


class TestAcme(DriverTests):
    today = TODAY
    samples = (("USD", "CAD", None, "1.3969"), ("EUR", "USD", None, "1/0.89510"))
    answer = staticmethod(answer)

    def make_driver(self, server: ForexServer) -> Acme:
        return Acme(app_id=self.key, base_url=server.url)


@pytest.mark.one_python
def test_the_example_of_the_docs(pytester: pytest.Pytester) -> None:
    page = Path(__file__).parents[2] / "docs" / "kit.md"
    example = re.search(r"```python\n(# test_acme\.py\n.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert example is not None
    pytester.makepyfile(test_acme=example[1])
    rates = {"day": str(TODAY), "rates": {code: float(rate) for code, rate in RATES.items()}}
    (pytester.path / "rates.json").write_text(json.dumps(rates), encoding="utf-8")
    outcome = pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider").countoutcomes()
    assert outcome[0] > 30 and outcome[2] == 0


@pytest.mark.one_python
@pytest.mark.parametrize(
    "broken", [pytest.param(each, id=name) for name, each in BREAKAGES.items()]
)
def test_what_is_broken_is_found_by_its_test_and_by_no_other(
    broken: Breakage, tmp_path: Path, hurried: None
) -> None:
    failed, _ = run(broken.tests, tmp_path, broken.is_tried_by)
    assert set(failed) == broken.found_by, failed
    assert broken.says in "\n".join(failed.values())
    assert all(re.match(r"acme: .*\n  → ", each, re.DOTALL) for each in failed.values())


@pytest.mark.one_python
def test_pytest_says_the_same(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(_MODULE.format(name="upside down"))
    result = pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider")
    reports = result.getreports("pytest_runtest_logreport")
    [failed] = [each for each in reports if each.failed]
    assert failed.nodeid.endswith("::TestBroken::test_no_rate_is[upside down]")
    assert str(failed.longrepr).startswith("acme: 1 CAD = ")
    names = {
        each.nodeid.rpartition("::")[2] for each in result.getreports("pytest_runtest_logreport")
    }
    assert names == {name for name, *_ in cases_of(DriverTests)}


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


class Exotic(Acme):
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.fetch_json("/rates", headers=self.headers)
        for code, value in (("CAD", "1.3969"), ("LBP", "89500"), ("KES", "129.2")):
            yield Observation(TODAY, "USD", code, Decimal(value))


def test_currencies_with_nothing_to_hold_them_against_are_listed(tmp_path: Path) -> None:
    exotic = type("Exotic", (_tests_of(Exotic),), {"reference": {"USD/KES": "129"}})
    _, skipped = run(exotic, tmp_path, lambda name: "held_against" in name)
    [said] = skipped.values()
    assert "whether LBP" in said and 'reference = {"USD/LBP"' in said
    assert "KES" not in said and "CAD" not in said


def test_a_sample_that_the_replies_lack_says_what_to_do(tmp_path: Path) -> None:
    sampled = type("Sampled", (_tests_of(Acme),), {"samples": [("USD", "KES", None, "129")]})
    failed, _ = run(sampled, tmp_path, lambda name: "samples" in name)
    assert failed["test_samples"].startswith("acme: for USD/KES it gave acme has no KES")
    assert "give samples that the replies have" in failed["test_samples"]


def test_a_silent_provider_is_not_skipped_where_the_driver_is_too_slow_to_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_IN_A_HURRY", 1e-3)
    failed, skipped = run(_tests_of(Acme), tmp_path, lambda name: "timeout" in name)
    assert not failed and not skipped


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("upside down", [2, 1, 0]), ("off by a power of ten", [1, 0, 2])],
)
def test_a_declared_failure_is_none_and_one_that_passes_is_one(
    name: str, outcome: list[int], pytester: pytest.Pytester
) -> None:
    expected = {f"test_no_rate_is[{name}]": "it is so"}
    module = _MODULE.format(name="upside down").replace("pass", f"expected_failures = {expected!r}")
    pytester.makepyfile(module)
    result = pytester.inline_run("-p", "no:randomly", "-k", "test_no_rate_is")
    assert list(result.countoutcomes()) == outcome


def test_a_typo_in_the_declared_failures_is_one_failure(tmp_path: Path) -> None:
    mistaken = type("Mistaken", (_tests_of(Acme),), {"expected_failures": {"test_typo": "why"}})
    failed, _ = run(mistaken, tmp_path, lambda name: "latest_is" in name or "no_rate_is" in name)
    assert list(failed) == ["test_the_latest_is_answered"]
    assert "expected_failures has 'test_typo'" in failed["test_the_latest_is_answered"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<k\xfcrs>54,74</k\xfcrs>", b"<k\xfcrs>54,74123</k\xfcrs>"),
        (b"30.10.2026;USD;54,74\n", b"30.10.2026;USD;54,74123\n"),
        (b"2026-10-30,USD,54.74\n", b"2026-10-30,USD,54.74123\n"),
        (
            b'<?xml version="1.0"?><R>&lt;Day date="2026-10-30"&gt;389,95&lt;/Day&gt;</R>',
            b'<?xml version="1.0"?><R>&lt;Day date="2026-10-30"&gt;389,95123&lt;/Day&gt;</R>',
        ),
        (b"<M schemaVersion='2.1'><v>54,74</v></M>", b"<M schemaVersion='2.1'><v>54,74123</v></M>"),
    ],
)
def test_numbers_are_found_behind_commas_and_in_any_charset(body: bytes, expected: bytes) -> None:
    assert bodies.rewritten(body, lambda text: text + "123", bodies.same) == expected
    assert bodies.may_have_rates(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"30.10.2026;54,74", b"31.10.2026;54,74"),
        (b"30/10/2026 1.2", b"31/10/2026 1.2"),
        (b"30-10-2026 1.2", b"31-10-2026 1.2"),
        (b"2026.10.30,1.2", b"2026.10.31,1.2"),
        (b"2026/10/30,1.2", b"2026/10/31,1.2"),
        (b"1.2,20261030", b"1.2,20261031"),
        (b'{"at":1793404799,"USD":1.2}', b'{"at":1793491199,"USD":1.2}'),
    ],
)
def test_days_are_found_however_they_are_written(body: bytes, expected: bytes) -> None:
    assert _a_day_later(body) == expected


def _a_day_later(body: bytes) -> bytes:
    return bodies.rewritten(body, bodies.same, lambda on: on + timedelta(days=1))


class Commas(Acme):
    """Its provider writes `1,3969`."""

    def read(self, text: str) -> Decimal:
        return Decimal(text.replace(",", "."))

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        params = {"from": str(start), "to": str(end)} if start and end else {}
        rows = self.fetch_json("/rates", params, end=end, headers=self.headers)
        return [{**row, "rate": self.read(row["rate"])} for row in rows]


class CommasByFloat(Commas):
    def read(self, text: str) -> Decimal:
        return Decimal(str(float(super().read(text))))


def _with_commas(asked: Asked) -> Reply:
    given = answer(asked)
    if given.status != 200:
        return given
    rows = json.loads(given.content, parse_float=str)
    rows = [{**row, "rate": row["rate"].replace(".", ",")} for row in rows]
    return given._replace(content=json.dumps(rows).encode())


@pytest.mark.parametrize(
    ("driver", "expected"), [(Commas, set()), (CommasByFloat, {"test_digits_that_no_float_has"})]
)
def test_a_float_behind_a_comma_is_found(
    driver: type[Acme], expected: set[str], tmp_path: Path
) -> None:
    commas = type("TestCommas", (_tests_of(driver),), {"answer": staticmethod(_with_commas)})
    failed, _ = run(commas, tmp_path, re.compile("digits|exact|rates|days").search)
    assert set(failed) == expected, failed


class Wide(Acme):
    """Its provider writes UTF-16, which has no ASCII in it."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        params = {"from": str(start), "to": str(end)} if start and end else {}
        rows: list[dict[str, Any]] = self.http.fetch(
            "/rates", params, parse=self.read_wide, end=end, headers=self.headers
        )
        if any(row["base"] != "USD" for row in rows):
            raise self.malformed("another base than USD")
        return rows

    def read_wide(self, given: Any) -> Any:
        return json.loads(given.content.decode("utf-16"), parse_float=Decimal)


class WideByFloat(Wide):
    def read_wide(self, given: Any) -> Any:
        text = given.content.decode("utf-16")
        return json.loads(text, parse_float=lambda number: Decimal(repr(float(number))))


def _wide(asked: Asked) -> Reply:
    given = answer(asked)
    if given.status != 200:
        return given
    return given._replace(content=given.content.decode().encode("utf-16"))


def _rewrite(
    _: object, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
) -> bytes:
    plain = bodies.rewritten(body.decode("utf-16").encode(), number, day)
    return plain.decode().encode("utf-16")


@pytest.mark.parametrize(
    ("driver", "given", "expected"),
    [
        (Wide, {}, {"test_digits_that_no_float_has"}),
        (Wide, {"rewrite": _rewrite}, set()),
        (WideByFloat, {"rewrite": _rewrite}, {"test_digits_that_no_float_has"}),
    ],
)
def test_what_the_kit_cannot_read_fails_once_and_asks_for_rewrite(
    driver: type[Acme], given: dict[str, Any], expected: set[str], tmp_path: Path
) -> None:
    given = {"answer": staticmethod(_wide), **given}
    wide = type("TestWide", (_tests_of(driver),), given)
    failed, skipped = run(wide, tmp_path, re.compile("digits|exact|rates|day|stale|sent").search)
    assert set(failed) == expected, failed
    assert ("rewrite(self, body, number, day)" in "".join(failed.values())) == (len(given) == 1)
    unread = [why for why in skipped.values() if "finds no numbers" in why]
    assert all("see test_digits" in why for why in unread) and bool(unread) == (len(given) == 1)


def test_days_that_the_kit_cannot_read_fail_once_and_ask_for_rewrite(tmp_path: Path) -> None:
    def spelled(asked: Asked) -> Reply:
        given = answer(asked)
        return given._replace(content=given.content.replace(b"2026-10-30", b"30 October 2026"))

    class Spelled(Acme):
        def observed(self, row: dict[str, Any]) -> Observation:
            day = row["day"].replace("30 October 2026", "2026-10-30")
            return super().observed({**row, "day": day})

    kind = type("TestSpelled", (_tests_of(Spelled),), {"answer": staticmethod(spelled)})
    failed, _ = run(kind, tmp_path, lambda name: "fault" not in name)
    assert list(failed) == ["test_a_stale_day_is_not_taken_for_today"]
    assert "rewrite(self, body, number, day)" in failed["test_a_stale_day_is_not_taken_for_today"]
