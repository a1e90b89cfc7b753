"""The HTTP server: Frankfurter's API, our own, and a page. Needs the extra `server`.

`forexhooks serve` runs it; `app()` makes it for a program that has a server of its own.
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
"""What to install with pip to get the server's packages."""


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
        manager: Where to look up drivers; None: `forexhooks.plugin_manager()`.
        drivers: The drivers to ask, in order, if a request names none; empty: those in the
            settings, else `ecb`.
        refresh: What to do if a driver's store is not up to date, as for `forexhooks.open`.
        watch: A folder whose plugins are loaded, replaced and unloaded as it changes.
        time_limit: How many seconds a question may take; after that the response is 503.

    Returns:
        The application. To watch a folder, it needs the ASGI lifespan events of startup and
        shutdown.

    Raises:
        MissingExtraError: The extra `server` is not installed.
        ForexError: A driver cannot be opened.
    """
    for module in ("starlette", "prometheus_client"):
        imported(module, INSTALL)
    from forexhooks.server.application import make

    return make(manager, drivers, refresh=refresh, watch=watch, time_limit=time_limit)
