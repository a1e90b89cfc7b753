"""The page: what it shows without JavaScript, and what is sent to it while it is open."""

from __future__ import annotations

import html
import http.client
import json
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from forexhooks import ForexManager
from forexhooks.server import board
from patience import CHILD_LIMIT
from plugins_on_disk import raw, write
from server_of_ours import Reply, Server, serving

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class _Texts(HTMLParser):
    """The texts of a page, by the row that they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())
            if self.rows:
                self.rows[-1].append(data.strip())


def shown(page: str) -> _Texts:
    texts = _Texts()
    texts.feed(page)
    return texts


def row_of(texts: _Texts, driver: str) -> list[str]:
    return next(row for row in texts.rows if row and row[0] == driver)


def asked(server: Server, path: str) -> Reply:
    """The page, once all drivers have answered: it waits for none that is slow."""
    until = time.monotonic() + CHILD_LIMIT
    while "asked …" in (reply := server.ask(path)).text:
        assert time.monotonic() < until
    return reply


def test_it_shows_a_conversion_a_year_and_the_drivers_that_are_chosen(server: Server) -> None:
    reply = server.ask("/?base=USD&quote=CAD&amount=250")
    assert [row[0] for row in shown(reply.text).rows] == ["Driver", "ecb"]
    [link] = re.findall(r'href="([^"]+)">nbp<', reply.text)
    reply = asked(server, f"/{html.unescape(link)}")
    assert [row[0] for row in shown(reply.text).rows] == ["Driver", "ecb", "nbp"]
    assert "drivers=ecb,nbp,peg" in reply.text and 'value="ecb,nbp"' in reply.text
    assert [row[0] for row in shown(server.ask("/?drivers=nobody").text).rows][1:] == ["ecb"]
    [link] = re.findall(r'href="([^"]+)">all<', reply.text)
    reply = asked(server, f"/{html.unescape(link)}")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    texts = shown(reply.text)
    assert "349.22 CAD" in texts.texts
    assert row_of(texts, "ecb")[1:4] == ["1.39689", "2026-10-30", "0.0"]
    assert "DriverError" in row_of(texts, "bankofcanada")[1]  # there is no network
    assert "1 USD in CAD" in reply.text and "<polyline" in reply.text
    assert {"bankofcanada", "ecb", "nbp"} <= {row[0] for row in texts.rows if row}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("base=XYZ&quote=USD", "XYZ"),
        ("base=EUR&quote=AED", "has no AED"),
        ("amount=much", "much"),
        ("base=%3Cscript%3Ealert(1)%3C/script%3E", "unknown currency"),
        ("amount=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "alert"),
    ],
)
def test_what_makes_no_sense_is_said_on_it_and_runs_no_script(
    server: Server, query: str, said: str
) -> None:
    reply = server.ask(f"/?{query}")
    assert reply.status in (200, 400)
    assert re.search(r'class="problem"[^>]*>[^<]*' + said, reply.text)
    assert reply.text.count("<script>") == 1 and "<script>alert" not in reply.text
    assert "script-src 'sha256-" in reply.headers["content-security-policy"]


def test_what_drivers_say_is_sent_while_it_is_open(
    manager: ForexManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "ASKED_EVERY", 1e9)  # but for one that is swapped
    file = write(tmp_path / "acme.py", raw(7))
    with serving(manager, "acme", watch=tmp_path) as server:
        assert "Loaded while it runs" in server.ask("/").text
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=CHILD_LIMIT)
        connection.request("GET", "/events?base=EUR&quote=USD")
        reply = connection.getresponse()
        assert reply.headers["content-type"].startswith("text/event-stream")
        sent = _until(reply, '<th scope="row">acme</th><td>7</td>')
        write(tmp_path / ".acme.tmp", raw(8)).replace(file)
        sent = _until(reply, '<th scope="row">acme</th><td>8</td>')
        assert "swapped" in sent and "serving since" in sent
        connection.close()
    with serving(manager, "ecb") as server:
        assert server.ask("/events?base=XYZ").status == 400


def _until(reply: http.client.HTTPResponse, expected: str) -> str:
    """What is sent, up to what has that in it; the stream is asked for once and lasts."""
    while True:
        line = reply.readline().decode()
        assert line, f"the stream ended before {expected}"
        if line.startswith("data: "):
            sent = "".join(json.loads(line.removeprefix("data: ")).values())
            if expected in sent:
                return sent


@pytest.mark.one_python
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: apt-get install chromium")
def test_a_browser_shows_it(server: Server) -> None:
    assert BROWSER is not None
    asked(server, "/?base=USD&quote=CAD&drivers=all")
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--timeout=8000"]
    done = subprocess.run(
        [*command, "--dump-dom", f"{server.url}/?base=USD&quote=CAD"],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
    )
    assert row_of(shown(done.stdout), "ecb")[1] == "1.39689", done.stderr
    assert "Refused to" not in done.stderr
