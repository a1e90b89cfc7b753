"""What whoever runs the server relies on: caches, metrics, limits, and drivers that are swapped."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import forexhooks
from forexhooks import ForexManager, Observation, Profile, Update
from forexhooks.server.limiter import MOST_OF_A_DRIVER
from forexhooks.service import refresh
from patience import CHILD_LIMIT
from plugins_on_disk import raw, write
from server_of_ours import Server, serving

PAIR = "/api/rate?base=EUR&quote=USD&on=2026-10-30"


def test_an_answer_that_did_not_change_is_not_sent_again(server: Server) -> None:
    first = server.ask("/v1/2026-10-29?symbols=USD")
    etag = first.headers["etag"]
    for tag in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = server.ask("/v1/2026-10-29?symbols=USD", if_none_match=tag)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert server.ask("/v1/2026-10-29?symbols=USD", if_none_match='"other"').status == 200
    assert server.ask("/v1/2026-10-28?symbols=USD").headers["etag"] != etag


def test_a_tag_is_the_same_for_a_compressed_body_only_because_it_is_weak(server: Server) -> None:
    path = "/v1/2026-10-01..2026-10-29"
    plain, zipped = server.ask(path), server.ask(path, accept_encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip" and zipped.body != plain.body
    assert zipped.headers["etag"].startswith("W/") and plain.headers["etag"].startswith("W/")
    for tag in (plain.headers["etag"], zipped.headers["etag"]):
        for encoding in ("gzip", "identity"):
            again = server.ask(path, if_none_match=tag, accept_encoding=encoding)
            assert (again.status, again.body) == (304, b"")


def test_only_answers_about_the_past_are_kept_for_long(server: Server) -> None:
    past = server.ask("/v1/2024-01-05?symbols=USD").headers["cache-control"]
    assert "immutable" in past and "max-age=31536000" in past
    for path in ("/v1/latest", "/v2/rates", "/v1/2026-10-28..", "/api/rate?base=EUR&quote=USD"):
        control = server.ask(path).headers["cache-control"]
        assert "max-age=60," in control and "immutable" not in control, path


def test_answers_that_another_driver_may_give_are_not_kept_for_long(
    manager: ForexManager, tmp_path: Path
) -> None:
    write(tmp_path / "acme.py", raw(7))
    with serving(manager, "acme", "ecb", watch=tmp_path) as server:
        for path in (PAIR, f"{PAIR}&driver=acme", "/v1/2024-01-05?symbols=USD"):
            assert "immutable" not in server.ask(path).headers["cache-control"], path
        manager.unload("acme")
        reply = server.ask("/v1/latest?symbols=USD&number=2")
        assert (reply.status, reply.headers["forexhooks-failed"]) == (
            200,
            "acme (UnknownDriverError)",
        )


def test_a_rule_can_be_served(manager: ForexManager) -> None:
    with serving(manager, "eu-customs") as server:
        found = server.get("/v1/2024-01-10?symbols=USD")
        assert found["rates"] == {"USD": Decimal("1.0944")}


def test_any_page_may_ask_and_nobody_may_write(server: Server) -> None:
    reply = server.ask("/v1/latest", origin="https://shop.example")
    assert reply.headers["access-control-allow-origin"] == "*"
    asked = {"origin": "https://shop.example", "access_control_request_method": "GET"}
    assert server.ask("/v1/latest", "OPTIONS", **asked).status == 200
    options = server.ask("/v1/latest", "OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    head = server.ask("/v1/latest?symbols=USD", "HEAD")
    assert (head.status, head.body) == (200, b"") and "etag" in head.headers
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert server.ask("/v1/latest", method).status == 405, method


def metrics_of(server: Server) -> dict[tuple[str, ...], float]:
    """What `/metrics` says, by its name and the values of its labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(server.ask("/metrics").text)
        for sample in family.samples
    }


