"""An update fetches the least that closes the gap, and whatever is wrong with it stays outside."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

import forexhooks
from fakes import ecb
from fakes.ecb import DAILY, HISTORY, LAST_90_DAYS, MONDAY, TUESDAY, Ecb, evening_of, published
from fakes.ecb_faults import OF_THE_DAILY, OF_THE_HISTORY, Bad
from faults import FAULTS, MOST_BYTES, TIME_LIMIT, Fault, as_parameters
from forexhooks import MalformedResponseError
from forexhooks_ecb import BUNDLE, ECB
from providers import Asked, Provider, Reply, reply

Make = Callable[..., ECB]


@pytest.fixture
def make(provider: Provider, tmp_path: Path) -> Iterator[Make]:
    """Make drivers of one store that ask the local provider."""
    made: list[ECB] = []

    def make(**options: Any) -> ECB:
        path = str(tmp_path / "data" / "mine.store")
        made.append(ECB(**{"base_url": provider.url, "store": path, **options}))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


def held(driver: ECB) -> bytes | None:
    path = Path(driver.path)
    return path.read_bytes() if path.is_file() else None


def latest(driver: ECB, code: str = "USD") -> tuple[date, str]:
    rate = driver.table().get_rate("EUR", code)
    return rate.on, str(rate.value)


@pytest.mark.parametrize(
    ("today", "hour", "known", "full", "asked"),
    [
        pytest.param(date(2026, 11, 1), 20, ecb.BUNDLED, False, [DAILY], id="nothing missing"),
        pytest.param(MONDAY, 20, MONDAY, False, [DAILY], id="one day"),
        pytest.param(TUESDAY, 20, TUESDAY, False, [LAST_90_DAYS], id="two days"),
        pytest.param(date(2027, 1, 22), 20, date(2027, 1, 22), False, [LAST_90_DAYS], id="84"),
        pytest.param(date(2027, 1, 26), 20, date(2027, 1, 26), False, [HISTORY], id="88"),
        pytest.param(MONDAY, 20, MONDAY, True, [HISTORY], id="full"),
        pytest.param(TUESDAY, 10, MONDAY, False, [DAILY], id="the second is not out yet"),
    ],
)
def test_the_least_that_closes_the_gap(
    make: Make,
    provider: Provider,
    today: date,
    hour: int,
    known: date,
    full: bool,
    asked: list[str],
) -> None:
    provider.answer = Ecb(known).answer
    with evening_of(today, hour):
        update = make().update(full=full)
        assert provider.paths == asked
        days = len(ecb.days_of_publication(known)) - 1
        assert (update.before, update.after, update.added) == (ecb.BUNDLED, known, 29 * days)
        assert (update.path is None) == (days == 0)
        table = make().table()
        for on in ecb.days_of_publication(known):
            for code in ecb.LAST:
                rate = table.get_rate("EUR", code, on)
                assert (rate.on, str(rate.value)) == (on, ecb.value(code, on))
        assert str(table.get_rate("EUR", "USD", date(1999, 1, 4)).value) == "1.1789"


def test_a_file_that_leaves_a_gap_is_not_enough(make: Make, provider: Provider) -> None:
    today = date(2026, 11, 6)
    well, short = Ecb(today), ecb.xml(published([date(2026, 11, 5), today]))
    provider.answer = lambda asked: (
        reply(short) if asked.path == LAST_90_DAYS else well.answer(asked)
    )
    with evening_of(today):
        make().update()
        assert provider.paths == [LAST_90_DAYS, HISTORY]
        assert make().table().get_rate("EUR", "USD", TUESDAY).on == TUESDAY


def test_304_costs_no_parse(
    make: Make, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse, parsed = ElementTree.fromstring, []

    def counted(content: bytes, **options: Any) -> Any:
        parsed.append(len(content))
        return parse(content, **options)

    monkeypatch.setattr(ElementTree, "fromstring", counted)
    driver, provider.answer = make(), Ecb(MONDAY).answer
    with evening_of(MONDAY):
        driver.update()
        before = held(driver)
        assert (driver.update().path, held(driver)) == (None, before)
    assert [len(parsed), len(provider.asked)] == [1, 2]
    assert "if-none-match" in provider.asked[1].headers


def test_the_provider_is_asked_though_the_clock_was_set_back(
    make: Make, provider: Provider
) -> None:
    provider.answer = Ecb(TUESDAY).answer
    with evening_of(date(2026, 12, 1)):
        make().update()
    provider.answer = Ecb(date(2026, 11, 5)).answer
    with evening_of(date(2026, 11, 5)):
        assert make().update().after == date(2026, 11, 5)


def of_a_file(faults: dict[str, Bad]) -> list[Any]:
    return [pytest.param(each, id=name) for name, each in faults.items()]


def check_nothing_changes(
    make: Make, error: type[Exception], says: str, *, is_held: bool, **options: Any
) -> None:
    """An update raises; after it the store and the rates are what they were."""
    driver = make()
    if is_held:
        Path(driver.path).parent.mkdir()
        Path(driver.path).write_bytes(Path(BUNDLE).read_bytes())
    with evening_of(MONDAY):
        before = held(driver), latest(driver)
        with pytest.raises(error) as raised:
            driver.update(**options)
        assert "ecb" in str(raised.value) and says in str(raised.value)
        assert (held(driver), latest(driver)) == before
        assert latest(make()) == (ecb.BUNDLED, "1.1172")
        assert {path.name for path in Path(driver.path).parent.iterdir()} <= {
            "mine.store", "mine.store.lock"
        }  # fmt: skip


@pytest.mark.parametrize("is_held", [False, True], ids=["no store", "a store"])
@pytest.mark.parametrize("bad", of_a_file(OF_THE_DAILY))
def test_faults_of_an_xml_file(make: Make, provider: Provider, bad: Bad, is_held: bool) -> None:
    provider.answer = lambda asked: reply(bad.content)
    check_nothing_changes(make, MalformedResponseError, bad.says, is_held=is_held)


@pytest.mark.parametrize("is_held", [False, True], ids=["no store", "a store"])
@pytest.mark.parametrize("bad", of_a_file(OF_THE_HISTORY))
def test_faults_of_the_zip(make: Make, provider: Provider, bad: Bad, is_held: bool) -> None:
    provider.answer = lambda asked: reply(bad.content)
    check_nothing_changes(make, MalformedResponseError, bad.says, is_held=is_held, full=True)


def test_a_zip_bomb(make: Make, provider: Provider) -> None:
    bomb = ecb.zipped(bytes(65 << 20))
    assert len(bomb) < 100_000
    provider.answer = lambda asked: reply(bomb)
    check_nothing_changes(make, MalformedResponseError, "unpacks", is_held=True, full=True)


def wide(columns: int, days: int, *, last_day: str = "") -> bytes:
    """A history of many values: some kilobytes on the wire."""
    letters = itertools.product(string.ascii_uppercase, repeat=3)
    codes = (code for code in map("".join, letters) if code != "EUR")
    head = ",".join(["Date", *(next(codes) for _ in range(columns)), ""])
    first = date(2026, 11, 2)
    on = [f"{first - timedelta(each)}" for each in range(days)]
    lines = (f"{day}," + "1," * columns for day in (*on[:-1], last_day or on[-1]))
    return ecb.zipped("\n".join([head, *lines, ""]))


@pytest.mark.parametrize(
    ("content", "full", "says"),
    [
        pytest.param(wide(4000, 260), True, "more than 1,000,000 values", id="values"),
        pytest.param(b"<a>" + b"<a/>" * 400_001 + b"</a>", False, "elements", id="elements"),
        pytest.param(
            b"<a " + b" ".join(b"a%x=''" % each for each in range(400_001)) + b"/>",
            False,
            "elements",
            id="attributes",
        ),
    ],
)
def test_what_would_fill_the_memory(
    make: Make, provider: Provider, content: bytes, full: bool, says: str
) -> None:
    provider.answer = lambda asked: reply(content)
    check_nothing_changes(make, MalformedResponseError, says, is_held=True, full=full)


def test_reading_ends_with_the_time_limit(make: Make, provider: Provider) -> None:
    # To read it takes seconds, and who reads to the end finds that the last day is none.
    content = wide(4000, 240, last_day="no day")
    provider.answer = lambda asked: reply(content)
    check_nothing_changes(
        make, forexhooks.TransientError, "time", is_held=True, full=True, time_limit=0.3
    )
    check_nothing_changes(
        make, MalformedResponseError, "no day", is_held=False, full=True, time_limit=600
    )


@pytest.mark.parametrize("fault", as_parameters([each for each in FAULTS if each.error]))
def test_faults_of_the_transport(
    make: Make, provider: Provider, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forexhooks.http.client.MOST_BYTES", MOST_BYTES)
    provider.answer = fault.of(Ecb(MONDAY).answer)
    assert fault.error is not None
    check_nothing_changes(make, fault.error, "", is_held=True, time_limit=TIME_LIMIT)


@pytest.mark.parametrize(
    ("today", "cad", "is_kept_out"),
    [
        pytest.param(TUESDAY, "3.1214", False, id="doubled"),
        pytest.param(TUESDAY, "3.1215", True, id="more than doubled"),
        pytest.param(TUESDAY, "0.7804", False, id="halved"),
        pytest.param(TUESDAY, "0.7803", True, id="less than halved"),
        pytest.param(MONDAY, "15.607", True, id="the point one place off"),
        pytest.param(MONDAY, "4.5", True, id="tripled since Friday"),
        pytest.param(date(2027, 3, 30), "15.6", True, id="tenfold since before Easter"),
    ],
)
def test_a_move_beyond_the_bound_is_kept_out_and_named(
    make: Make, provider: Provider, today: date, cad: str, is_kept_out: bool
) -> None:
    driver, before = make(), ecb.days_of_publication(today)[-2]
    provider.answer = Ecb(before).answer
    with evening_of(before):
        driver.update()
    provider.answer = Ecb(today, CAD=cad).answer
    with evening_of(today):
        update = driver.update()
        assert latest(driver) == (today, ecb.value("USD", today))
        if is_kept_out:
            [said] = update.kept_out
            assert all(text in said for text in ("EUR/CAD", cad, str(today), str(before)))
            assert latest(driver, "CAD") == (before, ecb.value("CAD", before))
        else:
            assert (update.kept_out, latest(driver, "CAD")) == ((), (today, cad))


def cad_of(*published: str | None) -> Callable[[Asked], Reply]:
    """The ECB after as many days of publication; CAD has these values on them, in order."""
    days = ecb.days_of_publication(date(2026, 12, 31))[1 : 1 + len(published)]
    rows = ecb.published(days)
    for on, value in zip(days, published, strict=True):
        rows[on].pop("CAD") if value is None else rows[on].update(CAD=value)
    files = {
        DAILY: ecb.xml({days[-1]: rows[days[-1]]}),
        LAST_90_DAYS: ecb.xml(rows),
        HISTORY: ecb.zipped(ecb.csv(rows)),
    }
    return lambda asked: reply(files[asked.path])


def updated(make: Make, provider: Provider, *cad: str | None, full: bool = False) -> list[str]:
    """Update on the evening of the last of these days; which days' CAD are withheld."""
    provider.answer = cad_of(*cad)
    with evening_of(ecb.days_of_publication(date(2026, 12, 31))[len(cad)]):
        update = make().update(full=full)
    return [text.partition(" on ")[2][:10] for text in update.kept_out]


