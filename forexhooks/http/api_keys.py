"""Keys: a stand-in takes the place of each, in everything but the bytes that are sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

_SHORTEST = 4


class Keys:
    """The keys of one driver, by the texts that stand for them."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._stand_ins: dict[str, str] = {}  # by every form, in lower case, of the key
        self._forms: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._keys)

    def hide(self, name: str, key: str) -> str:
        """The text that stands for a key from now on."""
        stand_in = f"-{name}-"
        self._keys[stand_in] = key
        # What is shorter than this is no secret, and would turn up in any text.
        forms = [form.lower() for form in _forms(key) if len(form) >= _SHORTEST]
        self._stand_ins.update(dict.fromkeys(forms, stand_in))
        longest_first = sorted(self._stand_ins, key=len, reverse=True)
        if longest_first:
            self._forms = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        return stand_in

    def concealed(self, text: str) -> str:
        """The text with its stand-in for each key, however that is written in it."""
        if self._forms is None:
            return text
        return self._forms.sub(lambda found: self._stand_ins.get(found[0].lower(), "-"), text)

    def revealed(self, text: str, quoted: Callable[[str], str] = str) -> str:
        """The text with each key, `quoted`, in the place of what stands for it."""
        for stand_in, key in self._keys.items():
            text = text.replace(stand_in, quoted(key))
        return text


def _forms(key: str) -> set[str]:
    """A key as it may come back: in an address, in JSON, in HTML."""
    import html
    import json

    in_json = json.dumps(key)[1:-1]
    return {
        key,
        quote(key),
        quote(key, safe=""),
        in_json,
        in_json.replace("/", r"\/"),
        html.escape(key),
    }
