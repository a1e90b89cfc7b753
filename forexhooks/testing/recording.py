"""record(): save a provider's real responses as replies for the kit."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from mimetypes import guess_extension
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import requests

from forexhooks.errors import DriverError, RateError, SettingsError
from forexhooks.support.context import asking
from forexhooks.testing.local_server import Asked, ForexServer, Misbehave, Reply, reply, serving
from forexhooks.testing.trial import SPAN, Trial, hole_in, telling, without_warnings

if TYPE_CHECKING:
    import os

    from forexhooks.service.service import ForexService

_TIME_LIMIT = 30.0
_SHORTEST_KEY = 4
_SCRUBBED = "KEY"
_LONGEST_NAME = 24
_OF_THE_CONNECTION = {
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "if-modified-since",
    "if-none-match",
}


def record(
    upstream: str,
    folder: str | os.PathLike[str],
    make_driver: Callable[[ForexServer], object],
    *,
    ask: Callable[[ForexService], object] | None = None,
    keys: Collection[str] = (),
    trim: Callable[[str, bytes], bytes] | None = None,
) -> dict[str, str]:
    """Save a provider's real responses to a folder, and return the `replies` for `DriverTests`.

    It runs a server on this machine that passes each request on to the provider, and keeps the body
    of each response with status 200. If anything fails, nothing is saved.

    ::

        replies = record(
            "https://rates.acme.example",
            "tests",
            lambda server: Acme(api_key=key, base_url=server.url),
            keys=[key],
        )

    Args:
        upstream: The provider's address.
        folder: The folder to save the responses to.
        make_driver: Makes the driver that asks `server.url`, as for the kit.
        ask: Asks the service what is to be recorded; None: the latest rates and, if the driver has
            past days, the ten days before.
        keys: The API keys in use; `KEY` replaces them in what is saved.
        trim: Takes the path and body of a response and returns the part of the body that the tests
            need. The driver gets this part, too, and must be able to read it.

    Returns:
        A dictionary from each request to the file with its response.

    Raises:
        DriverError: The driver made no request, or failed.
        SettingsError: A key has less than four characters, which could occur in the responses by
            chance.
        Exception: What `make_driver` or `ask` raises.
    """
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise SettingsError(f"a key of less than {_SHORTEST_KEY} characters cannot be scrubbed")
    passing = _Passing(upstream.rstrip("/"), keys, trim)
    with serving() as server, asking(anew=True), without_warnings():
        server.answer = passing
        it = Trial(make_driver(server), server)
        try:
            (ask or _as_the_kit_does(it))(it.fx)
        finally:
            it.close()
    if not passing.bodies:
        raise DriverError(
            f"{it.name}: it sent no request to {upstream}: make the driver with "
            "base_url=server.url, and ask it for a rate in `ask`",
            driver=it.name,
        )
    return passing.saved(Path(folder))


def _as_the_kit_does(it: Trial) -> Callable[[ForexService], object]:
    def ask(fx: ForexService) -> None:
        newest, base, code = telling(it.observations())[:3]
        if fx.profile.latest_only:
            return
        history = fx.get_history(base, code, newest - SPAN, newest)
        first = fx.profile.history_from
        if first is not None:
            until = first if fx.profile.day_by_day else first + timedelta(days=7)
            with suppress(RateError):
                it.hook.forex_get_table(
                    driver=it.name, currencies=fx.currencies(), start=first, end=until
                )
        days = [newest, hole_in([rate.on for rate in history]), first]
        for on in filter(None, days):
            for max_gap in (None, 0):
                with suppress(RateError):
                    fx.get_rate(base, code, on, max_gap=max_gap)

    return ask


class _Passing:
    """Passes requests on, and keeps the responses."""

    def __init__(
        self,
        upstream: str,
        keys: Collection[str],
        trim: Callable[[str, bytes], bytes] | None,
    ) -> None:
        self._upstream = upstream
        self._trim = trim
        # As they are, as in URLs, and as in JSON.
        forms = {form for key in keys for form in (key, quote(key, safe=""), quote(key))}
        self._keys = sorted(forms, key=len, reverse=True)
        self.bodies: dict[tuple[str, str, str], tuple[bytes, str]] = {}

    def __call__(self, asked: Asked) -> Reply | Misbehave:
        headers = {
            name: value for name, value in asked.headers.items() if name not in _OF_THE_CONNECTION
        }
        answer = requests.request(
            asked.method,
            self._upstream + asked.path,
            params=asked.query,
            headers=headers,
            data=asked.content or None,
            timeout=_TIME_LIMIT,
            allow_redirects=False,
        )
        kind, body = answer.headers.get("content-type", ""), answer.content
        if self._trim is not None and answer.status_code == requests.codes.ok:
            body = self._trim(asked.path, body)
        if answer.status_code == requests.codes.ok:
            path = self._scrubbed(asked.path, "*")
            query = {
                name: value
                for name, value in asked.query.items()
                if self._scrubbed(value, "") == value
            }
            content = self._pattern(asked.content.decode("utf-8", "replace"))
            asked_for = path, urlencode(query, safe=",:+*"), content
            self.bodies[asked_for] = (body, kind)
        passed_on = {
            name: answer.headers[name]
            for name in ("Content-Type", "Retry-After", "Location")
            if name in answer.headers
        }
        return reply(body, answer.status_code)._replace(headers=passed_on)

    def saved(self, folder: Path) -> dict[str, str]:
        """Write the bodies to files, and return the replies for the kit."""
        folder.mkdir(parents=True, exist_ok=True)
        addresses = [(path, query) for path, query, _ in self.bodies]
        paths = [path for path, _ in dict.fromkeys(addresses)]
        replies: dict[str, str] = {}
        for (path, query, content), (body, kind) in self.bodies.items():
            pattern = f"{path}?{query}" if query and paths.count(path) > 1 else path
            if content and addresses.count((path, query)) > 1:
                pattern += f" {content}"
            extension = guess_extension(kind.partition(";")[0].strip()) or ".txt"
            telling = [part for part in path.split("/") if re.search(r"[A-Za-z0-9]", part)]
            last = (telling or ["root"])[-1].removesuffix(extension)
            name = re.sub(r"[^A-Za-z0-9]+", "-", last).strip("-").lower()[:_LONGEST_NAME]
            taken = [each.partition(".")[0] for each in replies.values()]
            numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
            name = next(each for each in (name, *numbered) if each not in taken) + extension
            (folder / name).write_bytes(self._scrubbed_bytes(body))
            replies[pattern] = name
        return replies

    def _pattern(self, content: str) -> str:
        """A pattern that fits the requests with this body only, whatever keys it contains."""
        return self._scrubbed(re.sub(r"([\[*?])", r"[\1]", content), "*")

    def _scrubbed(self, text: str, instead: str) -> str:
        for key in self._keys:
            text = text.replace(key, instead)
        return text

    def _scrubbed_bytes(self, body: bytes) -> bytes:
        for key in self._keys:
            body = body.replace(key.encode(), _SCRUBBED.encode())
        return body
