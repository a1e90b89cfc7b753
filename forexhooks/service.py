"""open() and ForexService: the typed face of a driver."""

from __future__ import annotations

import atexit
import threading
import warnings
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from forexhooks.catalog import Relay
from forexhooks.currencies import CODES, is_currency
from forexhooks.errors import (
    CurrencyError,
    DateError,
    DriverError,
    ForexError,
    PluginError,
    StaleRateWarning,
    did_you_mean,
)
from forexhooks.exact import exact_amount
from forexhooks.manager import ForexManager
from forexhooks.profile import Profile
from forexhooks.questions import Question, check_day, check_options
from forexhooks.rates import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from forexhooks.discovery import DriverInfo
    from forexhooks.updates import Progress, Update

P = ParamSpec("P")
T = TypeVar("T")


_default: ForexManager | None = None
_making = threading.RLock()  # an extension may ask for the manager while it is imported


def plugin_manager(blocked: Collection[str] = ()) -> ForexManager:
    """The process's default manager, made at first use and closed when the interpreter exits.

    It discovers drivers, and holds the extensions that the settings list, but for those that are
    `blocked` when it is made. Raises `SettingsError`, and `PluginLoadError` for such an extension
    that cannot be used.
    """
    global _default
    with _making:
        if _default is None:
            _default = ForexManager(discover=True)
            try:
                for name in blocked:
                    _default.set_blocked(name)
                for extension in _default.settings.extensions:
                    _default.add_extension(extension)
            except PluginError as error:
                _default = None
                raise type(error)(
                    f"{error}; it is chosen by FOREXHOOKS_EXTENSIONS or by the config file"
                ) from error
            except BaseException:
                _default = None
                raise
            atexit.register(_default.close, drain=1)
    return _default


def drivers() -> list[DriverInfo]:
    """List the drivers that are registered or installed, broken ones with the reason.

    Imports what is installed, to see whether it can be.
    """
    return plugin_manager().drivers()


def open(  # noqa: A001 - the name that database drivers are opened by
    driver: str | None = None,
    *,
    manager: ForexManager | None = None,
    refresh: bool | None = None,
) -> ForexService:
    """Open a driver by its name; by default the one that the settings name, else `ecb`.

    `manager` is where it is looked up, by default `plugin_manager()`. `refresh` lets a driver that
    keeps a store fetch what it lacks when a rate is stale: for 3 seconds at most, and not again for
    15 minutes; by default as the setting `refresh` says, else never. Raises
    `UnknownDriverError` where there is none of that name, `PluginLoadError` where it is installed
    and cannot be used, `SettingsError`.
    """
    manager = plugin_manager() if manager is None else manager
    name = manager.settings.default_driver if driver is None else driver
    manager.find(name)
    if refresh is None:
        refresh = manager.settings.refresh or False
    return ForexService(manager, name, refresh=refresh)


