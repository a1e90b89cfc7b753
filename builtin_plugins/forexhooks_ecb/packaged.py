"""Files of this package where it is imported from an archive, as in a zipapp."""

from __future__ import annotations

import os


def from_archive(path: str) -> bytes | None:
    """Read a file of this package out of the archive it was imported from.

    Returns:
        The content; None where the package is in a folder, or the path outside the archive.

    Raises:
        OSError: The archive has no such file.
    """
    loader = getattr(__spec__, "loader", None)
    archive = getattr(loader, "archive", None)
    if loader is None or archive is None or not path.startswith(archive + os.sep):
        return None
    content: bytes = loader.get_data(path)
    return content
