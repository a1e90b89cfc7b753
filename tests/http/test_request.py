"""What breaks beside the provider: the file of kept answers, other processes, threads, secrets."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from faults import KEY, RATE, TIME_LIMIT, Acme, drip, hang, in_time, no_request_thread, raw, well
from forexhooks import ForexError
from forexhooks.errors import DriverError, MalformedResponseError, SettingsError, TransientError
from providers import Asked, Provider, Reply, reply, serving

SCRIPT = """
import os, sys
from decimal import Decimal
from faults import Acme
acme = Acme(base_url=sys.argv[1], time_limit=5)
"""


@pytest.fixture
def acme(provider: Provider) -> Iterator[Acme]:
    provider.answer = well
    driver = Acme(base_url=provider.url)
    yield driver
    driver.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where Acme's answers are kept."""
    return tmp_path / "cache" / "forexhooks" / "acme.sqlite"


def process(url: str, script: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", SCRIPT + script, url]
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finished(running: subprocess.Popen[str], within: float = 20) -> str:
    try:
        output, _ = running.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
        pytest.fail("it hangs")
    assert running.returncode == 0, output
    return output


def damaged(file: Path) -> None:
    """Make its pages garbage, but for the first: it opens, and fails when it is used."""
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xde\xad" * (len(content[4096:]) // 2))


# The file of kept answers


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\0" + b"?" * 5000])
def test_a_file_that_is_none(content: bytes, acme: Acme, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)


def test_a_folder_that_is_none(acme: Acme, file: Path) -> None:
    file.parent.parent.mkdir(parents=True)
    file.parent.write_text("a file in its place")
    assert acme.fetch_json("/latest") is acme.fetch_json("/latest")


def test_a_folder_in_the_place_of_the_file(acme: Acme, file: Path) -> None:
    file.mkdir(parents=True)
    assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)


def test_damage_found_when_it_is_used(acme: Acme, provider: Provider, file: Path) -> None:
    acme.fetch_json("/latest")
    acme.close()
    damaged(file)
    assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)
    assert len(provider.asked) == 2


def test_damage_offline_asks_nobody(
    acme: Acme, provider: Provider, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.fetch_json("/latest")
    acme.close()
    damaged(file)
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    with pytest.raises(DriverError, match="switched off"):
        acme.fetch_json("/latest")
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "vary",
    [
        "Accept-Encoding",
        pytest.param("*"),
        pytest.param("Authorization"),
    ],
)
def test_offline_asks_nobody_and_finds_what_is_kept(
    vary: str, acme: Acme, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = lambda asked: well(asked)._replace(headers={"Vary": vary})
    signed = {"Authorization": acme.asking["app_id"]}
    acme.fetch_json("/latest", headers=signed)
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    try:
        assert acme.fetch_json("/latest", headers=signed)["rate"] == Decimal(RATE)
    finally:
        assert len(provider.asked) == 1


def test_damage_and_nobody_there(acme: Acme, provider: Provider, file: Path) -> None:
    acme.fetch_json("/latest")
    acme.close()
    damaged(file)
    provider.answer = lambda asked: raw(b"")
    with pytest.raises(TransientError):
        acme.fetch_json("/other")


@pytest.mark.parametrize(
    "blob",
    [b"\0\xff", pytest.param(b"\x80\x05].")],
    ids=["no pickle", "another pickle"],
)
def test_a_row_that_cannot_be_read(blob: bytes, acme: Acme, file: Path) -> None:
    acme.fetch_json("/latest")
    acme.close()
    with sqlite3.connect(file) as rows:
        rows.execute("UPDATE responses SET value = ?", (blob,))
    rows.close()
    assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)


def test_a_file_that_may_only_be_read(acme: Acme, provider: Provider) -> None:
    acme.fetch_json("/latest")
    acme.close()
    # As root one may write everything: so the file is opened for reading.
    script = """
import sqlite3
connect = sqlite3.connect
sqlite3.connect = lambda path, **options: connect(f"file:{path}?mode=ro", uri=True, **options)
assert acme.fetch_json("/other")["rate"]
"""
    finished(process(provider.url, script))


