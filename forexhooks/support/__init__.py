"""What every floor above uses: settings, folders, whole files, context.

The names below are public, for drivers that keep files of their own.
"""

from forexhooks.support.folders import user_folder, user_path
from forexhooks.support.ownership import ownership_problem
from forexhooks.support.settings import checked_base_url, missing_setting, without_user

__all__ = [
    "checked_base_url",
    "missing_setting",
    "ownership_problem",
    "user_folder",
    "user_path",
    "without_user",
]
