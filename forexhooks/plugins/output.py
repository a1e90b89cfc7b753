"""Output: where what a plugin prints while it is imported and made goes."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext, redirect_stdout

_is_for_programs = False


def keep_stdout() -> None:
    """From now on what plugins print goes to stderr: stdout is for what reads our output."""
    global _is_for_programs
    _is_for_programs = True


def output_of_plugins() -> AbstractContextManager[object]:
    """Within it a plugin is imported, or made."""
    return redirect_stdout(sys.stderr) if _is_for_programs else nullcontext()
