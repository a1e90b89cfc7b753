"""Exchange rates through drivers that are plugins.

>>> import forexhooks
>>> from datetime import date
>>> fx = forexhooks.open("ecb")
>>> print(fx.get_rate("USD", "CAD", on=date(2026, 10, 30)))
1 USD = 1.39689 CAD (2026-10-30, ecb, cross)
"""

from typing import TYPE_CHECKING, Any

from forexhooks import currencies
from forexhooks.errors import (
    AmountError,
    AuthenticationError,
    ColumnError,
    ConversionError,
    CurrencyError,
    DateError,
    DrainWarning,
    DriverError,
    ExtensionWarning,
    ForexError,
    InvalidRateError,
    LockError,
    MalformedResponseError,
    MalformedRowWarning,
    MissingExtraError,
    NoDriverAnsweredError,
    NotLockedError,
    PluginConflictError,
    PluginError,
    PluginLoadError,
    QuotaError,
    RateError,
    RateUnavailableError,
    RetiredHookWarning,
    SettingsError,
    StaleRateError,
    StaleRateWarning,
    StoreWarning,
    TransientError,
    TrustWarning,
    UnavailableReason,
    UnknownDriverError,
    UnknownSeriesError,
    UnsupportedPairError,
)
from forexhooks.plugins.driver import Driver
from forexhooks.plugins.hookspecs import hookimpl
from forexhooks.plugins.manager import ForexManager
from forexhooks.rates.profile import Profile
from forexhooks.rates.publication_days import easter_sunday, every_day, weekdays, working_days
from forexhooks.rates.rate import Observation, Rate
from forexhooks.rates.table import RateTable
from forexhooks.service.opening import (
    drivers,
    load,
    locking,
    open,  # noqa: A004
    plugin_manager,
    rules,
    unload,
)
from forexhooks.service.service import ForexService
from forexhooks.support.settings import Settings, read_settings

if TYPE_CHECKING:
    from forexhooks import aio as aio
    from forexhooks.http import HttpDriver
    from forexhooks.plugins.listing import DriverInfo, ExtensionInfo
    from forexhooks.rates.history import History
    from forexhooks.rates.rule import Anchor, Rule
    from forexhooks.rates.series import Series
    from forexhooks.rates.update import Update
    from forexhooks.service.compare import Compared, compare
    from forexhooks.service.doctor import Examined, examine
    from forexhooks.support.context import Progress

__all__ = [
    "AmountError",
    "Anchor",
    "AuthenticationError",
    "ColumnError",
    "Compared",
    "ConversionError",
    "CurrencyError",
    "DateError",
    "DrainWarning",
    "Driver",
    "DriverError",
    "DriverInfo",
    "Examined",
    "ExtensionInfo",
    "ExtensionWarning",
    "ForexError",
    "ForexManager",
    "ForexService",
    "History",
    "HttpDriver",
    "InvalidRateError",
    "LockError",
    "MalformedResponseError",
    "MalformedRowWarning",
    "MissingExtraError",
    "NoDriverAnsweredError",
    "NotLockedError",
    "Observation",
    "PluginConflictError",
    "PluginError",
    "PluginLoadError",
    "Profile",
    "Progress",
    "QuotaError",
    "Rate",
    "RateError",
    "RateTable",
    "RateUnavailableError",
    "RetiredHookWarning",
    "Rule",
    "Series",
    "Settings",
    "SettingsError",
    "StaleRateError",
    "StaleRateWarning",
    "StoreWarning",
    "TransientError",
    "TrustWarning",
    "UnavailableReason",
    "UnknownDriverError",
    "UnknownSeriesError",
    "UnsupportedPairError",
    "Update",
    "compare",
    "currencies",
    "drivers",
    "easter_sunday",
    "every_day",
    "examine",
    "hookimpl",
    "load",
    "locking",
    "open",
    "plugin_manager",
    "read_settings",
    "rules",
    "unload",
    "weekdays",
    "working_days",
]

# Rarely used names are imported on first use: a first rate must not wait for them.
_LATER = {
    "Compared": "service.compare",
    "compare": "service.compare",
    "DriverInfo": "plugins.listing",
    "Examined": "service.doctor",
    "ExtensionInfo": "plugins.listing",
    "examine": "service.doctor",
    "History": "rates.history",
    "HttpDriver": "http",
    "Progress": "support.context",
    "Anchor": "rates.rule",
    "Rule": "rates.rule",
    "Series": "rates.series",
    "Update": "rates.update",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "aio":  # not in `__all__`: it needs an extra
        return import_module("forexhooks.aio")
    if name not in _LATER:
        raise AttributeError(f"module 'forexhooks' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"forexhooks.{_LATER[name]}"), name)
    return value
