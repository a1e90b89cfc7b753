"""The command `convert-file`, for the tests of what it does with files."""

from __future__ import annotations

from converted_files import convert as convert
