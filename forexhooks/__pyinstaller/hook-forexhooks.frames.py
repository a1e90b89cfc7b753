"""What frames are made with, imported by name, as it is optional."""

from PyInstaller.utils.hooks import can_import_module

hiddenimports = [each for each in ("narwhals", "pyarrow.parquet") if can_import_module(each)]
