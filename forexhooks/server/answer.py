"""The response of a route, before it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from forexhooks.server.exact_json import dumped

JSON = "application/json"

# Past days that no provider corrects any more do not change. All else expires within a minute; an
# old response is better than none while the server is down.
_FINAL = "public, max-age=31536000, immutable"
_CURRENT = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"

SHORTLY = "public, max-age=1"
"""For responses that are incomplete because a driver could not be asked."""


class Answer(NamedTuple):
    """A response: its status, its body, and how it may be cached.

    - `is_final`: it is about past days only, and will never change
    - `headers`: further headers
    """

    status: int
    body: bytes
    content_type: str = JSON
    is_final: bool = False
    headers: Mapping[str, str] = {}

    def all_headers(self) -> dict[str, str]:
        """The headers to send, including those for caches."""
        headers = {"content-type": self.content_type, **self.headers}
        if self.status >= 400:
            headers["cache-control"] = "no-store"
        elif "cache-control" not in headers:
            digest = hashlib.blake2b(self.body, digest_size=12).hexdigest()
            headers["etag"] = f'W/"{digest}"'  # weak: it is the same for the compressed body
            headers["cache-control"] = _FINAL if self.is_final else _CURRENT
        return headers


def json_answer(
    content: object,
    *,
    status: int = 200,
    is_final: bool = False,
    headers: Mapping[str, str] = {},
) -> Answer:
    """A response in JSON, with exact numbers."""
    return Answer(status, dumped(content).encode(), JSON, is_final, headers)


def said_header(name: str, said: Iterable[str | None]) -> dict[str, str]:
    """A header with these messages, without duplicates; no header if there are none."""
    text = "; ".join(dict.fromkeys(filter(None, said)))
    return {name: text.encode("ascii", "replace").decode()} if text else {}
