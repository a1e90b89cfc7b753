"""What all layers above use: settings, folders, atomic file writes, context.

The names below are public, for drivers that keep files of their own.
"""

from typing import TYPE_CHECKING, Any

from forexhooks.support.folders import user_folder, user_path
from forexhooks.support.ownership import ownership_problem
from forexhooks.support.settings import checked_base_url, missing_setting, without_user

if TYPE_CHECKING:
    from forexhooks.support.own_files import one_at_a_time, own_folder, read_own, write_own

__all__ = [
    "checked_base_url",
    "missing_setting",
    "one_at_a_time",
    "own_folder",
    "ownership_problem",
    "read_own",
    "user_folder",
    "user_path",
    "without_user",
    "write_own",
]

_OF_OWN_FILES = ("one_at_a_time", "own_folder", "read_own", "write_own")


def __getattr__(name: str) -> Any:
    if name not in _OF_OWN_FILES:  # not needed for a first rate
        raise AttributeError(f"module 'forexhooks.support' has no attribute {name!r}")
    from forexhooks.support import own_files

    return getattr(own_files, name)
