"""Whether the clocks can be believed: the broker's stamps against its senders, a host against its time source.

Stamps bound partition time, so a broker that runs ahead would make deadlines fall due early. One sender that is
late by its own doing (a process that slept) proves nothing; three that agree do (design, "Time").
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from services.contracts.alarm import ClockFaulted, ClockTrusted, HostClockNoted
from services.contracts.reports import HostClockMeasured

AHEAD_US: Final = 60_000_000  # a broker's stamp beyond the sender's time plus this is not believed
MANY_SENDERS = 3
HOST_OFF_US = 1_000_000
MOST_HOSTS = 64
V = TypeVar("V")


class HostClock(msgspec.Struct, frozen=True, gc=False):
    """What was noted of a host's clock last, and when its newest report was sent: older ones say nothing."""

    is_good: bool
    synchronised: bool
    sent_at: int = 0


def noted(event: HostClockNoted) -> HostClock:
    """What is remembered of a verdict."""
    return HostClock(event.is_good, event.synchronised)


def remember(newest: dict[str, V], name: str, value: V) -> None:
    """Keep it as the newest; of many hosts those that were heard last are remembered."""
    newest.pop(name, None)
    newest[name] = value
    if len(newest) > MOST_HOSTS:
        del newest[next(iter(newest))]


def judge_stamp(ahead_of: tuple[str, ...], sender: str, ahead_us: int) -> ClockFaulted | ClockTrusted | None:
    """What a record's stamp says, `ahead_us` beyond its sender's time. `ahead_of`: the senders so far.

    Each sender more is an event, so that they can be counted after any restart; the third is a fault.
    """
    if ahead_us > AHEAD_US:
        if sender in ahead_of or len(ahead_of) >= MANY_SENDERS:
            return None
        return ClockFaulted(senders=(*ahead_of, sender))
    return ClockTrusted() if sender in ahead_of else None


def is_fault(event: ClockFaulted | ClockTrusted) -> bool:
    """Whether a supervisor must know."""
    return isinstance(event, ClockFaulted) and len(event.senders) >= MANY_SENDERS


def judge_host(before: HostClock | None, report: HostClockMeasured) -> HostClockNoted | None:
    """The event if the verdict changed.

    Bad is more than a second off, or not synchronised for two reports in a row: one alone is a daemon that restarts.
    """
    if before is not None and report.sent_at <= before.sent_at:
        return None
    is_good = _is_good(before, report)
    if before is not None and (before.is_good, before.synchronised) == (is_good, report.synchronised):
        return None
    return HostClockNoted(
        subject=report.subject,
        is_good=is_good,
        synchronised=report.synchronised,
        offset_us=report.offset_us,
    )


def _is_good(before: HostClock | None, report: HostClockMeasured) -> bool:
    if report.synchronised:
        return abs(report.offset_us) <= HOST_OFF_US
    return before is None or (before.synchronised and before.is_good)
