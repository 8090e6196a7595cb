"""What receiving counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class Tally:
    """Counters in a registry of their own, so that two in one process do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = self._gauge("jiejing_ingest_dc09_connections", "Open DC-09 connections.")
        self.answered = self._counter("jiejing_ingest_dc09_answers", "Frames answered.", "answer")
        self.rejected = self._counter(
            "jiejing_ingest_dc09_rejected",
            "Frames ignored, streams broken off, connections turned away.",
            "reason",
        )
        self.kept = self._counter("jiejing_ingest_signals_kept", "Signals durably appended.", "door")
        self.failed = self._counter(
            "jiejing_ingest_appends_failed", "Appends not confirmed; unanswered.", "door"
        )

    def _counter(self, name: str, text: str, label: str) -> Counter:
        return Counter(name, text, [label], registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