def held_cad(make: Make) -> list[str]:
    """CAD as it is held since the bundle ended, day by day."""
    with evening_of(date(2026, 12, 31)):
        rates = make().table().history("EUR", "CAD", MONDAY, date(2026, 12, 31))
        return [f"{rate.on.day}: {rate.value}" for rate in rates]


@pytest.mark.parametrize("full", [False, True])
def test_a_move_is_taken_once_the_next_day_confirms_it(
    make: Make, provider: Provider, full: bool
) -> None:
    for _ in range(2):  # the same again says nothing new
        assert updated(make, provider, "15.6", full=full) == ["2026-11-02"]
        assert held_cad(make) == []
    assert updated(make, provider, "15.6", "15.7", full=full) == []
    assert held_cad(make) == ["2: 15.6", "3: 15.7"]
    assert updated(make, provider, "15.6", "15.7", "15.8", full=full) == []
    assert held_cad(make) == ["2: 15.6", "3: 15.7", "4: 15.8"]
    assert updated(make, provider, "15.6", "15.7", "15.8", full=True) == []


@pytest.mark.parametrize("monday", ["15.606", "1.5606", None])
def test_a_slip_is_never_taken_whether_it_is_corrected_or_not(
    make: Make, provider: Provider, monday: str | None
) -> None:
    assert updated(make, provider, "15.606") == ["2026-11-02"]
    slips = ["2026-11-02"] if monday == "15.606" else []
    assert updated(make, provider, monday, "1.5607") == slips
    assert updated(make, provider, monday, "1.5607", "1.5608") == []
    mended = ["2: 1.5606"] if monday == "1.5606" else []
    assert held_cad(make) == [*mended, "3: 1.5607", "4: 1.5608"]


