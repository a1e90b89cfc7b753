"""What pictures are drawn with, imported by name, as it is optional."""

from PyInstaller.utils.hooks import can_import_module

hiddenimports = [each for each in ("matplotlib.dates", "plotext") if can_import_module(each)]
