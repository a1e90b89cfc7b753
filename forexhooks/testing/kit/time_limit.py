"""A limit on how long all tests of a driver may take together. It ends a test that hangs."""

from __future__ import annotations

import ctypes
import signal
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

import pytest

_AGAIN = 5.0
_NOT_THE_AUTHORS = (
    str(Path(__file__).parents[2]).lower(),
    *(
        str(sysconfig.get_path(name)).lower()
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
    ),
    "<",
)
_ADVICE = (
    "end the loop, or limit how long it waits, as HttpDriver does; if the driver is right but "
    "slow, set a longer time_limit in the test class"
)


class OutOfTime(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test was still running when the time was up; the message says where."""

    said: str = ""

    def __init__(self) -> None:
        super().__init__(self.said, pytrace=False)


class TimeLimit:
    """The seconds that all tests have together. `ended_in` is the test that used them up."""

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds
        self.left: float = seconds
        self.ended_in: str | None = None

    @contextmanager
    def spent_by(self, name: str, code: CodeType, driver: str) -> Iterator[None]:
        """Raise `OutOfTime` in the test with this code once the time is up."""
        began = time.monotonic()

        def look(frame: FrameType | None) -> type[OutOfTime] | None:
            frames = list(_callers(frame))
            if not any(each.f_code is code for each in frames):
                return None
            self.ended_in = name
            what = f"{driver}: after {self.seconds:g} s {name} was still in {_place(frames)}"
            return type("OutOfTime", (OutOfTime,), {"said": f"{what}\n  → {_ADVICE}"})

        try:
            with _interrupted(max(self.left, 0.01), look):
                yield
        finally:
            self.left -= time.monotonic() - began


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frames: list[FrameType]) -> str:
    """Where a program is: in the author's own code, if that is on the stack."""
    own = [
        each for each in frames if not each.f_code.co_filename.lower().startswith(_NOT_THE_AUTHORS)
    ]
    at = (own or frames)[0]
    return f"{at.f_code.co_qualname}() ({Path(at.f_code.co_filename).name}:{at.f_lineno})"


@contextmanager
def _interrupted(
    seconds: float, look: Callable[[FrameType | None], type[OutOfTime] | None]
) -> Iterator[None]:
    """After so many seconds, raise what `look` returns in the running code, until it ends."""
    is_main = threading.current_thread() is threading.main_thread()
    # Only a signal wakes code that waits in a system call, such as sleep. A signal that is already
    # in use, by pytest-timeout say, is left alone.
    if sys.platform != "win32" and is_main and not signal.getitimer(signal.ITIMER_REAL)[0]:

        def interrupt(_: int, frame: FrameType | None) -> None:
            raised = look(frame)
            if raised is not None:
                raise raised

        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return
    thread, ended = threading.get_ident(), threading.Event()

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            raised = look(sys._current_frames().get(thread))  # noqa: SLF001 - as debuggers do
            if raised is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread), ctypes.py_object(raised)
                )
            wait = _AGAIN

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()
