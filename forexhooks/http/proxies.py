"""Proxies and certificates from the environment, checked before anything is sent."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from requests.utils import select_proxy

from forexhooks.errors import DriverError, ForexError, SettingsError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WELL_FORMED = re.compile(
    r"(?P<scheme>https?|socks[45]|socks4a|socks5h)://"
    r"(?P<user>[^/?#\s]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s/?#@:\[\]]+)(:(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"tunnel connection failed: (\d{3}.*)", re.IGNORECASE)
_WANTS_A_USER = "407"
_HOW = (
    "like http://user:password@proxy.example:3128 with / as %2F, # as %23, ? as %3F and @ as %40 "
    "in user and password"
)


class Proxy(NamedTuple):
    """The proxy that a request goes through.

    - `address`: where to connect, with user and password
    - `shown`: the same without them
    - `variable`: the environment variable that names it
    """

    address: str
    shown: str
    variable: str

    def __repr__(self) -> str:
        return f"<Proxy {self.shown} of {self.variable}>"


def proxy_of(url: str, proxies: Mapping[str, str]) -> Proxy | None:
    """Find the proxy for an address.

    Args:
        url: The address.
        proxies: The proxies, as requests has them.

    Returns:
        The proxy; None: the address needs none.

    Raises:
        SettingsError: It is malformed. The message shows no part of it, as any part may be a
            password.
    """
    named = select_proxy(url, dict(proxies))
    if not named:
        return None
    variable = _variable(url, named)
    address = named.strip() if "://" in named else f"http://{named.strip()}"
    found = _WELL_FORMED.fullmatch(address)
    if found is None or int(found["port"] or 0) > 0xFFFF:
        raise SettingsError(f"the proxy in {variable} is malformed: write it {_HOW}")
    port = f":{found['port']}" if found["port"] else ""
    return Proxy(address, f"{found['scheme']}://{found['host']}{port}", variable)


def check_certificates(verify: Any) -> None:
    """Check the file or folder of certificates that the environment names.

    Args:
        verify: As in requests: a path, or whether to verify at all.

    Raises:
        SettingsError: The path does not exist.
    """
    if isinstance(verify, str) and not os.path.exists(verify):
        names = "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"
        variable = next((each for each in names if os.environ.get(each) == verify), names[0])
        raise SettingsError(
            f"there is no file {verify}, which {variable} names: name one with certificates, or "
            f"unset {variable}"
        )


def explained_by_proxy(proxy: Proxy, reason: str) -> tuple[type[ForexError], str]:
    """Say why a proxy refused a connection.

    Args:
        proxy: The proxy.
        reason: The innermost reason.

    Returns:
        The class of the error to raise, and what to say about the requested address.
    """
    what = f"cannot be reached: the proxy {proxy.shown} that {proxy.variable} names"
    answered = _ANSWERED.search(reason)
    if answered is None:
        said = f"does not respond ({reason.rpartition(': ')[2]})"
        return TransientError, f"{what} {said}; check {proxy.variable}, or try again later"
    if answered[1].startswith(_WANTS_A_USER):
        said = f"requires a user and password ({answered[1]})"
        return SettingsError, f"{what} {said}; write them into {proxy.variable}, {_HOW}"
    said = f"refuses the connection ({answered[1]})"
    return DriverError, f"{what} {said}; ask those who run the proxy, or use another driver"


def _variable(url: str, named: str) -> str:
    """The variable that names the proxy; lower case comes first, as in Python."""
    for scheme in (urlsplit(url).scheme, "all"):
        for variable in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            if os.environ.get(variable) == named:
                return variable
    return "the system's settings"