@pytest.mark.parametrize(
    ("is_open", "limit"),
    [
        pytest.param(True, 2.0, id="open"),
        pytest.param(
            True,
            TIME_LIMIT,
            id="open, little time",
        ),
        pytest.param(
            False,
            2.0,
            id="to be opened",
        ),
    ],
)
def test_a_file_that_another_process_has_locked(
    is_open: bool, limit: float, acme: Acme, file: Path
) -> None:
    acme.fetch_json("/latest")
    if not is_open:
        acme.close()
    rows = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    rows.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(3, rows.close)
    timer.start()
    try:
        with in_time(limit), contextlib.suppress(TransientError):
            assert acme.fetch_json("/other", time_limit=limit)["rate"] == Decimal(RATE)
    finally:
        timer.cancel()
        rows.close()
        no_request_thread()


def test_two_processes_share_the_file(acme: Acme, provider: Provider) -> None:
    script = """
for _ in range(2):
    for page in range(40):
        assert acme.fetch_json(f"/{page}")["rate"], page
"""
    for running in [process(provider.url, script) for _ in range(2)]:
        finished(running)
    assert 40 <= len(provider.asked) <= 80
    asked = len(provider.asked)
    assert acme.fetch_json("/39")["rate"] == Decimal(RATE)
    assert len(provider.asked) == asked


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_opens_connections_of_its_own(provider: Provider) -> None:
    provider.answer = well
    script = """
acme.fetch_json("/1")
if (child := os.fork()) == 0:
    acme.fetch_json("/2")
    os._exit(0)
os.waitpid(child, 0)
acme.fetch_json("/3")
"""
    finished(process(provider.url, script))
    assert provider.connections == 2


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(
            [("/r", {"base": "USD"}, {}), ("/r", {"base": "USD", "all": ""}, {})],
            id="an empty parameter",
        ),
        pytest.param(
            [("/r", {}, {"Accept": "text/csv"}), ("/r", {}, {"Accept": "text/xml"})],
            id="a header",
        ),
        pytest.param([("/r", {"a": "x"}, {}), ("/r", {"a": "X"}, {})], id="case"),
        pytest.param([("/r/a%2Fb", {}, {}), ("/r/a/b", {}, {})], id="a slash"),
    ],
)
def test_different_questions_are_kept_apart(asked: Any, acme: Acme, provider: Provider) -> None:
    for path, params, headers in asked:
        acme.fetch_json(path, params, headers=headers)
    assert len(provider.asked) == 2


def test_each_parser_parses(acme: Acme) -> None:
    assert [acme.http.fetch("/a", parse=parse) for parse in (len, lambda _: "b")] == [3, "b"]


def test_a_csv_file_cut_short_in_its_compression(acme: Acme, provider: Provider) -> None:
    packed = gzip.compress(b"day,code,rate\n2026-10-30,USD,1.2345", compresslevel=0)
    provider.answer = lambda asked: reply(packed[: -8 - 2], Content_Encoding="gzip")
    with pytest.raises(ForexError):
        pytest.fail(f"a wrong rate: {acme.fetch_csv('/latest')}")


