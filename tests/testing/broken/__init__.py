"""Drivers that are broken, each in one way, and the tests of the kit that find it."""

from __future__ import annotations

from broken import exactness, hooks, losing, observing, past, profiles, requesting, storing
from broken.well import Breakage

BREAKAGES: dict[str, Breakage] = {
    each.name: each
    for module in (exactness, hooks, losing, observing, past, profiles, requesting, storing)
    for each in module.ALL
}
