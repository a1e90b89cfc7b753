"""Connect to whichever address of a host answers first (RFC 8305, "Happy Eyeballs").

A host has several addresses, and its IPv6 addresses may be unreachable. urllib3 would try one after
the other, and give each the whole time limit.
"""

from __future__ import annotations

import os
import selectors
import socket
from contextlib import suppress
from itertools import chain, zip_longest
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3.util.connection import allowed_gai_family

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAGGER = 0.25
"""Seconds before the next address is tried in parallel."""


def connect(
    host: str,
    port: int,
    *,
    within: float | None,
    options: Iterable[tuple[int, int, Any]] = (),
    source: tuple[str, int] | None = None,
) -> socket.socket:
    """Connect to the first address of a host that accepts.

    Args:
        host: The host's name or address.
        port: Its port.
        within: Seconds for all addresses together; None: no limit.
        options: Socket options to set, each as `setsockopt` takes them.
        source: The local address to connect from.

    Returns:
        The socket, with `within` as its time limit.

    Raises:
        socket.gaierror: The host has no address.
        TimeoutError: None of its addresses accepted in time.
        OSError: All refused; this is the reason of the last.
    """
    deadline = float("inf") if within is None else monotonic() + within
    found = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
    addresses = _interleaved(found)
    next_start = 0.0
    reason: OSError = OSError(f"{host} has no address")
    with selectors.DefaultSelector() as racing:
        try:
            while addresses or racing.get_map():
                now = monotonic()
                if now >= deadline:
                    raise TimeoutError(f"no answer from {host} in {within:g} s")
                if addresses and (now >= next_start or not racing.get_map()):
                    next_start = now + _STAGGER
                    try:
                        begun = _begun(addresses.pop(0), options, source)
                    except OSError as error:
                        reason, next_start = error, now
                    else:
                        racing.register(begun, selectors.EVENT_WRITE)
                    continue
                until = min(deadline, next_start) if addresses else deadline
                for key, _ in racing.select(None if until == float("inf") else until - now):
                    ended = key.fileobj
                    assert isinstance(ended, socket.socket)  # noqa: S101 - we registered it
                    racing.unregister(ended)
                    number = ended.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if number == 0:
                        ended.settimeout(within)
                        return ended
                    ended.close()
                    reason, next_start = OSError(number, os.strerror(number)), now
        finally:
            for key in list(racing.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
    raise reason


def _interleaved(found: list[Any]) -> list[Any]:
    """The addresses of both families in turn, in the order the system prefers."""
    first = [each for each in found if each[0] == found[0][0]]
    others = [each for each in found if each[0] != found[0][0]]
    return [each for each in chain(*zip_longest(first, others)) if each is not None]


def _begun(
    address: Any, options: Iterable[tuple[int, int, Any]], source: tuple[str, int] | None
) -> socket.socket:
    """A socket that has started to connect."""
    family, kind, protocol, _, where = address
    begun = socket.socket(family, kind, protocol)
    try:
        for option in options:
            begun.setsockopt(*option)
        if source:
            begun.bind(source)
        begun.setblocking(False)
        with suppress(BlockingIOError):  # in progress, as nearly always
            begun.connect(where)
    except BaseException:
        begun.close()
        raise
    return begun
