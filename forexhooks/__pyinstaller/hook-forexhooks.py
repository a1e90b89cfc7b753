"""What PyInstaller cannot see: drivers, which are found by name, and zones, which are data.

Drivers and extensions of third parties come along where they are installed; leave one out with
`--exclude-module`.
"""

from importlib.metadata import entry_points

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

import forexhooks
from forexhooks.plugins.discovery import DRIVERS, EXTENSIONS

hiddenimports = ["tzdata", "forexhooks.hookspecs"]
hiddenimports += {f"forexhooks.{each}" for each in forexhooks._LATER.values()}  # noqa: SLF001
datas = copy_metadata("forexhooks") + collect_data_files("iso4217")
for group in (DRIVERS, EXTENSIONS):
    for entry in entry_points(group=group):
        package = entry.module.partition(".")[0]
        hiddenimports += [entry.module, *collect_submodules(package)]
        datas += collect_data_files(package)
        if entry.dist is not None:
            datas += copy_metadata(entry.dist.name)
