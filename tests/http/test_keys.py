"""A key that the provider repeats, in whatever place and encoding, is in nothing that is left."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import pickle
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

import forexhooks
from faults import Acme, raw, well
from forexhooks import ForexError, ForexManager, read_settings
from providers import Asked, Misbehave, Provider, Reply, reply

KEY = "q7Lw/Zr0+TfXv9=mD2"
PASSWORD = "p4ss/W0rd+Ünicode"  # noqa: S105
SECRETS = (KEY, PASSWORD)

FORMS = {
    "as it is": str,
    "in an address": lambda key: quote(key, safe=""),
    "each byte in an address": lambda key: "".join(f"%{each:02X}" for each in key.encode()),
    "in JSON": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "each character in JSON": lambda key: "".join(f"\\u{ord(each):04x}" for each in key),
    "in HTML": lambda key: html.escape(key),
    "each character in HTML": lambda key: "".join(f"&#{ord(each)};" for each in key),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "in a text in base64": lambda key: base64.b64encode(f"app_id={key}&a".encode()).decode(),
    "in another text in base64": lambda key: base64.b64encode(f"walter:{key}".encode()).decode(),
    "at another place in base64": lambda key: base64.b64encode(f"id: {key}, no".encode()).decode(),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal in capitals": lambda key: key.encode().hex().upper(),
}
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be")


def found_in(content: bytes | str) -> list[str]:
    """In which forms a secret is in it."""
    if isinstance(content, str):
        content = content.encode("utf-8", "replace")
    lower = content.lower()
    return [
        f"{form}, {encoding}"
        for secret in SECRETS
        for form, write in FORMS.items()
        for encoding in ENCODINGS
        if write(secret).rstrip("=").encode(encoding).removeprefix(b"\xff\xfe").lower() in lower
    ]


def texts_of(value: object, seen: set[int] | None = None) -> Iterator[str | bytes]:
    """All text in an object, in what it holds, and so on, as `vars` and iteration show it."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str | bytes):
        yield value
        return
    yield repr(value)
    if isinstance(value, Mapping):
        for each in value.items():
            yield from texts_of(each, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from texts_of(each, seen)
    if isinstance(value, BaseException):
        for each in (value.args, value.__cause__, value.__context__):
            yield from texts_of(each, seen)
    with contextlib.suppress(TypeError):
        yield from texts_of(vars(value), seen)


def body(kind: str, key: str) -> bytes:
    form, _, encoding = kind.partition("; ")
    document = f'{{"day": "2026-10-30", "rate": 1.25, "you": "{FORMS[form](key)}"}}'
    return document.encode(encoding or "utf-8")


def places(key: str) -> dict[str, Reply | Misbehave]:
    """Answers that repeat the key, by where they do."""
    said = quote(key, safe="+/=")
    head = b"Content-Length: 2\r\nConnection: close\r\n"
    found: dict[str, Reply | Misbehave] = {
        f"a body, {kind}": reply(body(kind, key)) for kind in FORMS
    }
    found |= {
        f"a page of an error, {form}, {encoding}": reply(
            f"<p>{FORMS[form](key)}".encode(encoding), 403
        )
        for form in FORMS
        for encoding in ENCODINGS
    }
    found |= {
        "a reason": raw(f"HTTP/1.1 200 {said}\r\n".encode() + head + b"\r\n{}"),
        "the reason of an error": raw(f"HTTP/1.1 500 {said}\r\n".encode() + head + b"\r\n{}"),
        "a header": raw(b"HTTP/1.1 200 OK\r\nX-You: " + said.encode() + b"\r\n" + head + b"\r\n{}"),
        "a cookie": raw(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: you=" + said.encode() + b"\r\n" + head + b"\r\n{}"
        ),
        "a status line that is none": raw(f"you are {said}\r\n\r\n".encode()),
        "a status line of two bytes a character": raw(f"{said}\r\n\r\n".encode("utf-16-le")),
        "a header that is none": raw(
            b"HTTP/1.1 200 OK\r\n" + said.encode() + b"\r\nand more\r\n" + head + b"\r\n{}"
        ),
        "a redirect": reply("", 302, Location=f"/there?you={quote(key, safe='')}"),
        "a redirect to another host": reply("", 302, Location=f"http://me:{said}@127.0.0.1:1/"),
        "a redirect to another scheme": reply("", 302, Location=f"{said}://x"),
        "a page with 200": reply(f"<p>Hello {key}"),
        "an ETag": reply('{"day": "2026-10-30", "rate": 1.25}', etag=f'"{said}"'),
        "Retry-After": reply("", 429, Retry_After=said),
        "what it is packed as": reply("{}", Content_Encoding=said),
    }
    return found


@pytest.mark.parametrize("place", places(""))
@pytest.mark.parametrize("secret", [KEY, PASSWORD], ids=["key", "password"])
def test_what_the_provider_repeats_is_nowhere(
    secret: str,
    place: str,
    provider: Provider,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    answer = places(secret)[place]

    def repeating(asked: Asked) -> Reply | Misbehave:
        assert asked.headers["authorization"].startswith("Basic ")
        return well(asked) if asked.path == "/there" else answer

    provider.answer = repeating
    address = provider.url.replace("//", f"//somebody:{quote(PASSWORD, safe='')}@")
    acme = Acme(base_url=address, app_id=KEY)
    left: list[object] = []
    for mode in ("usual", "anew"):
        for path in ("/latest", "/2026-09-01"):
            try:
                left.append(
                    acme.http.fetch(
                        path,
                        acme.asking,
                        parse=lambda each: (each, each.text, each.headers),
                        revalidate=mode == "anew",
                    )
                )
                left.append(acme.fetch_json(path, acme.asking))
            except ForexError as error:
                left += [error, *traceback.format_exception(error), pickle.dumps(error)]
        acme.http._parsed.clear()
    assert provider.asked and not provider.problems
    acme.http.malformed("an answer", ValueError(KEY))
    left += [acme, read_settings()]
    hits = [(text, found_in(text)) for text in texts_of(left) if found_in(text)]
    acme.close()
    outputs = [caplog.text, *capfd.readouterr()]
    hits += [(text, found_in(text)) for text in outputs if found_in(text)]
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert any(each.name == "acme.sqlite" for each in files)
    hits += [
        (str(each), found_in(each.read_bytes())) for each in files if found_in(each.read_bytes())
    ]
    assert not hits


def test_the_settings_show_no_key(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    monkeypatch.setenv("FOREXHOOKS_ACME_APP_ID", KEY)
    monkeypatch.setenv(
        "FOREXHOOKS_ACME_BASE_URL", f"http://me:{quote(PASSWORD, safe='')}@localhost"
    )
    settings = read_settings()
    assert settings.setting("acme", "app_id") == KEY
    assert not [text for text in texts_of(settings) if found_in(text)]
    assert pickle.loads(pickle.dumps(settings)).setting("acme", "app_id") == KEY  # noqa: S301


@pytest.mark.parametrize(
    "proxy", ["socks9://me:{}@localhost:1", "http://me:{}@", "socks5://me:{}@localhost:1"]
)
def test_the_password_of_a_proxy_is_in_no_error(
    proxy: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy.format(quote(PASSWORD, safe="")))
    acme = Acme(base_url=provider.url)
    with pytest.raises(ForexError) as caught:
        acme.fetch_json("/latest")
    acme.close()
    assert found_in(str(caught.value)) == []


def test_a_short_key_does_not_alter_what_was_published(provider: Provider) -> None:
    provider.answer = lambda asked: reply('{"day": "2026-10-30", "rate": 1.12345}')
    acme = Acme(base_url=provider.url, app_id="12345")
    assert str(acme.fetch_json("/latest", acme.asking)["rate"]) == "1.12345"
    acme.close()


@pytest.mark.parametrize("driver", ["ecb", "nbp", "currencyapi", "frankfurter"])
def test_no_driver_shows_the_password_of_its_address(driver: str) -> None:
    address = f"http://somebody:{quote(PASSWORD, safe='')}@localhost:1"
    manager = ForexManager(discover=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"FOREXHOOKS_{driver.upper()}_BASE_URL", address)
        forexhooks.open(driver, manager=manager)
    assert not [text for text in texts_of(manager.get_plugin(driver)) if found_in(text)]
    manager.close()


@pytest.mark.parametrize("address", ["somebody:{}@x", "ftp://somebody:{}@x", "http://a:{}@x/y@z"])
def test_no_error_about_an_address_shows_its_password(address: str) -> None:
    with pytest.raises(ForexError) as caught:
        Acme(base_url=address.format(quote(PASSWORD, safe="")), app_id=KEY)
    assert found_in(str(caught.value)) == []
