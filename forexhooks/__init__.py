"""Exchange rates through drivers that are plugins.

>>> import forexhooks
>>> from datetime import date
>>> fx = forexhooks.open("ecb")
>>> print(fx.get_rate("USD", "CAD", on=date(2026, 10, 30)))
1 USD = 1.39689 CAD (2026-10-30, ecb, cross)
"""

from forexhooks import currencies
from forexhooks.asking import ForexService
from forexhooks.calendars import every_day, weekdays
from forexhooks.discovery import DriverInfo
from forexhooks.driver import Driver
from forexhooks.errors import (
    AmountError,
    AuthenticationError,
    CurrencyError,
    DateError,
    DrainWarning,
    DriverError,
    ForexError,
    InvalidRateError,
    MalformedResponseError,
    NoDriverAnsweredError,
    PluginConflictError,
    PluginError,
    PluginLoadError,
    QuotaError,
    RateError,
    RateUnavailableError,
    SettingsError,
    StaleRateError,
    StaleRateWarning,
    StoreWarning,
    TransientError,
    UnavailableReason,
    UnknownDriverError,
    UnsupportedPairError,
)
from forexhooks.hookspecs import hookimpl
from forexhooks.manager import ForexManager
from forexhooks.profile import Profile
from forexhooks.rates import Observation, Rate
from forexhooks.service import drivers, open, plugin_manager  # noqa: A004
from forexhooks.settings import Settings, read_settings
from forexhooks.tables import RateTable
from forexhooks.updates import Update

__all__ = [
    "AmountError",
    "AuthenticationError",
    "CurrencyError",
    "DateError",
    "DrainWarning",
    "Driver",
    "DriverError",
    "DriverInfo",
    "ForexError",
    "ForexManager",
    "ForexService",
    "InvalidRateError",
    "MalformedResponseError",
    "NoDriverAnsweredError",
    "Observation",
    "PluginConflictError",
    "PluginError",
    "PluginLoadError",
    "Profile",
    "QuotaError",
    "Rate",
    "RateError",
    "RateTable",
    "RateUnavailableError",
    "Settings",
    "SettingsError",
    "StaleRateError",
    "StaleRateWarning",
    "StoreWarning",
    "TransientError",
    "UnavailableReason",
    "UnknownDriverError",
    "UnsupportedPairError",
    "Update",
    "currencies",
    "drivers",
    "every_day",
    "hookimpl",
    "open",
    "plugin_manager",
    "read_settings",
    "weekdays",
]
