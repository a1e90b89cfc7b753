"""The transport over real servers: every fault typed and in time, keys nowhere, answers kept."""

from __future__ import annotations

import logging
import pickle
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pytest
import time_machine
import trustme

import forexhooks
import forexhooks.http
from faults import (
    AS_PARAMETERS,
    KEY,
    MOST_BYTES,
    RATE,
    SLACK,
    TIME_LIMIT,
    Acme,
    Fault,
    hang,
    in_time,
    no_request_thread,
    raw,
    well,
)
from forexhooks import ForexError, ForexManager, ForexService
from forexhooks.errors import (
    AuthenticationError,
    DriverError,
    MalformedResponseError,
    SettingsError,
    TransientError,
)
from forexhooks.http import value_of
from providers import Asked, Provider, Reply, reply, serving

LONG_AGO = date(2020, 1, 2)


@pytest.fixture
def acme(provider: Provider) -> Iterator[Acme]:
    provider.answer = well
    driver = Acme(base_url=provider.url)
    yield driver
    driver.close()


def opened(driver: Acme) -> ForexService:
    manager = ForexManager()
    manager.register(driver)
    return forexhooks.open("acme", manager=manager)


def everything_shown(error: BaseException) -> str:
    """What a traceback shows, and what a debugger or an error tracker finds behind it."""
    shown = "".join(traceback.format_exception(error))
    behind: BaseException | None = error
    while behind is not None:
        shown += f"{behind!r} {behind} {vars(behind)}"
        behind = behind.__cause__ or behind.__context__
    return shown


