"""A driver over HTTP, against a server on this machine: what questions cost when they are warm."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import threading
import time
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()

import forexhooks
from forexhooks.http import HttpDriver, json_of, value_of

CODES = sorted(forexhooks.currencies.CODES - {"USD"})
BODY = json.dumps({"day": "2026-10-30", "rates": dict.fromkeys(CODES, 1.2345678)}).encode()
DAY = date(2026, 10, 30)
CALLS = 4_000


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    requests = connections = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self):
        super().setup()
        self.server.connections += 1

    def do_GET(self):
        self.server.requests += 1
        if self.headers.get("If-None-Match"):
            self.send_response(304)
            self.send_header("ETag", '"1"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


class Acme(HttpDriver):
    name = "acme"
    profile = forexhooks.Profile(title="Acme", pivot="USD", publication_days=forexhooks.every_day)

    def observations(self, currencies, start, end):
        path = "/latest" if start is None else f"/{start}..{end}"
        body = self.fetch_json(path, end=end)
        for code in currencies & body["rates"].keys():
            on = date.fromisoformat(body["day"])
            yield forexhooks.Observation(on, "USD", code, value_of(body["rates"][code]))

    def currencies(self):
        return {"USD", *CODES}


def microseconds(call) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS * 1e6


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = Acme(base_url=f"http://127.0.0.1:{server.server_port}")
    manager = forexhooks.ForexManager()
    manager.register(driver)
    fx = forexhooks.open("acme", manager=manager)

    fx.get_rates("USD", CODES[:50], on=DAY)
    for_50 = server.requests
    fx.get_rate("USD", "CAD", on=DAY)
    warm = [microseconds(lambda: fx.get_rate("USD", "CAD", on=DAY)) for _ in range(9)]
    after_warm = server.requests - for_50

    parsed = []

    def counting(reply):
        parsed.append(reply)
        return json_of(reply)

    driver.http.fetch("/latest", parse=counting, revalidate=True)
    before = server.requests
    for _ in range(20):
        driver.http.fetch("/latest", parse=counting, revalidate=True)
    asked, parses = server.requests - before, len(parsed) - 1

    driver.close()
    server.connections = 0

    def ask(number):
        for page in range(20):
            driver.fetch_json(f"/{number}/{page}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        json.dumps(
            {
                "requests for 50": for_50,
                "warm us": statistics.median(warm),
                "requests when warm": after_warm,
                "304s": asked,
                "parses of 304s": parses,
                "connections of 16": server.connections,
                "requests a second": 320 / (time.perf_counter() - start),
            }
        )
    )


if __name__ == "__main__":
    main()