def test_metrics_count_rates_failures_and_requests(server: Server) -> None:
    server.get(PAIR)
    server.ask("/api/rate?base=EUR&quote=AED")
    server.ask("/nowhere/at/all")
    server.ask("/api/compare?base=EUR&quote=USD&drivers=ecb,openexchangerates")
    found = metrics_of(server)
    assert found["forexhooks_rates_total", "ecb"] == 2
    assert found["forexhooks_failures_total", "UnsupportedPairError", "ecb"] == 1
    assert found["forexhooks_failures_total", "SettingsError", "openexchangerates"] == 1
    assert found["forexhooks_question_seconds_count", "ecb"] == 3
    assert found["forexhooks_request_seconds_count", "/api/rate", "200"] == 1
    assert found["forexhooks_stale", "ecb"] == 1
    assert found["forexhooks_refresh_failed", "ecb"] == 0
    assert ("forexhooks_refresh_seconds", "ecb") not in found
    assert not any("nowhere" in str(key) for key in found)


def test_metrics_say_when_a_store_was_refreshed_and_whether_that_failed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failure in (None, "there is no network"):
        attempt = refresh.RefreshAttempt(1_750_000_000.0, failure)
        monkeypatch.setitem(refresh._attempts, refresh._path("ecb"), attempt)
        found = metrics_of(server)
        assert found["forexhooks_refresh_failed", "ecb"] == (failure is not None)
        assert found["forexhooks_refresh_seconds", "ecb"] == 1_750_000_000.0


class Stored(forexhooks.Driver):
    """Its store ends on a day long ago, and cannot be brought up to date."""

    profile = Profile(title="Stored", pivot="EUR")

    def __init__(self, name: str, error: forexhooks.ForexError | None) -> None:
        self.name = name
        self.error = error

    def observations(self, *_: object) -> Iterable[Observation]:
        return [Observation(date(2025, 1, 3), "EUR", "USD", Decimal("1.5"))]

    def update(self, **_: object) -> Update:
        if self.error is not None:
            raise self.error
        return Update(self.name, date(2025, 1, 3), date(2025, 1, 3), "a test")


