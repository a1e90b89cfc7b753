"""Programs of their own that wait for a refresh until it ends, however slow the machine is."""

from __future__ import annotations

import sys

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
