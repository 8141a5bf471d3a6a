"""What Prometheus may ask: requests by route, readings taken in, the log of aggregates."""

from collections.abc import Mapping
from math import nan
from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dtbase.domain.health import AggregatesHealth
from dtbase.domain.readings.readings import IngestCounts

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper bounds of durations, in seconds."""

ELSEWHERE = "elsewhere"
"""The route of requests that fit none, so that strangers cannot make up labels."""

OUTCOMES = sorted({*IngestCounts.model_fields} - {"received", "set_aside"})


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Histogram(
            "dtbase_request_seconds",
            "Time until a request was answered whole.",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._durations: dict[tuple[str, str, int], Histogram] = {}
        self._readings = Counter(
            "dtbase_readings",
            "Readings pushed, by what became of them.",
            ("outcome",),
            registry=self.registry,
        )
        self._outcomes = {outcome: self._readings.labels(outcome) for outcome in OUTCOMES}
        self._aside = Counter(
            "dtbase_readings_set_aside",
            "Readings pushed that were set aside, by the rule they break.",
            ("rule",),
            registry=self.registry,
        )
        self._kept_aside = self._gauge(
            "dtbase_set_aside", "Readings that are kept aside, by the rule they break.", "rule"
        )
        self._pending = self._gauge(
            "dtbase_aggregates_pending", "Changed hours that are not stored as aggregates yet."
        )
        self._oldest = self._gauge(
            "dtbase_aggregates_oldest_seconds", "Age of the oldest of them, 0 without any."
        )

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(name, told, labels, registry=self.registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        key = method, route, status
        if (durations := self._durations.get(key)) is None:
            durations = self._durations[key] = self._requests.labels(method, route, str(status))
        durations.observe(seconds)

    def count_readings(self, counts: IngestCounts) -> None:
        """Count the readings of a request that was accepted."""
        for outcome, counter in self._outcomes.items():
            if count := getattr(counts, outcome):
                counter.inc(count)
        for rule, count in counts.set_aside.items():
            self._aside.labels(rule).inc(count)

    def write(self, backlog: AggregatesHealth, aside: Mapping[str, int]) -> bytes:
        """Write everything in Prometheus's text format."""
        self._kept_aside.clear()
        for rule, count in aside.items():
            self._kept_aside.labels(rule).set(count)
        self._pending.set(nan if backlog.pending is None else backlog.pending)
        self._oldest.set(backlog.oldest_seconds or 0)
        return generate_latest(self.registry)


class Timed:
    """Measure every request from its first byte to the last of its answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long its answer took."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()
        status = 500

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            seconds = perf_counter() - start
            self.metrics.count_request(scope["method"], route_of(scope), status, seconds)


def route_of(scope: Scope) -> str:
    """Return the path of a request's route below the prefix, with its parameters' names."""
    path: str = getattr(scope.get("route"), "path", ELSEWHERE)
    return path.removeprefix("/v1")