def test_metrics_count_refreshes(manager: ForexManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    manager.register(Stored("well", None))
    manager.register(Stored("ill", forexhooks.DriverError("it is down", driver="ill")))
    with serving(manager, "well", "ill", refresh=True) as server:
        for _ in range(2):
            for name in ("well", "ill"):
                assert server.get(f"/api/rate?base=EUR&quote=USD&driver={name}")["stale"]
        found = metrics_of(server)
    for name, failed in (("well", 0), ("ill", 1)):
        assert found["forexhooks_refreshes_total", name] == 1
        assert found["forexhooks_refresh_failures_total", name] == failed
        assert found["forexhooks_newest_day_seconds", name] == 1_735_862_400


def test_metrics_count_what_happens_in_the_folder(
    manager: ForexManager, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    write(tmp_path / "acme.py", raw(7))
    write(tmp_path / "broken.py", "1 / 0")
    write(tmp_path / "again.py", raw(8))  # of a name that is taken, or takes it
    with serving(manager, "acme", watch=tmp_path) as server:
        found = metrics_of(server)
        assert found["forexhooks_plugins_total", "", "loaded"] == 1
        assert found["forexhooks_plugins_total", "PluginLoadError", "refused"] == 1
        assert found["forexhooks_plugins_total", "PluginConflictError", "refused"] == 1
        logged = [(each.levelname, each.getMessage().split(":")[0]) for each in caplog.records]
        assert {("INFO", "loaded"), ("WARNING", "refused")} <= set(logged)
        [serving_since] = [key for key in found if key[0] == "forexhooks_generation_since_seconds"]
        assert {"acme", "serving"} <= set(serving_since)


def test_health_says_that_it_runs_and_readiness_what_is_stale(
    server: Server, manager: ForexManager
) -> None:
    assert server.get("/healthz") == {"status": "up"}
    ready = server.get("/readyz")
    assert ready["status"] == "ready" and "2026-10-30" in ready["drivers"][0]["stale"]
    manager.set_blocked("ecb")
    reply = server.ask("/readyz")
    assert (reply.status, reply.json["status"]) == (503, "not ready")
    assert reply.headers["cache-control"] == "no-store"


class Counted(forexhooks.Driver):
    """Counts how often it is asked, and is slow where it is told to be."""

    name = "counted"
    profile = Profile(title="counted", pivot="EUR")

    def __init__(self) -> None:
        self.asked = 0
        self.may_go = threading.Event()
        self.may_go.set()

    def currencies(self) -> frozenset[str]:
        return frozenset({"EUR", "USD"})

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        self.asked += 1
        self.may_go.wait(CHILD_LIMIT)
        return [Observation(date(2026, 10, 30), "EUR", "USD", Decimal("1.5"))]


@pytest.fixture
def counted(manager: ForexManager) -> Counted:
    driver = Counted()
    manager.register(driver)
    return driver


def test_bad_codes_cost_no_question_to_a_driver(manager: ForexManager, counted: Counted) -> None:
    letters = "ABCDEFGHIJ"
    with serving(manager, "counted") as server:
        for first in letters:
            for second in letters:
                code = f"X{first}{second}"
                assert server.ask(f"/v2/rate/EUR/{code}").status in (404, 422)
                assert server.ask(f"/latest?from={code}").status == 404
        many = ",".join(f"Q{number:03}" for number in range(500))
        assert server.ask(f"/v2/rates?quotes={many}").status == 422
        assert server.ask(f"/v1/latest?symbols=USD{',' * 5000}").status == 414
    assert counted.asked == 0


def test_a_question_that_many_ask_at_once_is_asked_once(
    manager: ForexManager, counted: Counted
) -> None:
    counted.may_go.clear()
    with serving(manager, "counted") as server, ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(server.get, PAIR) for _ in range(8)]
        while not counted.asked:
            time.sleep(0.01)
        counted.may_go.set()
        assert {each.result()["value"] for each in asked} == {"1.5"}
    assert counted.asked == 1


def test_a_question_that_takes_too_long_is_given_up(
    manager: ForexManager, counted: Counted
) -> None:
    counted.may_go.clear()
    try:
        with serving(manager, "counted", time_limit=0.2) as server:
            reply = server.ask(PAIR)
            assert (reply.status, reply.json["error"]) == (503, "TooSlowError")
            assert int(reply.headers["retry-after"]) >= 1
            assert server.ask("/v2/rate/EUR/USD?date=2026-10-30").status == 503
            assert server.get("/healthz") == {"status": "up"}
            counted.may_go.set()
    finally:
        counted.may_go.set()


def test_a_provider_that_does_not_respond_holds_a_few_threads_only(
    manager: ForexManager, counted: Counted
) -> None:
    counted.may_go.clear()
    of_counted = "/api/rate?base=EUR&quote=USD&driver=counted"
    with serving(manager, "ecb", time_limit=CHILD_LIMIT) as server, ThreadPoolExecutor(80) as pool:
        try:
            asked = [pool.submit(server.ask, f"{of_counted}&max_gap={gap}") for gap in range(80)]
            for each in islice(as_completed(asked), 80 - MOST_OF_A_DRIVER):
                reply = each.result()
                assert (reply.status, reply.json["error"]) == (503, "TooSlowError")
                assert int(reply.headers["retry-after"]) >= 1
            assert server.get(PAIR)["driver"] == "ecb"
            found = server.get(f"{of_counted},ecb")
            assert (found["driver"], found["failures"][0]["driver"]) == ("ecb", "counted")
            rows = server.get("/api/compare?base=EUR&quote=USD&drivers=counted,ecb")
            assert [row["error"] and row["error"]["type"] for row in rows] == ["TooSlowError", None]
        finally:
            counted.may_go.set()
        assert sum(each.result().status == 200 for each in asked) == MOST_OF_A_DRIVER
        assert server.get(of_counted)["driver"] == "counted"
