"""The HTTP face: Frankfurter's API, our own, and a page. Needs the extra `server`.

`forexhooks serve` runs it; `app()` gives it to a program that has a server of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forexhooks.support.optional import imported

if TYPE_CHECKING:
    import os

    from starlette.applications import Starlette

    from forexhooks import ForexManager
    from forexhooks.support.settings import Refresh

__all__ = ["app"]

INSTALL = "'forexhooks[server]'"
"""What pip gets the server's packages by."""


def app(
    manager: ForexManager | None = None,
    drivers: Sequence[str] = (),
    *,
    refresh: Refresh = "background",
    watch: str | os.PathLike[str] | None = None,
    time_limit: float = 30.0,
) -> Starlette:
    """Make the ASGI application that `forexhooks serve` runs, to serve or to mount yourself.

    Args:
        manager: Where drivers are looked up; by default `forexhooks.plugin_manager()`.
        drivers: The drivers asked where a request names none, in this order; by default those
            that the settings name, else `ecb`.
        refresh: What happens where a driver's store is short, as for `forexhooks.open`.
        watch: A folder whose plugins are loaded, swapped and unloaded as they come, change and go.
        time_limit: Seconds that a question may take before it is answered with 503.

    Returns:
        The application. It has to be told of startup and shutdown (ASGI lifespan) to watch.

    Raises:
        MissingExtraError: The extra `server` is not installed.
        ForexError: A driver cannot be opened.
    """
    for module in ("starlette", "prometheus_client"):
        imported(module, INSTALL)
    from forexhooks.server.application import make

    return make(manager, drivers, refresh=refresh, watch=watch, time_limit=time_limit)