def test_a_slip_that_was_taken_is_mended(make: Make, provider: Provider) -> None:
    assert updated(make, provider, "15.606", "15.607") == []
    right = ("1.5606", "1.5607", "1.5608", "1.5609")
    assert updated(make, provider, *right[:3]) == ["2026-11-04"]  # what is held says otherwise
    assert updated(make, provider, *right) == []
    assert held_cad(make) == ["2: 1.5606", "3: 1.5607", "4: 1.5608", "5: 1.5609"]


def test_after_days_without_a_rate_nothing_is_doubted(make: Make, provider: Provider) -> None:
    assert updated(make, provider, *[None] * 4, "15.6") == ["2026-11-06"]  # a week after Friday
    assert updated(make, provider, *[None] * 5, "15.6") == []
    assert held_cad(make) == ["9: 15.6"]


@pytest.mark.parametrize("full", [False, True])
def test_a_history_that_begins_after_the_store_ends(
    make: Make, provider: Provider, full: bool
) -> None:
    today = date(2027, 3, 30)
    days = ecb.days_of_publication(today)
    text = ecb.csv(published(days[-20:]))  # cut off after one of its lines
    provider.answer = lambda asked: reply(ecb.zipped(text))
    driver = make()
    with evening_of(today):
        with pytest.raises(MalformedResponseError) as raised:
            driver.update(full=full)
        assert f"begins on {days[-20]}, but the store ends on 2026-10-30" in str(raised.value)
        assert (held(driver), latest(driver)) == (None, (ecb.BUNDLED, "1.1172"))


def test_corrections(make: Make, provider: Provider) -> None:
    driver, provider.answer = make(), Ecb(TUESDAY).answer
    with evening_of(TUESDAY):
        driver.update()
        provider.answer = Ecb(TUESDAY, USD="1.2", CAD="9").answer
        update = driver.update()
        assert (update.added, update.changed, len(update.kept_out)) == (0, 1, 1)
        assert latest(make()) == (TUESDAY, "1.2")
        assert latest(make(), "CAD") == (TUESDAY, "1.5608")
    provider.answer = Ecb(ecb.WEDNESDAY).answer
    with evening_of(ecb.WEDNESDAY):
        driver.update()
        assert latest(make(), "CAD") == (ecb.WEDNESDAY, "1.5609")