class ForexService:
    """One driver of a manager, ready to be asked. Made by `open()`.

    It follows its manager: once the driver is replaced the new one answers, once it is
    unregistered every question raises `UnknownDriverError`. What the driver raises that is no
    `ForexError` is raised as `DriverError`, with the original as its cause. Codes may be given in
    lower case. May be shared by threads.
    """

    def __init__(self, manager: ForexManager, driver: str, *, refresh: bool = False) -> None:
        self._manager = manager
        self._refresh = refresh
        self.driver = driver
        """The driver's name."""
        self._warned: str | None = None

    @property
    def profile(self) -> Profile:
        """What the driver covers, needs and asks of its users."""
        return self._profile()

    def currencies(self) -> frozenset[str]:
        """The codes that the driver knows; empty where it does not say."""
        return self._ask(Relay.currencies)

    def get_rate(
        self,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> Rate:
        """Return what 1 unit of `base` costs in `quote`, on a day or (`on=None`) the latest.

        Where there was none on that day, the newest of the `max_gap` days before is carried
        forward (`None`: 7 for a daily driver), and `Rate.on` says its day. A rate that should
        have a successor by now is marked `stale` and warned of once; with `max_age` it raises
        `StaleRateError` if it is older than that.

        Raises `CurrencyError`, `DateError`, `UnsupportedPairError`, `RateUnavailableError` with
        its reason, `InvalidRateError` for an answer that is none, `DriverError` where the driver
        failed, `UnknownDriverError` where it is gone.
        """
        return self._rate(base, quote, on, max_gap, max_age)

    def get_rates(
        self,
        base: str,
        quotes: Iterable[str],
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> dict[str, Rate]:
        """Return the rate of each quote, by its code: one request where the driver has tables.

        Raises as `get_rate` does, for the first quote that cannot be answered.
        """
        if isinstance(quotes, str):
            raise CurrencyError(f"quotes are several codes: [{quotes!r}], not {quotes!r}")
        base = self._code(base)
        codes = list(dict.fromkeys(map(self._code, quotes)))
        check_options(on, max_gap, max_age)
        answers = self._ask(Relay.get_rates, base, codes, on, max_gap)
        rates = {}
        for quote, rate in zip(codes, answers, strict=True):
            question = Question(self.driver, base, quote, on, max_gap)
            rates[quote] = self._accepted(rate, question, max_age, stacklevel=3)
        return rates

    def get_history(self, base: str, quote: str, start: date, end: date) -> Sequence[Rate]:
        """Return a rate for each day from `start` to `end`, both included, that was observed.

        In order of their days, nothing carried forward; empty where no day was observed. Raises
        `DateError` where `end` is before `start`, else as `get_rate` does.
        """
        base, quote = self._code(base), self._code(quote)
        for day in (start, end):
            check_day(day)
        if start > end:
            raise DateError(f"the history's end {end} is before its start {start}")
        history = self._ask(Relay.get_history, base, quote, start, end)
        return [
            Question(
                self.driver, base, quote, rate.on if isinstance(rate, Rate) else start, 0
            ).checked(rate, self._profile)
            for rate in history
        ]

    def convert(
        self,
        amount: Decimal | int | str | float,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
        places: int | None = None,
        rounding: str = ROUND_HALF_EVEN,
    ) -> Decimal:
        """Convert an amount of `base` into `quote`: one division, rounded once.

        A float counts as its shortest repr. The result has the quote currency's minor units, or
        `places` decimal places. Raises `AmountError` for an amount that is not a finite number
        below 1e30, else as `get_rate` and `Rate.convert` do.
        """
        exact = exact_amount(amount)
        rate = self._rate(base, quote, on, max_gap, max_age)
        return rate.convert(exact, places=places, rounding=rounding)

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the driver's local store up to date, and say what came of it.

        `full` fetches all of it anew; `progress(done, total)` is called with bytes. Raises
        `DriverError` where the driver keeps no store or cannot write it, and as the driver does
        where its provider fails; rates are then answered from what there is.
        """
        update = self._ask(Relay.update, full=full, progress=progress, time_limit=None)
        if update is None:
            raise DriverError(
                f"{self.driver} keeps no store: there is nothing to update", driver=self.driver
            )
        return update

    def __repr__(self) -> str:
        return f"<ForexService of {self.driver}>"

    def _profile(self) -> Profile:
        return self._ask(Relay.profile) or Profile(title=self.driver)

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        question = Question(self.driver, self._code(base), self._code(quote), on, max_gap)
        check_options(on, max_gap, max_age)
        rate = self._ask(Relay.get_rate, question.base, question.quote, on, max_gap)
        if self._refresh and isinstance(rate, Rate) and rate.stale is not None:
            failure = self._refreshed()
            rate = self._ask(Relay.get_rate, question.base, question.quote, on, max_gap)
            if failure is not None and rate is not None and rate.stale is not None:
                rate = rate._replace(stale=f"{rate.stale}; the refresh failed: {failure}")
        return self._accepted(rate, question, max_age)

    def _refreshed(self) -> str | None:
        """Refresh the driver's store if that is due; why the last refresh failed, if it did."""
        if self._manager.settings.offline:
            return None
        from forexhooks.refresh import refresh

        return refresh(
            self.driver,
            lambda seconds: self._ask(Relay.update, full=False, progress=None, time_limit=seconds),
        ).failure

    def _ask(
        self, question: Callable[Concatenate[Relay, P], T], *asked: P.args, **more: P.kwargs
    ) -> T:
        """Put a question to the driver, under a lease on the catalog of this moment."""
        catalog = self._manager.catalog
        try:
            relay = catalog.relay(self.driver)
            if relay is None:
                raise self._manager.unknown_driver(self.driver)
            return question(relay, *asked, **more)
        except ForexError:
            raise
        except Exception as error:
            raise self._failed(error) from error
        finally:
            del catalog  # a kept traceback must not keep the lease

    def _failed(self, error: Exception) -> DriverError:
        return DriverError(
            f"{self.driver} failed: {type(error).__name__}: {error}", driver=self.driver
        )

    def _code(self, code: str) -> str:
        try:
            upper = code.upper()
        except AttributeError:
            raise CurrencyError(f"a currency code is a text like 'USD', not {code!r}") from None
        if upper in CODES or is_currency(upper):
            return upper
        known = self.currencies()
        if upper in known:
            return upper
        raise CurrencyError(
            f"unknown currency {code!r}{did_you_mean(upper, CODES | known)}; "
            f"give an ISO 4217 code like USD, or one that {self.driver} lists"
        )

    def _accepted(
        self,
        rate: Rate | None,
        question: Question,
        max_age: timedelta | None,
        stacklevel: int = 4,
    ) -> Rate:
        """The driver's answer, if it is valid and not too old; warned of if it is stale."""
        checked = question.checked(rate, self._profile)
        if max_age is not None:
            profile = self._ask(Relay.profile)
            today = (profile or self._profile()).today()
            question.check_age(checked, max_age, profile, today)
        if checked.stale is not None and checked.stale != self._warned:
            self._warned = checked.stale
            warnings.warn(checked.stale, StaleRateWarning, stacklevel)
        return checked
