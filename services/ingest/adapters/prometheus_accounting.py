"""The accounting, for Prometheus. Read when asked for, so that counting costs an addition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from services.ingest.domain.accounting import Accounting
    from services.ingest.ports import Spool

_PREFIX = "jiejing_ingest_"


class AccountingCollector(Collector):
    """Shows one `Accounting`, and how full the spool is."""

    def __init__(self, accounting: Accounting, spool: Spool) -> None:
        self._accounting = accounting
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        seen = self._accounting
        yield _labelled("received", "Signals cut from the socket, before judgement.", "source", seen.received)
        recorded = CounterMetricFamily(f"{_PREFIX}recorded", "Signals durably appended.")
        recorded.add_metric([], seen.recorded)
        yield recorded
        yield _labelled("refused", "Signals that were not appended.", "reason", seen.refused)
        yield _labelled("dc09_ended", "DC-09 conversations broken off.", "reason", seen.ended)
        yield _gauge("in_flight", "Signals received and neither recorded nor refused yet.", seen.in_flight)
        yield _gauge("dc09_connections", "Open DC-09 connections.", seen.connections)
        yield _gauge(
            "spool_signals", "Signals kept on disk that the log has not taken yet.", self._spool.waiting
        )
        yield _gauge("spool_bytes", "Bytes that they take.", self._spool.size)
        yield _gauge("troubles", "Troubles that could not be reported to the desk yet.", len(seen.troubles))


def registry_of(accounting: Accounting, spool: Spool) -> CollectorRegistry:
    """A registry of its own, so that two receivers in one process do not collide."""
    registry = CollectorRegistry()
    registry.register(AccountingCollector(accounting, spool))
    return registry


def _labelled(name: str, text: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(_PREFIX + name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _gauge(name: str, text: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, text, value=value)
