"""Metrics for Prometheus: which drivers were asked, failures, durations, loaded plugins.

If `PROMETHEUS_MULTIPROC_DIR` names a folder, the counts are those of all workers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

import forexhooks
from forexhooks.server.answer import Answer
from forexhooks.server.readiness import states
from forexhooks.service.refresh import last_attempt

if TYPE_CHECKING:
    from forexhooks.runtime import Event
    from forexhooks.server.desk import Desk

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts events; the current state is read from the desk and its manager when requested."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.metrics = self
        self._counted = counted = CollectorRegistry()
        self._requests = Histogram(
            "forexhooks_request_seconds",
            "Seconds from a request to its response.",
            ("route", "status"),
            registry=counted,
        )
        self._rates = Counter(
            "forexhooks_rates",
            "Rates, by the driver that gave them.",
            ("driver",),
            registry=counted,
        )
        self._failures = Counter(
            "forexhooks_failures",
            "Drivers that were asked and gave no rate, by the error.",
            ("driver", "error"),
            registry=counted,
        )
        self._questions = Histogram(
            "forexhooks_question_seconds",
            "Seconds from a question to its answer, by each driver that answered or failed.",
            ("driver",),
            registry=counted,
        )
        self._plugins = Counter(
            "forexhooks_plugins",
            "Plugins of the watched folder: loaded, swapped, unloaded, refused, by the error.",
            ("event", "error"),
            registry=counted,
        )
        self._refreshes = Counter(
            "forexhooks_refreshes",
            "Refreshes of a driver's store that this server attempted.",
            ("driver",),
            registry=counted,
        )
        self._failed_refreshes = Counter(
            "forexhooks_refresh_failures",
            "Refreshes of a driver's store that failed.",
            ("driver",),
            registry=counted,
        )
        self._now = CollectorRegistry()
        self._now.register(self)

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is its pattern, which keeps the number of series small."""
        self._requests.labels(route, str(status)).observe(seconds)

    def answered(self, driver: str) -> None:
        """Count a rate."""
        self._rates.labels(driver).inc()

    def failed(self, driver: str, error: Exception) -> None:
        """Count a driver that failed."""
        self._failures.labels(driver, type(error).__name__).inc()

    def took(self, driver: str, seconds: float) -> None:
        """Count a question that the driver answered or failed."""
        self._questions.labels(driver).observe(seconds)

    def happened(self, event: Event) -> None:
        """Count an event in the watched folder."""
        self._plugins.labels(event.kind, event.error or "").inc()

    def refreshed(self, driver: str, failure: str | None) -> None:
        """Count a refresh of a driver's store, and whether it failed."""
        self._refreshes.labels(driver).inc()
        self._failed_refreshes.labels(driver).inc(failure is not None)

    def written(self, desk: Desk, query: Mapping[str, str]) -> Answer:
        """All of it, as Prometheus reads it."""
        counted = self._counted
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        body = generate_latest(counted) + generate_latest(self._now)
        return Answer(200, body, TEXT, headers={"cache-control": "no-store"})

    def collect(self) -> Iterator[Metric]:
        """The current state of the desk and the manager, for prometheus_client."""
        generations = GaugeMetricFamily(
            "forexhooks_generation_since_seconds",
            "When a driver that came from a path was loaded, by its state.",
            labels=["driver", "version", "state"],
        )
        for each in self._desk.manager.generations():
            labels = [each.name, each.version or "", each.state]
            generations.add_metric(labels, each.since.timestamp())
        yield generations
        stale = GaugeMetricFamily(
            "forexhooks_stale",
            "Whether a driver's store lacks rates that should be out by now.",
            labels=["driver"],
        )
        newest = GaugeMetricFamily(
            "forexhooks_newest_day_seconds",
            "When the newest day in a driver's store began, in UTC.",
            labels=["driver"],
        )
        for name, found in states(self._desk):
            if isinstance(found, forexhooks.RateTable):
                stale.add_metric([name], float(found.stale() is not None))
                if found.newest is not None:
                    day = datetime.combine(found.newest, time.min, UTC)
                    newest.add_metric([name], day.timestamp())
        yield stale
        yield newest
        refreshed = GaugeMetricFamily(
            "forexhooks_refresh_seconds",
            "When the last refresh of a driver's store was tried.",
            labels=["driver"],
        )
        failed = GaugeMetricFamily(
            "forexhooks_refresh_failed",
            "Whether the last refresh of a driver's store failed.",
            labels=["driver"],
        )
        for name in self._desk.drivers:
            last = last_attempt(name.partition(":")[0])
            failed.add_metric([name], float(last is not None and last.failure is not None))
            if last is not None:
                refreshed.add_metric([name], last.at)
        yield refreshed
        yield failed
