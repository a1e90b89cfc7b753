"""Settings: a keyword in the program, then the environment, then the config file, then a default.

The file is `forexhooks.toml` in the user's config folder; `FOREXHOOKS_CONFIG` names another::

    default_driver = "ecb"    # or several, in order: ["ecb", "frankfurter"]
    offline = false
    refresh = false           # or true, or "background"
    extensions = ["my_package.audit"]
    trace = false
    disable_plugin_autoload = false

    [drivers.ecb]
    base_url = "https://rates.example.com"

In the environment the same are `FOREXHOOKS_DEFAULT_DRIVER`, `FOREXHOOKS_OFFLINE`,
`FOREXHOOKS_REFRESH`, `FOREXHOOKS_EXTENSIONS` (separated by commas), `FOREXHOOKS_TRACE`,
`FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD` and `FOREXHOOKS_ECB_BASE_URL`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from forexhooks.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

T = TypeVar("T")
Refresh = Literal[False, True, "background"]

_FILE_NAME = "forexhooks.toml"
_PREFIX = "FOREXHOOKS_"
_LONGEST = 86_400.0
_IN_NO_ADDRESS = re.compile(r'[\s{}<>"\\^`|]')
_SETTINGS = (
    "default_driver",
    "offline",
    "refresh",
    "extensions",
    "trace",
    "disable_plugin_autoload",
)
_WORDS = dict.fromkeys(("1", "true", "yes", "on"), True)
_WORDS.update(dict.fromkeys(("", "0", "false", "no", "off"), False))


class Settings:
    """The settings in the environment and the config file. Neither repr nor `vars` shows values.

    Args:
        environment: The environment variables.
        file: The parsed config file.
        path: The path of the config file, for messages.

    Raises:
        SettingsError: A setting is unknown or invalid. The message names the variable, or the file
            and the entry.
    """

    __slots__ = (
        "_drivers",
        "_environment",
        "_path",
        "default_drivers",
        "disable_plugin_autoload",
        "extensions",
        "offline",
        "refresh",
        "trace",
    )

    def __init__(
        self, environment: Mapping[str, str], file: Mapping[str, Any], path: str = _FILE_NAME
    ) -> None:
        # Copied, because it may be sent to a child process.
        self._environment = {
            name: environment[name] for name in environment if name.startswith(_PREFIX)
        }
        self._path = path
        known = {"drivers", *_SETTINGS}
        self._check_known(file, known, "")
        drivers = file.get("drivers", {})
        if not isinstance(drivers, dict) or not all(isinstance(v, dict) for v in drivers.values()):
            raise SettingsError(f"{path}: write a driver's settings as a table, [drivers.NAME]")
        self._drivers: Mapping[str, Any] = drivers
        self.default_drivers: tuple[str, ...] = self._read(
            "default_driver", file, _some_names, ("ecb",)
        )
        self.offline: bool = self._read("offline", file, _yes_or_no, default=False)
        self.refresh: Refresh | None = self._read("refresh", file, _refresh, default=None)
        self.extensions: tuple[str, ...] = self._read("extensions", file, _names, ())
        self.trace: bool = self._read("trace", file, _yes_or_no, default=False)
        self.disable_plugin_autoload: bool = self._read(
            "disable_plugin_autoload", file, _yes_or_no, default=False
        )

    def drivers(self) -> list[str]:
        """List the drivers that have a section in the config file.

        Returns:
            Their names, whether such drivers exist or not.
        """
        return list(self._drivers)

    def misnamed(self, known: Mapping[str, Collection[str] | None]) -> list[tuple[str, str]]:
        """Find environment variables that begin like a driver's but are not settings of it.

        Args:
            known: The settings of each driver; None if they are unknown.

        Returns:
            Each such variable, with the driver.
        """
        settings = {f"FOREXHOOKS_{each}".upper() for each in (*_SETTINGS, "config")}
        for driver, keys in known.items():
            settings.update(variable_of(driver, key) for key in keys or ())
        found = []
        for variable in sorted(self._environment.keys() - settings):
            named_after = [each for each in known if variable.startswith(variable_of(each, ""))]
            driver = max(named_after, key=len, default="")
            if known.get(driver) is not None:
                found.append((variable, driver))
        return found

    def of_driver(self, driver: str, known: Collection[str]) -> dict[str, str]:
        """Return the settings of a driver.

        Args:
            driver: The driver's name.
            known: The settings that it has.

        Returns:
            The settings that are set.

        Raises:
            SettingsError: The config file has an entry that the driver does not know.
        """
        section = self._drivers.get(driver, {})
        self._check_known(section, known, f"drivers.{driver}.")
        found = {key: self.setting(driver, key) for key in known}
        return {key: value for key, value in found.items() if value is not None}

    def setting(self, driver: str, key: str) -> str | None:
        """Return one setting of a driver.

        Args:
            driver: The driver's name.
            key: The name of the setting.

        Returns:
            Its value; None: it is not set.

        Raises:
            SettingsError: The value is empty or has the wrong type.
        """
        prefix = f"{driver}_".replace("-", "_")
        return self._read(key, self._drivers.get(driver, {}), _text_or_number, None, prefix)

    def _read(
        self,
        key: str,
        file: Mapping[str, Any],
        parse: Callable[[Any], T],
        default: T,
        prefix: str = "",
    ) -> T:
        variable = f"FOREXHOOKS_{prefix}{key}".upper()
        for source, place in ((self._environment, variable), (file, key)):
            if place in source:
                try:
                    return parse(source[place])
                except ValueError as error:
                    where = variable if place is variable else f"{self._path}: {key}"
                    raise SettingsError(f"{where} {error}") from None
        return default

    def _check_known(self, section: Mapping[str, Any], known: Collection[str], prefix: str) -> None:
        for key in section:
            if key not in known:
                raise SettingsError(
                    f"{self._path}: there is no setting {prefix}{key}"
                    f"{did_you_mean(key, known)}; settings: {', '.join(sorted(known))}"
                )

    def __repr__(self) -> str:
        return f"<Settings of {self._path}, drivers: {', '.join(self._drivers) or 'none'}>"


def variable_of(driver: str, setting: str) -> str:
    """The environment variable for a setting of a driver."""
    return f"FOREXHOOKS_{driver}_{setting}".replace("-", "_").upper()


def read_settings() -> Settings:
    """Read the settings from the environment and the config file.

    A config file that another user may have written is ignored, with a `TrustWarning`, unless
    `FOREXHOOKS_CONFIG` names it.

    Returns:
        The settings.

    Raises:
        SettingsError: A setting is unknown or invalid, or the config file cannot be read. If
            `FOREXHOOKS_CONFIG` names it, it must exist.
    """
    path = _config_path()
    if not os.environ.get("FOREXHOOKS_CONFIG"):
        if not os.path.exists(path):
            return Settings(os.environ, {})
        from forexhooks.support.own_files import is_ours

        if not is_ours(path):
            return Settings(os.environ, {})
    import tomllib

    try:
        with open(path, encoding="utf-8-sig") as file:  # Windows editors write a byte order mark
            content = tomllib.loads(file.read())
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"the config file {path} cannot be read: it is not in UTF-8; save it as UTF-8"
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"the config file {path} cannot be read: {error}") from error
    return Settings(os.environ, content, path)


def _config_path() -> str:
    from forexhooks.support.folders import user_folder, user_path

    named = os.environ.get("FOREXHOOKS_CONFIG")
    return user_path(named) if named else os.path.join(user_folder("config"), _FILE_NAME)


# What decides where the settings are, and whether they switch the network off.
_DECIDING = ("FOREXHOOKS_OFFLINE", "FOREXHOOKS_CONFIG", "XDG_CONFIG_HOME", "HOME")
_kept_offline: tuple[list[str | None], str, object, bool] | None = None


def is_offline() -> bool:
    """Whether the settings switch the network off.

    It is `read_settings().offline`, read anew only if a variable or the config file has changed.

    Raises:
        SettingsError: As `read_settings` does.
    """
    global _kept_offline
    kept, variables = _kept_offline, list(map(os.environ.get, _DECIDING))
    path = _config_path() if kept is None or kept[0] != variables else kept[1]
    try:
        found = os.stat(path)
        version = found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
    except OSError:
        version = None
    if kept is None or kept[:3] != (variables, path, version):
        _kept_offline = kept = variables, path, version, read_settings().offline
    return kept[3]


def checked_base_url(url: str, driver: str) -> str:
    """Check the address that a driver asks.

    Args:
        url: The address.
        driver: The driver's name, for the message.

    Returns:
        The address, without a slash at its end.

    Raises:
        SettingsError: It is not an http or https address.
    """
    scheme, separator, rest = url.strip().rstrip("/").partition("://")
    host = rest.rpartition("@")[2]
    if (
        scheme.lower() not in ("http", "https")
        or not separator
        or host[:1] in ("", "/", ":", "?")
        or _IN_NO_ADDRESS.search(host)
    ):
        shown = re.sub(r"(?<=/)[^@]*@|^[^/@]*:[^/@]*@", "…@", url)  # it may contain a password
        raise SettingsError(
            f"{driver}: base_url is {shown!r}: write an address like https://rates.example.com"
        )
    if "@" in rest.rpartition("@")[0].partition("/")[2] or "/" in rest.rpartition("@")[0]:
        raise SettingsError(
            f"{driver}: base_url has an @ in its path: write @ as %40, or if it ends a password, "
            "write / in the user name and password as %2F"
        )
    return f"{scheme.lower()}://{rest}"


def without_user(url: str) -> tuple[str, str | None]:
    """Split the user and password off an address.

    Args:
        url: The address.

    Returns:
        The address without them, and both in the form of Basic (RFC 7617); None: there are none.
    """
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not at:
        return url, None
    from base64 import b64encode
    from urllib.parse import unquote

    return f"{scheme}://{host}{slash}{path}", b64encode(unquote(user).encode()).decode()


def checked_seconds(value: float | str, driver: str, setting: str) -> float:
    """A number of seconds. Raises `SettingsError` if it is not above 0 and at most a day."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise SettingsError(
            f"{driver}: {setting} is {value!r}: write a number of seconds, at most a day"
        )
    return seconds