CUT = {
    "by its length": b"HTTP/1.1 200 OK\r\nContent-Length: 76\r\n\r\n" + b"[" + b" " * 39,
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n[1,",
    "between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_a_body_that_is_cut_short_is_asked_for_again(
    acme: Acme, provider: Provider, cut: bytes
) -> None:
    provider.answer = lambda asked: raw(cut)
    with pytest.raises(TransientError, match="sent a response that was cut short; try again later"):
        acme.fetch_json("/latest")
    assert len(provider.asked) == 3
    provider.answer = lambda asked: reply([1]) if len(provider.asked) == 6 else raw(cut)
    assert acme.fetch_json("/latest") == [1]
    assert len(provider.asked) == 6


# Threads


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")
def test_an_interrupt_ends_the_request(acme: Acme, provider: Provider) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    provider.answer = lambda asked: raw(b"", hang)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            acme.fetch_json("/latest", time_limit=3)
    finally:
        signal.signal(signal.SIGALRM, before)
    try:
        assert no_request_thread()
    finally:
        no_request_thread(4)


def test_no_one_cuts_anothers_connection(
    acme: Acme, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from requests_cache import SQLiteCache

    save = SQLiteCache.save_response

    def slow_save(cache: Any, answer: Any, *args: Any) -> None:
        if answer.url.endswith("/1"):
            time.sleep(0.8)
        save(cache, answer, *args)

    def slow(asked: Asked) -> Reply:
        time.sleep(0 if asked.path == "/1" else 0.6)
        return well(asked)

    def first() -> None:
        with pytest.raises(TransientError):
            acme.fetch_json("/1", time_limit=0.4)

    monkeypatch.setattr(SQLiteCache, "save_response", slow_save)
    provider.answer = slow
    other = threading.Thread(target=first)
    other.start()
    time.sleep(0.2)
    assert acme.fetch_json("/2", time_limit=3)["rate"] == Decimal(RATE)
    other.join()
    assert provider.paths == ["/1", "/2"] and provider.connections == 1


def test_closing_while_a_request_is_under_way(acme: Acme, provider: Provider) -> None:
    def slow(asked: Asked) -> Reply:
        time.sleep(0.3)
        return well(asked)

    provider.answer = slow
    timer = threading.Timer(0.1, acme.close)
    timer.start()
    assert acme.fetch_json("/latest", time_limit=2)["rate"] == Decimal(RATE)
    timer.join()
    assert len(provider.asked) == 1
    assert acme.fetch_json("/other", time_limit=2)["rate"] == Decimal(RATE)


# Proxies


def test_a_proxy_that_is_not_there(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:passw0rd@127.0.0.1:1")
    with in_time(), pytest.raises(TransientError) as caught:
        acme.fetch_json("/latest")
    assert "passw0rd" not in str(caught.value)


def test_a_proxy_that_cannot_be_used(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ForexError, match=r"(?i)proxy|socks"):
        acme.fetch_json("/latest")


@contextmanager
def listening(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A proxy of which only the first connection is taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                act(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.usefixtures("provider")
def test_a_proxy_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    dripping = raw(b"HTTP/1.1 200 OK\r\nX: ", drip).with_connection
    with listening(dripping) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        acme = Acme(base_url="https://rates.acme.example")
        with in_time(), pytest.raises(TransientError):
            acme.fetch_json("/latest")
        try:
            assert no_request_thread()
        finally:
            no_request_thread(6)
            acme.close()


# Secrets


def test_no_other_host_gets_the_key(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Acme, "BASE_URL", provider.url)
    acme = Acme()
    try:
        with serving() as other:
            other.answer = well
            elsewhere = other.url.replace("localhost", "127.0.0.1") + "/latest"
            provider.answer = lambda asked: reply("", 302, Location=elsewhere)
            with contextlib.suppress(ForexError):
                acme.fetch_json("/latest", headers={"X-Key": acme.asking["app_id"]})
            assert KEY not in [asked.headers.get("x-key") for asked in other.asked]
    finally:
        acme.close()


def test_a_redirect_that_repeats_the_key(
    acme: Acme, provider: Provider, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    provider.answer = lambda asked: (
        reply("", 302, Location="/latest?app_id=s3cret/K%26y")
        if asked.path == "/old"
        else well(asked)
    )
    acme.fetch_json("/old", acme.asking)
    assert provider.asked[1].query == {"app_id": KEY}
    assert not [line for line in caplog.text.splitlines() if "s3cret" in line]
    assert b"s3cret" not in file.read_bytes()


@pytest.mark.parametrize("secret", ["passw0rd"])
def test_the_password_of_an_address_is_not_shown(secret: str, provider: Provider) -> None:
    acme = Acme(base_url=provider.url.replace("//", f"//me:{secret}@"))
    with pytest.raises(MalformedResponseError) as caught:
        acme.fetch_json("/latest")
    acme.close()
    assert secret not in str(caught.value)


@pytest.mark.parametrize("key", ["s3\ncret", "ключ"])
def test_a_key_that_cannot_be_sent(key: str, provider: Provider) -> None:
    with pytest.raises(SettingsError, match="app_id") as caught:
        Acme(base_url=provider.url, app_id=key)
    assert key not in str(caught.value)


def test_a_cause_does_not_show_the_key(acme: Acme, provider: Provider) -> None:
    provider.answer = lambda asked: reply(f"bad key {KEY}")
    with pytest.raises(MalformedResponseError) as caught:
        acme.http.fetch("/latest", parse=lambda answer: Decimal(1) + int(answer.text))
    assert KEY not in str(caught.value) and caught.value.__cause__ is None


def test_a_netrc_does_not_displace_the_key(
    acme: Acme, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password passw0rd\n")
    monkeypatch.setenv("NETRC", str(netrc))
    acme.fetch_json("/latest", headers={"Authorization": acme.asking["app_id"]})
    assert provider.asked[0].headers["authorization"] == KEY
