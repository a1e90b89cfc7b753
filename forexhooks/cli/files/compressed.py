"""Compressed files: other programs unpack and pack them in a pipe."""

from __future__ import annotations

import os

from forexhooks.errors import ColumnError

_TOOLS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
_BEGINNINGS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_ZIP = b"PK\x03\x04"


def tool_of(path: str) -> str | None:
    """The program for compressed files of this name."""
    return _TOOLS.get(os.path.splitext(path)[1].lower())


def unpacking(path: str, tool: str, kind: str) -> str:
    """Advice about a compressed file."""
    if kind == "parquet":
        return f"{path} is compressed with {tool}: unpack it first, with {tool} -dk {path}"
    unpack = f"… | {tool} -dc" if path == "stdin" else f"{tool} -dc {path}"
    return (
        f"{path} is compressed with {tool}: unpack it on the way, with "
        f"{unpack} | forexhooks convert-file - --format {kind} …"
    )


def check_unpacked(path: str, kind: str, beginning: bytes) -> None:
    """Raise `ColumnError` if the first bytes are those of a compressed file."""
    for sign, tool in _BEGINNINGS.items():
        if beginning.startswith(sign):
            raise ColumnError(unpacking(path, tool, kind))
    if beginning.startswith(_ZIP):
        raise ColumnError(
            f"{path} is a zip file, as workbooks of Excel are: save the sheet as CSV UTF-8 (File, "
            f"Save As), or unpack it, and give the {kind} file"
        )
