"""Django: a backend for django-money's exchange rates, and conversion at the rate of a day.

The setting `FOREXHOOKS_DRIVER` names the driver, or several in order. Without it forexhooks' own
settings do. As a template library it has the filter and the tag `convert_money`; as one of the
`INSTALLED_APPS` it makes `manage.py check` look at the drivers that are set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import forexhooks
from forexhooks.adapters import moneyed
from forexhooks.errors import ForexError, SettingsError
from forexhooks.support.optional import imported

imported("djmoney", "'forexhooks[django]'")

from django import conf, template  # noqa: E402
from django.core import checks  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

if TYPE_CHECKING:
    from moneyed import Currency, Money

    from forexhooks import ForexService
    from forexhooks.support.settings import Refresh

    M = TypeVar("M", bound=Money)

__all__ = ["ForexhooksBackend", "convert_money"]

_PLACES = 6
"""The digits of the column in which django-money stores rates."""

register: Any = template.Library()


class ForexhooksBackend:
    """A backend for the setting `EXCHANGE_BACKEND`; subclass it to choose another driver.

    It has the methods of django-money's `BaseExchangeBackend`, which can be imported only in a
    project.
    """

    name: ClassVar[str] = "forexhooks"
    """The name under which its rates are stored: give your own class another one."""

    driver: ClassVar[str | Sequence[str] | None] = None
    """The driver, or several in order; None: as the setting says."""

    def get_params(self) -> dict[str, Any]:
        """Return the arguments for `get_rates` besides the base.

        Returns:
            The arguments by name.
        """
        return {}

    def get_rates(self, base_currency: str, **_: Any) -> dict[str, Decimal]:
        """Return the latest rates of a base, as django-money stores them.

        Args:
            base_currency: The code of the base.
            **_: Ignored.

        Returns:
            What 1 unit of the base costs in each quote, by its code.

        Raises:
            ForexError: There are no rates at all; it is what `ForexService.get_rates` raises.
        """
        fx = _opened(self.driver, refresh=True)
        base = fx.check_code(f"{base_currency}")
        answers = fx.rates_or_errors(base, sorted(_codes(fx) - {base}))
        rates: dict[str, Decimal] = {}
        for rate in answers:
            if isinstance(rate, ForexError):
                continue  # it has no rate today
            if rate.stale is not None:
                fx.warn_of(rate.stale)
            value = rate.convert(1, places=_PLACES)
            if value:  # a rate that rounds to 0 is useless
                rates[rate.quote] = value
        if not rates:
            raise next(
                (each for each in answers if isinstance(each, ForexError)),
                forexhooks.RateError(f"{fx.driver} has no rates for {base}", driver=fx.driver),
            )
        return rates

    def update_rates(self, base_currency: str | None = None, **params: Any) -> None:
        """Store the latest rates, for `manage.py update_rates`; missing ones are fetched.

        Args:
            base_currency: The code of the base; None: the setting `BASE_CURRENCY`.
            **params: Passed on to `get_rates`.
        """
        from djmoney.contrib.exchange.backends.base import BaseExchangeBackend

        base = {} if base_currency is None else {"base_currency": base_currency}
        BaseExchangeBackend.update_rates(self, **base, **params)


def _codes(fx: ForexService) -> set[str]:
    """The codes that a driver has and django-money can store."""
    from djmoney.settings import CURRENCY_CHOICES, CURRENCY_CODE_MAX_LENGTH

    known = fx.currencies() or [code for code, _ in CURRENCY_CHOICES]
    return {code for code in known if len(code) <= CURRENCY_CODE_MAX_LENGTH}


def convert_money(
    money: M,
    currency: Currency | str,
    on: date | None = None,
    *,
    driver: str | Sequence[str] | None = None,
    **options: Any,
) -> M:
    """Convert money into another currency, at the rate of a day or the latest.

    It does not use the rates that django-money has stored.

    Args:
        money: Money of django-money or py-moneyed.
        currency: The currency to convert into, or its code.
        on: The day; an aware datetime counts in Django's current time zone. None: the latest rate.
        driver: The name of a driver, or several in order; None: the one in the setting.
        **options: `max_gap`, `max_age`, `places` and `rounding`, as for `ForexService.convert`.

    Returns:
        Money of the same class, rounded once, to the minor unit of `currency`.

    Raises:
        ForexError: What `ForexService.convert` raises.
    """
    if isinstance(on, datetime):
        on = timezone.localdate(on) if timezone.is_aware(on) else on.date()
    return moneyed.convert_money(money, currency, on, fx=_opened(driver), **options)


def _converted(money: Any, currency: str, on: date | None = None, **options: Any) -> Any:
    """As templates convert: what has no amount, or is not there, stays as it is."""
    if money is None or money == "":
        return money
    return convert_money(money, currency, on, **options)


register.simple_tag(_converted, name="convert_money")
register.filter("convert_money", lambda money, currency: _converted(money, currency))


def _opened(driver: str | Sequence[str] | None, *, refresh: Refresh | None = None) -> ForexService:
    return forexhooks.open(*_names(driver), refresh=refresh)


def _names(driver: str | Sequence[str] | None) -> Sequence[str]:
    """The names of the drivers; empty: those of forexhooks' own settings."""
    names = getattr(conf.settings, "FOREXHOOKS_DRIVER", None) if driver is None else driver
    names = () if names is None or names == "" else names
    if not isinstance(names, Sequence):
        raise SettingsError(
            f"{names!r} does not name a driver: give a name like 'ecb', or a list of "
            "names, in FOREXHOOKS_DRIVER or as driver="
        )
    return (names,) if isinstance(names, str) else names


def _check(**_: object) -> list[checks.CheckMessage]:
    """For `manage.py check`: whether the drivers can be opened. It asks no provider."""
    found = _problems(None, "It is in FOREXHOOKS_DRIVER, or in forexhooks' settings")
    backend = _backend()
    if backend is not None and backend.driver is not None:
        found += _problems(backend.driver, f"It is the `driver` of {backend.__name__}")
    return found


checks.register(_check, "forexhooks")


def _problems(driver: str | Sequence[str] | None, where: str) -> list[checks.CheckMessage]:
    try:
        names = forexhooks.open(*_names(driver)).drivers
    except ForexError as error:
        return [checks.Error(f"{error}", f"{where}.", id="forexhooks.E001")]
    found: list[checks.CheckMessage] = []
    for name in names if len(names) > 1 else ():
        try:
            forexhooks.open(name)
        except ForexError as error:
            hint = f"{where}; the others are asked instead."
            found.append(checks.Warning(f"{error}", hint, id="forexhooks.W001"))
    return found


def _backend() -> type[ForexhooksBackend] | None:
    """The class in the setting `EXCHANGE_BACKEND`, if it is one of ours."""
    try:
        found = import_string(getattr(conf.settings, "EXCHANGE_BACKEND", None) or "")
    except ImportError:
        return None  # which django-money says
    return found if isinstance(found, type) and issubclass(found, ForexhooksBackend) else None
