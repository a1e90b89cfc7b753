"""A provider's recorded answers: which file answers which request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import parse_qsl

from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply

Given = str | Reply | Callable[[Asked], Reply | Misbehave]


class Recorded:
    """Answers requests from files; `unanswered` are the requests for which there is none.

    `replies` maps a path, `"/rates"`, to the file that holds the body, in `folder`, to a `Reply`,
    or to a function of the request. A path may have a query, `"/rates?base=USD"`, of which the
    request must have every part, and stars, `"/days/*"`. The first that fits answers, those with a
    query before those without.
    """

    def __init__(self, replies: Mapping[str, Given], folder: Path) -> None:
        self._replies = sorted(
            replies.items(), key=lambda item: (" " not in item[0], "?" not in item[0])
        )
        self._folder = folder
        self.unanswered: list[str] = []

    def __call__(self, asked: Asked) -> Reply | Misbehave:
        """Answer a request; with 404 where nothing was recorded for it."""
        for pattern, given in self._replies:
            address, _, body = pattern.partition(" ")
            path, _, query = address.partition("?")
            wanted = dict(parse_qsl(query, keep_blank_values=True))
            content = asked.content.decode("utf-8", "replace")
            if (
                fnmatchcase(asked.path, path)
                and wanted.items() <= asked.query.items()
                and fnmatchcase(content, body or "*")
            ):
                return self._reply(given, asked)
        shown = asked.path + "".join(
            f"{'&' if number else '?'}{name}={value}"
            for number, (name, value) in enumerate(asked.query.items())
        )
        if asked.content:
            shown += f" {asked.content.decode('utf-8', 'replace'):.200}"
        self.unanswered.append(shown)
        return reply(f"nothing was recorded for {shown}", 404)

    def _reply(self, given: Given, asked: Asked) -> Reply | Misbehave:
        if isinstance(given, Reply):
            return given
        if callable(given):
            return given(asked)
        kind, _ = guess_type(given)
        body = (self._folder / given).read_bytes()
        return reply(body, content_type=kind or "application/octet-stream")
