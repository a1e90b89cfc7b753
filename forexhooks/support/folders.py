"""Where the user's files are: settings, what drivers keep, and what may be lost."""

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


def user_folder(kind: Kind) -> str:
    """The user's folder for files of this kind; it need not exist.

    By the rules of platformdirs: on Linux those of the XDG base directory specification.
    """
    # platformdirs costs more than the rest of a first rate together (benchmarks/README.md). A
    # test holds the two equal.
    if sys.platform == "linux":
        variable, default = _XDG[kind]
        configured = os.environ.get(variable, "").strip()
        if not os.path.isabs(configured):
            configured = os.path.expanduser(default)
        return os.path.join(configured, "forexhooks")
    import platformdirs

    folder: str = getattr(platformdirs, f"user_{kind}_dir")("forexhooks", appauthor=False)
    return folder
