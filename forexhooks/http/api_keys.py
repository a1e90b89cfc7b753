"""Keys: a placeholder replaces each key everywhere except in the bytes that are sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import AnyStr
from urllib.parse import quote

_SHORTEST = 4
_SHORTEST_IN_BODY = 8  # a shorter one may be found among the digits of rates
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


class Keys:
    """The keys of one driver, by their placeholders. `vars` does not show them."""

    __slots__ = ("_forms", "_forms_in_body", "_in_body", "_keys", "_stand_ins")

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._stand_ins: dict[str, str] = {}  # by every form, in lower case, of the key
        self._forms: re.Pattern[str] | None = None
        self._in_body: dict[bytes, bytes] = {}
        self._forms_in_body: re.Pattern[bytes] | None = None

    def __bool__(self) -> bool:
        return bool(self._keys)

    def hide(self, name: str, key: str, parts: Iterable[str] = ()) -> str:
        """Return a placeholder for a key; from now on it also hides secret parts of the key."""
        stand_in = f"-{name}-"
        self._keys[stand_in] = key
        # Anything shorter is not a secret, and would occur in any text.
        forms = {form for part in (key, *parts) if len(part) >= _SHORTEST for form in _forms(part)}
        self._stand_ins.update({form.lower(): stand_in for form in forms})
        for form in forms:
            if len(form) >= _SHORTEST_IN_BODY:
                for each in _ENCODINGS:
                    self._in_body[form.encode(each).lower()] = stand_in.encode(each)
        if forms:
            self._forms = re.compile("|".join(_escaped(self._stand_ins)), re.IGNORECASE)
        if self._in_body:
            self._forms_in_body = re.compile(b"|".join(_escaped(self._in_body)), re.IGNORECASE)
        return stand_in

    def key(self, name: str) -> str:
        """The key that was hidden under this name. Raises `KeyError` if there is none."""
        return self._keys[f"-{name}-"]

    def concealed(self, text: str) -> str:
        """The text with each key replaced by its placeholder, however the key is encoded."""
        if self._forms is None:
            return text
        return self._forms.sub(lambda found: self._stand_ins.get(found[0].lower(), "-"), text)

    def concealed_in(self, body: bytes) -> bytes:
        """The body with each key replaced by its placeholder, in whatever encoding."""
        if self._forms_in_body is None:
            return body
        # Searching for each is much faster than one search for any of them.
        lower = body.lower()
        if not any(form in lower for form in self._in_body):
            return body
        return self._forms_in_body.sub(
            lambda found: self._in_body.get(found[0].lower(), b"-"), body
        )

    def revealed(self, text: str, quoted: Callable[[str], str] = str) -> str:
        """The text with each placeholder replaced by its key, `quoted`."""
        for stand_in, key in self._keys.items():
            text = text.replace(stand_in, quoted(key))
        return text

    def revealed_in(self, body: bytes, kind: str = "") -> bytes:
        """A body to send, with the keys in it, encoded as its content type requires."""
        for stand_in, key in self._keys.items():
            body = body.replace(stand_in.encode(), _as_written_in(kind, key).encode())
        return body


def _as_written_in(kind: str, key: str) -> str:
    """A key as it is written in content of this type."""
    if "form-urlencoded" in kind:
        return quote(key, safe="")
    if "json" in kind:
        import json

        return json.dumps(key)[1:-1]
    if "xml" in kind:
        import html

        return html.escape(key)
    return key


def _escaped(forms: Iterable[AnyStr]) -> list[AnyStr]:
    return [re.escape(each) for each in sorted(forms, key=len, reverse=True)]


def _forms(key: str) -> set[str]:
    """The forms in which a key may come back: in URLs, JSON, HTML, base64, hexadecimal."""
    import html
    import json

    in_json = json.dumps(key)[1:-1]
    content = key.encode()
    return {
        key,
        "\0".join(key),  # of two bytes a character, read as one byte each
        quote(key),
        quote(key, safe=""),
        "".join(f"%{byte:02x}" for byte in content),
        in_json,
        in_json.replace("/", r"\/"),
        "".join(f"\\u{ord(each):04x}" for each in key),
        html.escape(key),
        "".join(f"&#{ord(each)};" for each in key),
        "".join(f"&#x{ord(each):x};" for each in key),
        content.hex(),
        *_in_base64(content),
    }


def _in_base64(content: bytes) -> set[str]:
    """The content in base64: alone, or inside a longer string after 0, 1 or 2 bytes."""
    from base64 import b64encode

    forms = {b64encode(content).decode().rstrip("=")}
    for before in range(3):
        text = b64encode(bytes(before) + content).decode()
        # Without the characters that neighbouring bytes affect.
        forms.add(text[-(-before * 8 // 6) : (before + len(content)) * 8 // 6])
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}
