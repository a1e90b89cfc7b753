"""Run time: drivers from a path, loaded, swapped and unloaded while the program runs.

`ForexManager.load` and `unload` are the way in; `watch` keeps a manager as a folder is.
"""

from forexhooks.plugins.loading.generations import Generation
from forexhooks.runtime.watching import Event, Watch, watch

__all__ = ["Event", "Generation", "Watch", "watch"]
