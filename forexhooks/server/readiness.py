"""Whether questions can be answered, and which stores are not up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.server.answer import Answer, json_answer
from forexhooks.server.problems import shown
from forexhooks.support.context import asking

if TYPE_CHECKING:
    from forexhooks.server.desk import Desk


def ready(desk: Desk, query: Mapping[str, str]) -> Answer:
    """Say whether the drivers are available, and which are missing or have a store that is behind.

    It asks no provider: of a driver without a store, it says only that it is available.
    """
    drivers: list[dict[str, object]] = [
        {"driver": name, "error": shown(found, 404)}
        if isinstance(found, forexhooks.PluginError)
        else {"driver": name, "stale": found and found.stale()}
        for name, found in states(desk)
    ]
    is_ready = not all("error" in each for each in drivers)
    content = {"status": "ready" if is_ready else "not ready", "drivers": drivers}
    return json_answer(
        content, status=200 if is_ready else 503, headers={"cache-control": "no-store"}
    )


def states(
    desk: Desk,
) -> Iterator[tuple[str, forexhooks.RateTable | forexhooks.PluginError | None]]:
    """Each driver of the server with the latest rates in its store.

    None: it has no store, or an empty one. An error: it cannot be asked.
    """
    with asking(offline=True):
        for name in desk.drivers:
            found: forexhooks.RateTable | forexhooks.PluginError | None = None
            try:
                service = desk.open([name])
                [(_, table)] = service.tables_in_turn(sorted(service.currencies()), None, None)
                if isinstance(table, forexhooks.RateTable):
                    found = table
            except forexhooks.PluginError as error:
                found = error
            except forexhooks.ForexError:
                pass
            yield name, found
