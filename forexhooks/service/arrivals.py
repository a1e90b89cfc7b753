"""Newly arrived rates: extensions are told in the background; no caller waits for them."""

from __future__ import annotations

import atexit
import threading
import time
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forexhooks.errors import ExtensionWarning, ForexError
from forexhooks.support.logs import log

if TYPE_CHECKING:
    from forexhooks.plugins.relay import Relay
    from forexhooks.rates.update import Update

    Ask = Callable[[Callable[[Relay], None]], None]

AT_EXIT = 10.0
"""How many seconds the end of the program waits for extensions that are being told."""

_telling: set[threading.Thread] = set()


def tell(ask: Ask, update: Update, *, full: bool) -> None:
    """Tell extensions in a thread what an update brought, if it was full or brought anything.

    Args:
        ask: Calls a function with the driver's relay, holding a lease.
        update: The result of the update.
        full: Whether everything was downloaded again.
    """
    is_new = full or update.added or update.changed or update.before != update.after
    if update.after is None or not is_new:
        return
    is_all = full or update.changed or update.before is None
    start = None if is_all or update.before is None else update.before + timedelta(days=1)
    thread = threading.Thread(target=_tell, args=(ask, start, update.after), daemon=True)
    _telling.add(thread)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is ending
        _telling.discard(thread)


def _tell(ask: Ask, start: date | None, end: date) -> None:
    def tell_all(relay: Relay) -> None:
        table = relay.held_from(start, end)
        for name, hook in relay.told_of_arrivals():
            try:
                hook(driver=table.driver, table=table)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is the extension's
                log().warning("%s: forex_rates_arrived", name, exc_info=True)
                warnings.warn(
                    f"the extension {name} failed in forex_rates_arrived, with new rates of "
                    f"{table.driver}: {type(error).__name__}: {error}",
                    ExtensionWarning,
                    stacklevel=2,
                )

    try:
        ask(tell_all)
    except ForexError as error:  # the driver is gone, say
        log().warning("extensions are not told of new rates: %s", error)
    finally:
        _telling.discard(threading.current_thread())


@atexit.register
def _wait() -> None:
    until = time.monotonic() + AT_EXIT
    for each in list(_telling):
        each.join(max(0.0, until - time.monotonic()))
