"""Run time: drivers from a path, loaded, replaced and unloaded while the program runs.

`ForexManager.load` and `unload` do it once; `watch` keeps a manager in step with a folder.
"""

from forexhooks.plugins.loading.generations import Generation
from forexhooks.runtime.watching import Event, Watch, watch

__all__ = ["Event", "Generation", "Watch", "watch"]
