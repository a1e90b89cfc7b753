"""Clients of Frankfurter's API, as they are on PyPI, pointed at the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import trustme

from forexhooks import ForexManager
from patience import CHILD_LIMIT
from server_of_ours import Server, serving


def ran(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def exrate(server: Server, *arguments: str) -> str:
    """What the program `exrate`, a client of version 2, prints."""
    return ran(
        "import sys, exrate\n"
        f"exrate.API_BASE = {server.url + '/v2'!r}\n"
        f"sys.argv = ['exrate', *{arguments!r}]\n"
        "exrate.main()\n"
    )


def test_exrate(server: Server) -> None:
    assert exrate(server, "rate", "EUR", "USD", "--date", "2026-10-30") == (
        "2026-10-30  1 EUR = 1.1172 USD\n"
    )
    assert "111.7200 USD" in exrate(server, "convert", "100", "EUR", "USD")
    rates = json.loads(
        exrate(
            server, "rates", "--from", "2026-09-01", "--quotes", "USD", "--group", "month", "--json"
        )
    )
    assert [each["date"] for each in rates] == ["2026-09-01", "2026-10-01"]
    table = exrate(server, "rates", "--quotes", "USD", "--csv")
    assert table == "date,base,quote,rate\n2026-10-30,EUR,USD,1.1172\n"
    assert "US Dollar" in exrate(server, "currencies")
    assert "ECB" in exrate(server, "currency", "USD")
    assert "European Central Bank" in exrate(server, "providers")


def test_frankfurter(manager: ForexManager, tmp_path: Path) -> None:
    """The package `frankfurter`, a client of version 1, which asks by https alone."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with serving(manager, "ecb", ssl_certfile=tmp_path / "server.pem") as server:
        said = ran(
            "import json, frankfurter.engine as engine\n"
            f"engine.BASE_URL = 'localhost:{server.port}/v1'\n"
            "client = engine.FrankfurterEngine()\n"
            "print(json.dumps([\n"
            "    client.fetch_latest_data(base='EUR', symbols='USD'),\n"
            "    client.fetch_data_for_date('2026-10-29', symbols='USD,GBP'),\n"
            "    client.fetch_time_series_data(\n"
            "        symbols='USD', start_date='2026-10-29', end_date='2026-10-30'),\n"
            "    client.convert_currency(100, 'EUR', 'USD'),\n"
            "]))\n",
            SSL_CERT_FILE=str(tmp_path / "ca.pem"),
        )
    latest, of_a_day, series, converted = json.loads(said)
    assert latest == {"amount": 1, "base": "EUR", "date": "2026-10-30", "rates": {"USD": 1.1172}}
    assert of_a_day["rates"].keys() == {"USD", "GBP"}
    assert list(series["rates"]) == ["2026-10-29", "2026-10-30"]
    assert round(converted, 2) == 111.72
