"""The shell that reports the host's clock."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from services.alarm_router.handlers.host_watch import HostWatch
from services.contracts.codec import decode_inbox
from services.contracts.reports import HostClockMeasured
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.runtime.host_clock import Measured, measure
from tests.unit.alarm_router.saying import NOW


class Kernel:
    """Says what the test wants."""

    def __init__(self, *, synchronised: bool = True, forbids: bool = False) -> None:
        self.synchronised = synchronised
        self.forbids = forbids

    def __call__(self) -> Measured:
        if self.forbids:
            raise PermissionError(1, "Operation not permitted")
        return Measured(self.synchronised, 250, 500)


def watch(kernel: Kernel, *, contained: bool = False, inbox: MemoryEventLog | None = None) -> HostWatch:
    return HostWatch(
        "station-1",
        inbox=inbox or MemoryEventLog(),
        clock=lambda: NOW,
        measure=kernel,
        contained=contained,
    )


async def test_the_clock_is_reported_again_and_again() -> None:
    inbox = MemoryEventLog()
    task = asyncio.create_task(watch(Kernel(), inbox=inbox).run(every_s=0.001))
    async with asyncio.timeout(5):
        while len(inbox.records) < 3:
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert decode_inbox(inbox.records[0].value) == HostClockMeasured(
        sender="router",
        sent_at=NOW,
        subject="host/station-1",
        synchronised=True,
        offset_us=250,
        error_us=500,
    )


def test_a_host_that_nothing_disciplines_is_reported() -> None:
    report = watch(Kernel(synchronised=False)).report()
    assert report is not None
    assert not report.synchronised


def test_a_container_whose_clock_shows_nothing_says_so_once_and_reports_nothing() -> None:
    watched = watch(Kernel(synchronised=False), contained=True)
    with capture_logs() as said:
        assert [watched.report() for _ in range(3)] == [None, None, None]
    assert [entry["synchronised"] for entry in said] == [False]


def test_a_container_whose_clock_was_seen_synchronised_reports_that_it_no_longer_is() -> None:
    kernel = Kernel()
    watched = watch(kernel, contained=True)
    assert watched.report() is not None
    kernel.synchronised = False
    report = watched.report()
    assert report is not None
    assert not report.synchronised


def test_a_kernel_that_does_not_tell_is_said_once_and_raises_no_alarm() -> None:
    watched = watch(Kernel(forbids=True))
    with capture_logs() as said:
        assert [watched.report() for _ in range(3)] == [None, None, None]
    assert len(said) == 1


def test_this_kernel_tells_or_says_that_it_does_not() -> None:
    try:
        found = measure()
    except OSError:
        return
    assert found.error_us >= 0
    assert isinstance(found.synchronised, bool)
