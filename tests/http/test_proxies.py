"""Proxies and files of certificates that do not work: each is named as what it is."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults import Acme, in_time, well
from forexhooks.errors import DriverError, ForexError, SettingsError, TransientError
from providers import Provider

SECRET = "w0rd"  # noqa: S105
USER = f"me:pass{SECRET}@"
SCHEMES = "https", "http"


@contextmanager
def proxy(answer: bytes) -> Iterator[str]:
    """A proxy that answers everything so; its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def refused(scheme: str) -> ForexError:
    """What asking raises; no part of the password is in it, or in what led to it."""
    acme = Acme(base_url=f"{scheme}://rates.acme.example")
    try:
        with in_time(), pytest.raises(ForexError) as caught:
            acme.fetch_json("/latest")
    finally:
        acme.close()
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told.split("Error: ", 1)[-1]
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "named",
    [
        f"http://{USER}127.0.0.1:port",
        f"http://{USER}127.0.0.1:99999",
        f"http://{USER}",
        f"http://{USER}[bad",
        f"http://me:pass/{SECRET}@127.0.0.1:1",
        f"http://me:pass#{SECRET}@127.0.0.1:1",
        f"http://me:pass?{SECRET}@127.0.0.1:1",
        f"http://me:pass {SECRET}@127.0.0.1:1",
        f"nonsense://{USER}127.0.0.1:1",
        f"pass{SECRET}://127.0.0.1:1",
        "not a proxy",
    ],
)
def test_malformed(named: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    monkeypatch.setenv("ALL_PROXY", named)
    error = refused(scheme)
    assert type(error) is SettingsError
    assert "the proxy in ALL_PROXY is malformed" in str(error)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "named", [f"http://{USER}127.0.0.1:1", f"{USER}127.0.0.1:1", f"http://me:@{SECRET}@127.0.0.1:1"]
)
def test_not_there(named: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    variable = f"{scheme}_proxy"
    monkeypatch.setenv(variable, named)
    error = refused(scheme)
    assert type(error) is TransientError
    assert f"the proxy http://127.0.0.1:1 that {variable} names does not respond" in str(error)
    assert "refused" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ("403 Forbidden", DriverError, "refuses the connection (403 Forbidden)"),
        ("502 Bad Gateway", DriverError, "refuses the connection (502 Bad Gateway)"),
        ("407 Who are you", SettingsError, "requires a user and password (407 Who are you)"),
        ("", TransientError, "does not respond"),
    ],
)
def test_not_let_through(
    answer: str, kind: type[ForexError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    line = f"HTTP/1.1 {answer}" if answer else "garbage"
    with proxy(f"{line}\r\nContent-Length: 0\r\n\r\n".encode()) as place:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}{place}")
        error = refused("https")
    assert type(error) is kind
    assert f"the proxy http://{place} that HTTPS_PROXY names {says}" in str(error)


def test_a_proxy_that_wants_a_user_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    with proxy(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n") as place:
        monkeypatch.setenv("HTTP_PROXY", f"http://{place}")
        error = refused("http")
    assert type(error) is SettingsError and "requires a user and password" in str(error)


def test_socks_without_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    monkeypatch.setenv("ALL_PROXY", f"socks5://{USER}127.0.0.1:1")
    error = refused("https")
    assert type(error) is SettingsError and "requests[socks]" in str(error)


def test_a_proxy_that_works(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.answer = well
    host = provider.url.partition("://")[2]
    for named in (f"http://{USER}{host}", host, f"http://{host}/"):
        monkeypatch.setenv("HTTP_PROXY", named)
        acme = Acme(base_url="http://rates.acme.example")
        assert acme.fetch_json(f"/latest?{len(provider.asked)}")
        acme.close()
    assert "proxy-authorization" in provider.asked[0].headers


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_of_certificates_that_is_missing(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
    error = refused("https")
    assert type(error) is SettingsError
    assert f"there is no file {tmp_path / 'ca.pem'}, which {variable} names" in str(error)
