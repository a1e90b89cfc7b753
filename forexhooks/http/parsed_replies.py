"""Parsed replies: a response that has not changed is not parsed again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from forexhooks.http.deadline import check_time

if TYPE_CHECKING:
    from forexhooks.http.replies import Reply

T = TypeVar("T")

_MOST = 16


class ParsedReplies:
    """The latest 16 replies, each with the result of parsing it."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[object, tuple[Any, bytes, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all of them."""
        self._parsed.clear()

    def forget(self, question: object) -> None:
        """Forget the result for a question: it is to be parsed again."""
        with self._lock:
            self._parsed.pop(question, None)

    def get(self, question: object, reply: Reply, parse: Callable[[Reply], T]) -> T:
        """The result of parsing the reply to a question, from memory if possible."""
        known = self._parsed.get(question)
        if known is not None and known[:2] == (_identity(parse), reply.content):
            return cast("T", known[2])
        parsed = parse(reply)
        if isinstance(parsed, Iterator):  # it can be read only once
            parsed = cast("T", list(_in_time(parsed)))
        with self._lock:
            self._parsed[question] = (_identity(parse), reply.content, parsed)
            while len(self._parsed) > _MOST:
                self._parsed.popitem(last=False)
        return parsed


def _in_time(parsed: Iterator[T]) -> Iterator[T]:
    for each in parsed:
        check_time()
        yield each


def _identity(parse: Any) -> Any:
    """A value that is equal for functions that parse alike, as far as can be told."""
    if isinstance(parse, partial):
        return parse.func, parse.args, parse.keywords
    return parse
