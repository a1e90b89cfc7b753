"""Exceptions from outside, which signal handlers raise inside a driver's code: timeouts, say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def raise_from_outside(error: BaseException) -> None:
    """If `error` was caused by an exception from a signal handler of the program, raise that.

    A driver, or code it calls, may have caught that exception and raised another one: the causes of
    `error` count.
    """
    import signal

    handlers = {
        getattr(getattr(handler, "__func__", handler), "__code__", None)
        for handler in map(signal.getsignal, signal.valid_signals())
    } - {None}
    for each in _with_what_led_to_it(error) if handlers else ():
        traceback = each.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code in handlers:
                raise each
            traceback = traceback.tb_next


def _with_what_led_to_it(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
