"""Where the user's files are: settings, drivers' data, and caches."""

from __future__ import annotations

import os
import sys
from typing import Literal

Kind = Literal["config", "data", "cache"]

_XDG: dict[Kind, tuple[str, str]] = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "data": ("XDG_DATA_HOME", "~/.local/share"),
    "cache": ("XDG_CACHE_HOME", "~/.cache"),
}
_NO_HOME = os.path.join(os.path.abspath(os.devnull), "no-home-folder")


def user_folder(kind: Kind) -> str:
    """Return the user's folder for files of this kind; it need not exist.

    It follows platformdirs: on Linux, the XDG base directory specification. For a user without a
    home folder, the result is a folder that cannot be created: nothing is found there and nothing
    is kept.

    Args:
        kind: `"config"`, `"data"` or `"cache"`.

    Returns:
        The absolute path.
    """
    # platformdirs costs more than the rest of a first rate (benchmarks/README.md). A test checks
    # that both agree.
    if sys.platform == "linux":
        variable, default = _XDG[kind]
        configured = os.environ.get(variable, "").strip()
        if not os.path.isabs(configured):
            configured = os.path.expanduser(default)
        folder = os.path.join(configured, "forexhooks")
    else:
        import platformdirs

        folder = getattr(platformdirs, f"user_{kind}_dir")("forexhooks", appauthor=False)
    # Without HOME and a passwd entry for the user, the ~ stays.
    return folder if os.path.isabs(folder) else os.path.join(_NO_HOME, "forexhooks")


def user_path(path: str) -> str:
    """Return the absolute path for a path in a setting, in which `~` is the home folder.

    No shell has expanded it: without this, `~/rates` would be inside a folder called `~`.

    Args:
        path: The path as the user wrote it.

    Returns:
        The absolute path.

    Raises:
        SettingsError: It begins with `~`, and there is no such home folder.
    """
    expanded = os.path.expanduser(path)
    if expanded.startswith("~"):
        from forexhooks.errors import SettingsError

        raise SettingsError(
            f"{path} is in a home folder that does not exist: write an absolute path"
        )
    return os.path.abspath(expanded)


def has_home(folder: str) -> bool:
    """Whether `user_folder` made this path, or a folder above it, from a real home folder."""
    return not folder.startswith(_NO_HOME)
