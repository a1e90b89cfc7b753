"""Preflight: a child process checks, copies and tries a plugin; crashes and hangs stay there.

It also does the work that needs many system calls: a thread that makes one gives up its turn, and
waits long for the next if other threads are busy.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import secrets
import select
import subprocess
import sys
import tempfile
import warnings
from _thread import start_new_thread
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from forexhooks.errors import ForexError, PluginLoadError, TrustWarning
from forexhooks.plugins.loading.limits import MOST_OUTPUT, end, lead_a_session, limit_this_process
from forexhooks.plugins.loading.staging import staged_by
from forexhooks.plugins.loading.targets import Staged
from forexhooks.plugins.relay import Relay
from forexhooks.rates.profile import Profile
from forexhooks.rates.question import Question
from forexhooks.support.text import in_one_line

if TYPE_CHECKING:
    from pathlib import Path

    from forexhooks.plugins.loading.targets import Order
    from forexhooks.plugins.registration import Registration
    from forexhooks.support.settings import Settings

TIME_LIMIT = 10.0
"""Seconds that a preflight may take."""

_QUESTION = "_FOREXHOOKS_PREFLIGHT"
_LOOKED_AT_EVERY = 0.2  # seconds, where polling is the only way to wait


def preflight(order: Order, home: Path, settings: Settings, time_limit: float) -> Staged | None:
    """Stage, import, register and probe a plugin in a child process, without the network.

    The probe asks for one rate, if the profile declares an `example`.

    Args:
        order: What to load.
        home: The folder for the copy. On failure, the caller must remove it.
        settings: The settings of drivers.
        time_limit: How many seconds the child process may take.

    Returns:
        The copy; None: the same is already loaded.

    Raises:
        PluginLoadError: Loading it here would have failed; the message names the file.
    """
    word = secrets.token_hex()  # a plugin may print, too: our lines begin with this
    question = base64.b64encode(pickle.dumps((order, home, settings, word)))
    child = _Child(question.decode())
    try:
        is_in_time = child.has_ended(time_limit)
        if child.has_said_too_much():
            raise PluginLoadError(
                f"{order.path}: it printed more than {MOST_OUTPUT:,} bytes in preflight"
            )
        if not is_in_time:
            raise PluginLoadError(
                f"{order.path}: not ready after {time_limit:g} s of preflight: it hangs, or is slow"
            )
        lines = child.said().decode(errors="replace").splitlines()
    finally:
        child.dismiss()
    replies = [json.loads(line.removeprefix(word)) for line in lines if line.startswith(word)]
    for message in (each["warning"] for each in replies if "warning" in each):
        warnings.warn(message, TrustWarning, stacklevel=6)
    if not replies or "error" in replies[-1] or "passed" not in replies[-1]:
        rest = [line for line in lines if line.strip() and not line.startswith(word)]
        why = in_one_line(rest[-1]) if rest else f"the process ended with {child.process.wait()}"
        why = replies[-1].get("error", why) if replies else why
        raise PluginLoadError(why if str(order.path) in why else f"{order.path}: {why}")
    staged = next(each["staged"] for each in replies if "staged" in each)
    return None if staged is None else Staged.from_reply(staged, order.path, home)


class _Child:
    """A child process that is asked one question, and what it writes.

    Each system call lets other threads go first: calls that can wait are left to `dismiss`.
    """

    def __init__(self, question: str) -> None:
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from forexhooks.plugins.loading.preflight import main; main()"
        )
        environment = {**os.environ, "FOREXHOOKS_OFFLINE": "1", _QUESTION: question}
        # It writes bytecode for this process, into a copy that nobody changes.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `dismiss`
        # close_fds=False allows one system call to spawn it; Python's files are not inherited.
        self.process = subprocess.Popen(  # noqa: S603 - what it runs is checked there first
            [sys.executable, "-P", "-c", code],
            stdout=self._output,
            stderr=self._output,
            env=environment,
            close_fds=False,
        )
        self._handle: int | None = None

    def has_ended(self, seconds: float) -> bool:
        """Wait for its end; return whether it came in time."""
        # One wait instead of many short ones.
        if sys.platform == "linux" and hasattr(os, "pidfd_open"):
            with suppress(OSError):
                self._handle = os.pidfd_open(self.process.pid)
                ended = select.poll()  # select() takes no descriptor above 1023
                ended.register(self._handle, select.POLLIN)
                return bool(ended.poll(seconds * 1000))
        deadline = monotonic() + seconds
        while monotonic() < deadline and not self.has_said_too_much():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_LOOKED_AT_EVERY)
                return True
        return False

    def has_said_too_much(self) -> bool:
        """Whether it has written as much as it may. If file limits work, it cannot write more."""
        return os.fstat(self._output.fileno()).st_size >= MOST_OUTPUT

    def said(self) -> bytes:
        """What it has written."""
        if sys.platform != "win32":
            return os.pread(self._output.fileno(), MOST_OUTPUT, 0)
        self._output.seek(0)
        return self._output.read(MOST_OUTPUT)

    def dismiss(self) -> None:
        """End it and everything it started, and release its resources, in a thread."""
        try:
            start_new_thread(self._dismissed, ())
        except RuntimeError:  # the interpreter is ending
            self._dismissed()

    def _dismissed(self) -> None:
        end(self.process)
        self._output.close()
        if self._handle is not None:
            os.close(self._handle)


def main() -> None:
    """Answer the question in the environment: what was staged, then whether it works."""
    lead_a_session()
    from forexhooks.plugins.loading.generations import registrations_of

    question = base64.b64decode(os.environ.pop(_QUESTION))
    # From the parent.
    order, home, settings, word = pickle.loads(question)  # noqa: S301 # nosec B301
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)  # the terminal is the parent's

    def reply(**content: Any) -> None:
        sys.stdout.write(f"\n{word}{json.dumps(content)}\n")
        sys.stdout.flush()

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", TrustWarning)
            staged = staged_by(order, home)
        for each in caught:
            reply(warning=str(each.message))
        reply(staged=None if staged is None else staged.as_reply())
        if staged is not None:
            limit_this_process()  # not earlier: a wheel may contain larger files
            for registration in registrations_of(staged, settings, order.name):
                _probe(registration)
        reply(passed=True)
    except Exception as error:  # noqa: BLE001 - each is a reason, and said in one line
        kind = "" if isinstance(error, ForexError) else f"{type(error).__name__}: "
        reply(error=in_one_line(f"{kind}{error}"))
    sys.stderr.flush()
    # Do not wait for the plugin's threads and exit handlers; the parent owns the copy.
    os._exit(0)


def _probe(registration: Registration) -> None:
    if registration.driver is None:
        return
    relay = Relay(registration, [])
    profile = relay.profile() or Profile(title=registration.driver)
    if profile.example is not None:
        base, quote, on = profile.example
        question = Question(registration.driver, base, quote, on, None)
        question.checked(relay.get_rate(base, quote, on, None), lambda: profile)
