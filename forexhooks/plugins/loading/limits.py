"""Limits that a child process sets for itself: before exec, Python code must not run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

MOST_OUTPUT = 16 * 1024 * 1024
"""Bytes that a child may print, and how large a file it may write."""

_MOST_MEMORY = 8 * 1024**3


def lead_a_session() -> None:
    """Start a new session: all processes started from here can then be ended together."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):  # it leads a session already
            os.setsid()


def limit_this_process() -> None:
    """Limit this process's memory and the files it writes, where the system supports that."""
    if sys.platform == "win32":
        return
    import resource

    limits = [(resource.RLIMIT_FSIZE, MOST_OUTPUT)]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_AS, _MOST_MEMORY))
    for which, most in limits:
        _, hard = resource.getrlimit(which)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (allowed, allowed))


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child, and on systems with process groups everything it started."""
    if sys.platform != "win32":
        # If it does not lead a group yet, it has not started anything.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()
