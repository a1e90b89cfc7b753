"""The most memory that a command holds. Small, because a child counts its parent's at its start."""

import os
import sys

child = os.posix_spawn(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
)
_, status, usage = os.wait4(child, 0)
if status:
    sys.exit(f"failed: {sys.argv[1:]}")
unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
print('{"mib": %f}' % (usage.ru_maxrss * unit / 2**20))