def kept_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("fault", AS_PARAMETERS)
def test_a_fault_is_typed_and_in_time_and_gives_no_wrong_rate(
    fault: Fault,
    acme: Acme,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("forexhooks.http.client.MOST_BYTES", MOST_BYTES)
    caplog.set_level(logging.DEBUG)
    fx = opened(acme)
    provider.answer = fault.of(well)
    with in_time():
        try:
            value = fx.get_rate("EUR", "USD").value
        except ForexError as error:
            raised: ForexError | None = error
        else:
            raised = None
            assert value == Decimal(RATE)
    shown = caplog.text
    if fault.error is not None:
        assert type(raised) is fault.error
        assert isinstance(raised, DriverError) and raised.driver == "acme"
        least, most = fault.retry_after or (0, 0)
        assert least <= (getattr(raised, "retry_after", None) or 0) <= most
        again = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own
        assert (type(again), str(again), vars(again)) == (type(raised), str(raised), vars(raised))
        shown += everything_shown(raised)
    else:
        assert raised is None
    assert not any(key in shown for key in (KEY, "s3cret/K%26y", "s3cret%2FK%26y"))
    assert b"s3cret" not in kept_on_disk(tmp_path)
    assert no_request_thread()
    provider.answer = well
    assert fx.get_rate("EUR", "USD", LONG_AGO).value == Decimal(RATE)
    assert fx.get_rate("EUR", "USD").value == Decimal(RATE)


def test_digits_come_as_they_were_sent(acme: Acme) -> None:
    assert str(acme.fetch_json("/latest")["rate"]) == RATE


def test_the_key_is_sent_and_the_user_agent_is_true(acme: Acme, provider: Provider) -> None:
    acme.fetch_json("/latest", acme.asking, headers={"X-Key": acme.asking["app_id"]})
    asked = provider.asked[0]
    assert (asked.query, asked.headers["x-key"]) == ({"app_id": KEY}, KEY)
    assert asked.headers["user-agent"] == f"forexhooks/{version('forexhooks')} (driver acme)"


def test_a_wait_that_fits_is_waited(acme: Acme, provider: Provider) -> None:
    answers = [reply("", 503, Retry_After="1"), well]
    provider.answer = lambda asked: answers.pop(0) if len(answers) > 1 else well(asked)
    began = time.monotonic()
    assert acme.fetch_json("/latest", time_limit=3.0)["rate"] == Decimal(RATE)
    assert 1 <= time.monotonic() - began < 1 + SLACK


def test_one_deadline_for_all_requests_of_a_question(acme: Acme, provider: Provider) -> None:
    def slow(asked: Asked) -> Reply:
        time.sleep(TIME_LIMIT / 3)
        return well(asked)

    provider.answer = slow
    with in_time(), pytest.raises(TransientError), acme.http.question():
        for page in range(4):
            acme.fetch_json(f"/{page}")


@pytest.mark.usefixtures("provider")
def test_no_one_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        acme = Acme(base_url=f"https://{address}")
        with in_time(), pytest.raises(TransientError):  # nobody says TLS's hello
            opened(acme).get_rate("EUR", "USD")
        acme.close()
    acme = Acme(base_url=f"http://{address}")
    with in_time(), pytest.raises(TransientError, match=r"cannot be reached.*refused"):
        opened(acme).get_rate("EUR", "USD")
    acme.close()


AUTHORITY, STRANGER = trustme.CA(), trustme.CA()


@pytest.mark.parametrize(
    ("signed_by", "host", "variable", "trusted", "error"),
    [
        (AUTHORITY, "localhost", "REQUESTS_CA_BUNDLE", AUTHORITY, None),
        (AUTHORITY, "localhost", "CURL_CA_BUNDLE", AUTHORITY, None),
        (AUTHORITY, "localhost", None, None, DriverError),
        (AUTHORITY, "elsewhere.example", "REQUESTS_CA_BUNDLE", AUTHORITY, DriverError),
        (STRANGER, "localhost", "REQUESTS_CA_BUNDLE", AUTHORITY, DriverError),
        (AUTHORITY, "localhost", "REQUESTS_CA_BUNDLE", None, SettingsError),
    ],
    ids=["trusted", "trusted by curl", "unknown", "other host", "other authority", "no such file"],
)
def test_certificates_are_verified(
    signed_by: trustme.CA,
    host: str,
    variable: str | None,
    trusted: trustme.CA | None,
    error: type[ForexError] | None,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signed_by.issue_cert(host).configure_cert(tls)
    bundle = tmp_path / "bundle.pem"
    if trusted is not None:
        trusted.cert_pem.write_to_path(str(bundle))
    if variable is not None:
        monkeypatch.setenv(variable, str(bundle))
    with serving(tls) as secure:
        secure.answer = well
        acme = Acme(base_url=secure.url, time_limit=2)
        if error is None:
            assert opened(acme).get_rate("EUR", "USD").value == Decimal(RATE)
            secure.answer = lambda asked: raw(b"HTTP/1.1 200 OK\r\n\r\n{", hang)
            with in_time(), pytest.raises(TransientError):
                acme.fetch_json("/hang", time_limit=TIME_LIMIT)
            assert no_request_thread()
        else:
            with in_time(2), pytest.raises(error) as caught:
                opened(acme).get_rate("EUR", "USD")
            assert type(caught.value) is error and secure.asked == []
            assert "bundle" in str(caught.value).lower()
        acme.close()


def test_what_is_kept_and_for_how_long(acme: Acme, provider: Provider) -> None:
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        recent = acme.profile.today() - timedelta(days=2)
        for end in (None, recent, LONG_AGO):
            acme.fetch_json(f"/{end or 'latest'}", end=end)
        clock.shift(3000)
        for end in (None, recent, LONG_AGO):
            acme.fetch_json(f"/{end or 'latest'}", end=end)
        assert len(provider.asked) == 3
        clock.shift(timedelta(days=400))
        for end in (None, recent, LONG_AGO):
            acme.fetch_json(f"/{end or 'latest'}", end=end)
        assert provider.paths[3:] == ["/latest", f"/{recent}"]


@pytest.mark.parametrize(
    ("said", "after", "requests"),
    [
        ("max-age=60", 50, 1),
        ("max-age=60", 70, 2),
        ("max-age=999999", 3500, 1),
        ("max-age=999999", 3700, 2),
        ("no-store", 0, 2),
        ("no-cache", 0, 2),
        ("max-age=nonsense", 3500, 1),
        pytest.param(
            "max-age=-1",
            3700,
            2,
        ),
    ],
)
def test_cache_control_is_obeyed(
    said: str, after: int, requests: int, acme: Acme, provider: Provider
) -> None:
    provider.answer = lambda asked: well(asked)._replace(headers={"Cache-Control": said})
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        acme.fetch_json("/latest")
        clock.shift(after)
        acme.fetch_json("/latest")
    assert len(provider.asked) == requests


def test_what_has_not_changed_is_not_parsed_again(acme: Acme, provider: Provider) -> None:
    parsed = []
    provider.answer = lambda asked: (
        reply(status=304) if "if-none-match" in asked.headers else reply("1", ETag='"1"')
    )
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        for _ in range(3):
            acme.http.fetch("/latest", parse=parsed.append)
            clock.shift(4000)
    assert [asked.headers.get("if-none-match") for asked in provider.asked] == [None, '"1"', '"1"']
    assert len(parsed) == 1


@pytest.mark.parametrize("status", [503, 429, 408, 401, 404])
def test_a_kept_answer_stands_in_for_a_fault_that_may_pass(
    status: int, acme: Acme, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    acme.fetch_json("/latest")
    provider.answer = lambda asked: reply("Sorry.", status)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        if status in (401, 404):
            with pytest.raises((AuthenticationError, MalformedResponseError)):
                acme.fetch_json("/latest")
        else:
            assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)
            assert "its response from before is used" in caplog.text
        provider.answer = lambda asked: raw(b"", hang)
        with in_time(TIME_LIMIT + 0.1):
            assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)


def test_sixteen_threads_open_no_connection_twice(acme: Acme, provider: Provider) -> None:
    all_here = threading.Barrier(16)

    def together(asked: Asked) -> Reply:
        all_here.wait(5)
        return well(asked)

    provider.answer = together
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda page: acme.fetch_json(f"/{page}", time_limit=9), range(160)))
    assert (len(provider.asked), provider.connections) == (160, 16)


