"""Limits for slow machines, and a command line that waits for a refresh until it ends."""

from __future__ import annotations

import sys

CHILD_LIMIT = 300.0
"""Seconds until a program that a test started counts as hung: a busy machine can stand still for a
minute. What must not be waited for takes longer: `time.sleep(1000)`."""

HEARING = (
    sys.executable,
    "-c",
    """
import os, signal, sys
for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
""",
)
"""Before a command: it hears all signals, also where whoever runs the tests ignores some."""

PATIENCE = 30.0
"""Seconds in place of the 3 that a refresh is waited for."""

PATIENT = (
    sys.executable,
    "-c",
    f"""
import sys, forexhooks.service.refresh as refresh
refresh.WITHIN = {PATIENCE}
from forexhooks.cli import main
main()
""",
)
"""The command line, patiently."""
