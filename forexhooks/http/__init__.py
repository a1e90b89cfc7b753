"""Drivers over HTTP: `HttpDriver`, the client it asks with, and functions that read responses.

Until something is fetched, nothing here uses the network or imports what does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forexhooks.http.bad_rows import Row, Rows
from forexhooks.http.client import TIME_LIMIT, HttpClient
from forexhooks.http.http_driver import HttpDriver
from forexhooks.http.replies import Reply, csv_of, json_of, moment_of, value_of, xml_of
from forexhooks.http.request import Request

if TYPE_CHECKING:
    from forexhooks.http.sdmx_driver import SdmxDriver

__all__ = [
    "TIME_LIMIT",
    "HttpClient",
    "HttpDriver",
    "Reply",
    "Request",
    "Row",
    "Rows",
    "SdmxDriver",
    "csv_of",
    "json_of",
    "moment_of",
    "value_of",
    "xml_of",
]


def __getattr__(name: str) -> Any:
    if name != "SdmxDriver":  # most drivers need none of it
        raise AttributeError(f"module 'forexhooks.http' has no attribute {name!r}")
    from forexhooks.http.sdmx_driver import SdmxDriver

    return SdmxDriver
