"""Time zones by their names."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from forexhooks.errors import SettingsError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    """Find a time zone.

    Args:
        name: Its name, like `Europe/Berlin`.

    Returns:
        The zone.

    Raises:
        ValueError: There is no such zone.
        SettingsError: This machine has no time zone data at all.
    """
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, TypeError, ValueError) as error:
        if not zoneinfo.available_timezones():
            raise SettingsError(
                "this machine has no time zone data: reinstall the package tzdata, or set "
                "PYTHONTZPATH to a folder that has it"
            ) from error
        raise ValueError(f"there is no time zone {name!r}") from error


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name; without any time zone data, there may be.

    It looks for the zone's file first, as importing zoneinfo would slow down each start.
    """
    if not re.fullmatch(r"[A-Za-z][\w+-]*(/[\w+-]+)*", name, re.ASCII):
        return False
    places = (
        "/usr/share/zoneinfo",
        *(os.path.join(each, "tzdata", "zoneinfo") for each in sys.path),
    )
    if any(os.path.isfile(os.path.join(place, name)) for place in places):
        return True
    try:
        zone_of(name)
    except ValueError:
        return False
    except SettingsError:
        return True
    return True
