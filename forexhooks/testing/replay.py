"""A provider's recorded responses: which file is the response to which request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import parse_qsl

from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply

Given = str | Reply | Callable[[Asked], Reply | Misbehave]


class Recorded:
    """Responds to requests from files; `unanswered` has the requests without a recorded response.

    A path may contain a query, `"/rates?base=USD"`, of which the request must have every part, and
    stars, `"/days/*"`. After a space, a pattern for the body of the request may follow. The first
    path that fits is used; those with a body come first, then those with a query.

    Args:
        replies: For each path, such as `"/rates"`: the file with the body, a `Reply`, or a function
            of the request.
        folder: The folder of the files.
    """

    def __init__(self, replies: Mapping[str, Given], folder: Path) -> None:
        self._replies = sorted(
            replies.items(), key=lambda item: (" " not in item[0], "?" not in item[0])
        )
        self._folder = folder
        self.unanswered: list[str] = []

    def __call__(self, asked: Asked) -> Reply | Misbehave:
        """Respond to a request; with status 404 if nothing was recorded for it."""
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