def missing_setting(driver: str, setting: str, purpose: str | None) -> SettingsError:
    """Make the error for a missing setting that a driver needs; it says where to put it.

    Args:
        driver: The driver's name.
        setting: The name of the setting.
        purpose: What it is and where to get it, such as "a free API key"; None: its name.

    Returns:
        The error, for you to raise.
    """
    from forexhooks.support.folders import has_home, user_folder

    variable = variable_of(driver, setting)
    path = os.environ.get("FOREXHOOKS_CONFIG") or os.path.join(user_folder("config"), _FILE_NAME)
    if not has_home(path):
        path = "the file that FOREXHOOKS_CONFIG names"
    return SettingsError(
        f"{driver} needs {purpose or setting}; set {variable} in the "
        f'environment, or write {setting} = "…" under [drivers.{driver}] in {path}'
    )


def _text_or_number(value: object) -> str:
    return str(value) if type(value) in (int, float) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError("must be a non-empty string")


def _yes_or_no(value: object) -> bool:
    word = value if isinstance(value, bool) else str(value).strip().lower()
    if isinstance(word, bool):
        return word
    if word in _WORDS:
        return _WORDS[word]
    raise ValueError(f"is {value!r}: write true or false")


def _refresh(value: object) -> Refresh:
    if str(value).strip().lower() == "background":
        return "background"
    try:
        return _yes_or_no(value)
    except ValueError:
        raise ValueError(f"is {value!r}: write true, false or background") from None


def _some_names(value: object) -> tuple[str, ...]:
    names = _names(value)
    if not names:
        raise ValueError("must name a driver, or several separated by commas")
    return names


def _names(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("must be a list of names")
    return tuple(name.strip() for name in names if name.strip())