class Inline(forexhooks.HttpDriver):
    """Reads the answers where it asks for them."""

    name = "inline"
    profile = forexhooks.Profile(title="Inline", key="api_key")
    BASE_URL = "http://127.0.0.1:9"

    def __init__(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        super().__init__(base_url=base_url)
        self.headers = {} if api_key is None else {"X-Key": self.key("api_key", api_key)}

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[forexhooks.Observation]:
        row = self.fetch_json("/rate", headers=self.headers)
        on = date.fromisoformat(row["day"])
        yield forexhooks.Observation(on, "USD", "CAD", value_of(row["value"]))


@pytest.mark.parametrize("body", [{}, [], None, {"day": "x"}, {"day": "2026-10-30", "value": 0}])
def test_what_observations_cannot_read_is_malformed_and_not_kept(
    body: object, provider: Provider
) -> None:
    driver = Inline(base_url=provider.url)
    provider.answer = lambda asked: reply(body)
    with pytest.raises(
        MalformedResponseError, match="inline: an answer is not in the format"
    ) as bad:
        driver.table(("USD", "CAD"), None, None)
    assert bad.value.driver == "inline"
    assert isinstance(bad.value.__cause__, Exception)
    provider.answer = lambda asked: reply({"day": "2026-10-30", "value": "1.4"})
    assert str(driver.table(("USD", "CAD"), None, None).get_rate("USD", "CAD").value) == "1.4"


def test_what_observations_cannot_read_shows_no_key(provider: Provider) -> None:
    driver = Inline(api_key="s3cret", base_url=provider.url)
    provider.answer = lambda asked: reply({"day": f"the key {asked.headers['x-key']} is over"})
    with pytest.raises(MalformedResponseError) as bad:
        driver.table(("USD", "CAD"), None, None)
    shown = "".join(traceback.format_exception(bad.value))
    assert "is over" in shown
    assert "s3cret" not in shown


def test_a_parse_that_yields_is_read_more_than_once(acme: Acme, provider: Provider) -> None:
    def rows(answer: forexhooks.http.Reply) -> Iterator[str]:
        yield from answer.text.split()

    provider.answer = lambda asked: reply("1 2 3")
    for _ in range(2):
        assert list(acme.http.fetch("/latest", parse=rows)) == ["1", "2", "3"]


def test_columns_that_a_csv_must_have(acme: Acme, provider: Provider) -> None:
    provider.answer = lambda asked: reply("DAY,RATE\n2026-10-30,1.4\n")
    assert acme.fetch_csv("/", columns=["RATE"]) == [{"DAY": "2026-10-30", "RATE": "1.4"}]
    with pytest.raises(MalformedResponseError, match=r"acme: .* no column CODE: its first line"):
        acme.fetch_csv("/", columns=["RATE", "CODE"])


def test_years_are_whole_and_each_has_the_time_limit_anew(provider: Provider) -> None:
    class Slow(Acme):
        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[forexhooks.Observation]:
            assert start is not None and end is not None
            self.seen = []
            for first, last in self.years(start, end):
                self.seen.append((first, last, self.http._questions.budget.deadline))
                time.sleep(0.01)
            return iter(())

        def currencies(self) -> Collection[str]:
            return {"USD", "CAD"}

    slow, manager = Slow(base_url=provider.url), ForexManager()
    manager.register(slow)
    done: list[tuple[int, int]] = []
    fx = forexhooks.open("acme", manager=manager)
    history = (date(2020, 12, 31), date(2022, 1, 1))
    fx.get_history("USD", "CAD", *history, progress=lambda *how_far: done.append(how_far))
    assert [each[:2] for each in slow.seen] == [
        (date(year, 1, 1), date(year, 12, 31)) for year in (2020, 2021, 2022)
    ]
    deadlines = [each[2] for each in slow.seen]
    assert deadlines == sorted(set(deadlines))
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_a_manager_whose_settings_are_offline_asks_nobody(acme: Acme, provider: Provider) -> None:
    offline = ForexManager(settings=forexhooks.Settings({}, {"offline": True}))
    offline.register(acme)
    with pytest.raises(DriverError, match="network is switched off"):
        forexhooks.open("acme", manager=offline).get_rate("EUR", "USD")
    assert provider.asked == []
    online = ForexManager(settings=forexhooks.Settings({}, {}))
    online.register(acme)
    assert forexhooks.open("acme", manager=online).get_rate("EUR", "USD").value == Decimal(RATE)
    with pytest.raises(DriverError, match="network is switched off"):
        forexhooks.open("acme", manager=offline).get_rate("EUR", "USD", on=LONG_AGO)
    assert len(provider.asked) == 1
