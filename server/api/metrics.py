"""Serves metrics for Prometheus at ``/metrics``.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from missiongraph.errors import MissionGraphError, ValidationFailed
from missiongraph.server.http.problems import acceptable
from missiongraph.server.http.request_record import Record, outcome
from missiongraph.server.state.context import Context, context
from missiongraph.server.state.status import Store
from missiongraph.sparql.engine import SupervisedEngine

blueprint = Blueprint("metrics", __name__)

_KEY = "missiongraph.metrics"

TEXT, OPENMETRICS = "text/plain", "application/openmetrics-text"

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.queries = Counter(
            "missiongraph_queries",
            "Queries by outcome: ok, cached, not-modified, error, busy, gone, failed, or the "
            "limit that stopped them.",
            ["outcome"],
            registry=self.registry,
        )
        self.query_seconds = Histogram(
            "missiongraph_query_seconds",
            "Time from a query's request to the last byte of its answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.writes = Counter(
            "missiongraph_writes",
            "Writes by outcome: ok, refused (by the shapes), error, failed, or the limit that "
            "stopped them.",
            ["outcome"],
            registry=self.registry,
        )
        self.validation_seconds = Histogram(
            "missiongraph_validation_seconds",
            "Time to validate a write that conforms to the shapes.",
            buckets=_SECONDS,
            registry=self.registry,
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Count the write that the block carries out, by its outcome."""
        result = "ok"
        try:
            yield
        except ValidationFailed:
            result = "refused"
            raise
        except MissionGraphError as error:
            result = outcome(error)
            raise
        finally:
            self.writes.labels(result).inc()

    def count(self, record: Record) -> None:
        """Count a finished request, if it was a query."""
        if record.outcome:
            self.queries.labels(record.outcome).inc()
            self.query_seconds.observe(record.seconds)


class _State(Collector):
    """Gauges read from the service when the metrics are requested."""

    def __init__(self, served: Context) -> None:
        self._served = served

    def describe(self) -> Iterable[Metric]:
        """Empty, as the names depend on the engine."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The present values."""
        served, engine = self._served, self._served.graph.engine
        values = {"cache_bytes": (served.cache.size, "Memory taken by cached answers.")}
        if (statements := served.store.known_statements()) is not None:
            values["statements"] = statements, "Statements of the default graph."
        if isinstance(engine, SupervisedEngine):
            values |= {
                "queries_running": (engine.admission.running, "Queries that have a slot."),
                "queries_waiting": (engine.admission.waiting, "Queries that wait for a slot."),
                "workers": (_workers(served.store), "Worker processes that answer queries."),
            }
        for name, (value, help) in values.items():
            yield GaugeMetricFamily(f"missiongraph_{name}", help, value)
        hits, misses = served.cache.hits, served.cache.misses
        yield CounterMetricFamily("missiongraph_cache_hits", "Answers served from the cache.", hits)
        yield CounterMetricFamily("missiongraph_cache_misses", "Answers not in the cache.", misses)


def register(app: Flask) -> Metrics:
    """Add the route of the metrics; returns the application's counters."""
    counters = app.extensions[_KEY] = Metrics()
    with app.app_context():
        counters.registry.register(_State(context()))
    app.register_blueprint(blueprint)
    return counters


def metrics() -> Metrics:
    """The counters of the application that handles the current request."""
    return cast(Metrics, current_app.extensions[_KEY])


@blueprint.get("/metrics")
def exposition() -> Response:
    """All metrics as text."""
    context().access.require("read")
    acceptable(TEXT, OPENMETRICS)
    write, kind = choose_encoder(request.headers.get("Accept", ""))
    answer = Response(write(metrics().registry), content_type=kind)
    answer.cache_control.no_store = True
    return answer


def _workers(store: Store) -> int:
    """The number of workers; 0 if the store does not answer, as metrics must not fail."""
    try:
        return store.known().workers
    except MissionGraphError:
        return 0
