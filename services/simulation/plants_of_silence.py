"""Faults of the watch of silence and of what it stands on, planted to show that the simulator finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.silence import Silence
from services.alarm_router.domain.state import State
from services.contracts import liveness as li
from services.contracts.codec import encode
from services.contracts.topics import line_key
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import Record
from services.ingest.ports import AppendFailed, DigestLog
from services.simulation.process import Process
from services.simulation.rules import CarefulWatch, Spans

HOUR_US = 3_600_000_000


class LateReportsRouter(AlarmRouter):
    """Believes a report of silence whatever its watch had seen."""

    believes: type[li.SystemSilent | li.SystemHeard] = li.SystemSilent

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        kept = state.silence.told
        if record.value.startswith(b'{"type":"%s"' % str(self.believes.__struct_config__.tag).encode()):
            report = msgspec.json.decode(record.value, type=self.believes)
            state.silence.told = {line_key(report.account_space, report.account): report.told or 0}
        try:
            return super().decide(state, record)
        finally:
            state.silence.told = kept


class LateHearingsRouter(LateReportsRouter):
    """Believes a report of being heard whatever its watch had seen."""

    believes = li.SystemHeard


class ForgetfulBook(MemoryLastHeardBook):
    """Has kept nothing when it is asked."""

    async def load(self) -> Sequence[li.LastHeard]:
        """See the port."""
        return ()


class ClockWatch(CarefulWatch):
    """Reckons with the clock of whoever keeps the time, also while nobody received."""

    def _hear(self, record: Record) -> None:
        digest = msgspec.json.decode(record.value, type=li.HeardDigest)
        super()._hear(replace(record, value=encode(replace(digest, since=0))))


class CredulousWatch(CarefulWatch):
    """Does not know whose life a digest is of: what an ended one says may be news to it."""

    def _hear(self, record: Record) -> None:
        digest = msgspec.json.decode(record.value, type=li.HeardDigest)
        super()._hear(replace(record, value=encode(replace(digest, receiver=""))))


class HastyWatch(CarefulWatch):
    """Compares what it has read with the state, however much of it lies behind."""

    async def _read(self) -> None:
        await super()._read()
        await self._compare()


class MisdatingWatch(CarefulWatch):
    """Says that who fell silent was last heard an hour before."""

    def _unsaid(self, silence: Silence) -> Iterator[li.SystemSilent | li.SystemHeard]:
        for report in super()._unsaid(silence):
            if isinstance(report, li.SystemSilent):
                yield replace(report, last_heard_at=report.last_heard_at - HOUR_US)
            else:
                yield report


def by_time_of_day(receiver: Process) -> Spans:
    """Spans are told by a clock that somebody may set."""
    return receiver.now_us, lambda: 0


class CarelessDigests:
    """Says that it has what nobody confirmed."""

    def __init__(self, log: DigestLog) -> None:
        self._log = log

    async def append(self, partition: int, digest: li.HeardDigest) -> None:
        """See the port."""
        with suppress(AppendFailed):
            await self._log.append(partition, digest)
