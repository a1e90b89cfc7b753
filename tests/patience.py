"""Limits for slow machines, and a command line that waits for a refresh until it ends."""

from __future__ import annotations

import sys

CHILD_LIMIT = 300.0
"""Seconds until a program that a test started counts as hung: a busy machine can stand still for a
minute."""

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
