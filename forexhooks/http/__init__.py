"""Drivers over HTTP: `HttpDriver`, the client it asks with, and readers of responses.

Nothing here touches the network, or imports what does, before something is fetched.
"""

from __future__ import annotations

from forexhooks.http.bad_rows import Row, Rows
from forexhooks.http.client import TIME_LIMIT, HttpClient
from forexhooks.http.http_driver import HttpDriver
from forexhooks.http.replies import Reply, csv_of, json_of, moment_of, value_of, xml_of
from forexhooks.http.request import Request

__all__ = [
    "TIME_LIMIT",
    "HttpClient",
    "HttpDriver",
    "Reply",
    "Request",
    "Row",
    "Rows",
    "csv_of",
    "json_of",
    "moment_of",
    "value_of",
    "xml_of",
]
