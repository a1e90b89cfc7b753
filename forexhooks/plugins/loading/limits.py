"""Limits of a child process, which it sets itself: what runs before exec must not run Python."""

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
    """Lead a session of its own, so that what this process begins can be ended with it."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):  # it leads one already
            os.setsid()


def limit_this_process() -> None:
    """Bound the memory of this process, and the files that it writes, where that can be."""
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
    """End a child, and where there are process groups all that it began."""
    if hasattr(os, "killpg"):
        # Where it leads no group yet it has begun nothing.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()
