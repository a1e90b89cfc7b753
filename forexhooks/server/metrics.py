"""Metrics for Prometheus: which drivers were asked, failures, durations, loaded plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from forexhooks.server.answer import Answer
from forexhooks.service.refresh import last_failure

if TYPE_CHECKING:
    from forexhooks.server.desk import Desk

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts requests; all else is read from the desk and its manager when requested."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "forexhooks_request_seconds",
            "Seconds from a request to its response.",
            ("route", "status"),
            registry=self._registry,
        )
        self._registry.register(self)

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is its pattern, which keeps the number of series small."""
        self._seconds.labels(route, str(status)).observe(seconds)

    def written(self, desk: Desk, query: Mapping[str, str]) -> Answer:
        """All metrics, in Prometheus' format."""
        body = generate_latest(self._registry)
        return Answer(200, body, TEXT, headers={"cache-control": "no-store"})

    def collect(self) -> Iterator[Metric]:
        """The metrics of the desk and the manager, for prometheus_client."""
        rates = CounterMetricFamily(
            "forexhooks_rates", "Rates, by the driver that gave them.", labels=["driver"]
        )
        for driver, many in self._desk.answered.copy().items():
            rates.add_metric([driver], many)
        yield rates
        failures = CounterMetricFamily(
            "forexhooks_failures",
            "Drivers that were asked and gave no rate, by the error.",
            labels=["driver", "error"],
        )
        for (driver, error), many in self._desk.failed.copy().items():
            failures.add_metric([driver, error], many)
        yield failures
        generations = GaugeMetricFamily(
            "forexhooks_generation_since_seconds",
            "When a driver that came from a path was loaded, by its state.",
            labels=["driver", "version", "state"],
        )
        for each in self._desk.manager.generations():
            labels = [each.name, each.version or "", each.state]
            generations.add_metric(labels, each.since.timestamp())
        yield generations
        refreshes = GaugeMetricFamily(
            "forexhooks_refresh_failed",
            "Whether the last refresh of a driver's store failed.",
            labels=["driver"],
        )
        for name in self._desk.drivers:
            refreshes.add_metric([name], float(last_failure(name.partition(":")[0]) is not None))
        yield refreshes
