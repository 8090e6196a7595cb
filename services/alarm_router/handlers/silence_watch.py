"""Watches who is heard in one partition, and reports into its inbox who fell silent and who is heard again.

It stands beside the partition's worker in one process, because it needs nothing but the state that is there: who is
supervised, and who is silent already (ADR 10). Its own memory lies in `system.last_heard` with the place up to which
the digests were read: after a kill it reads on from there, and comes to what it would have come to anyway. A report
that is lost is said again, one that is said twice is `already`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
import structlog
from prometheus_client import Gauge

from services.alarm_router.domain.silence import Silence, SilenceReport, report_key
from services.alarm_router.domain.watch import Watch
from services.alarm_router.ports import Clock, LastHeardBook
from services.contracts.codec import NOT_READ, encode
from services.contracts.liveness import HeardDigest
from services.eventsourcing.ports import AppendUnknown, EventLog, LogWriter, OffsetGone, Record

MOST_READ = 500
MOST_REPORTS = 1_000
DIGESTS_AT_ONCE = 20
WAIT_S = 1.0
SAY_AGAIN_S = 5.0
PAUSE_S = 1.0
AWAY = (AppendUnknown, OffsetGone, OSError, RuntimeError, TimeoutError)  # KafkaError is a RuntimeError

log = structlog.get_logger()
_WATCHED = Gauge("jiejing_supervised_lines", "Lines whose silence is watched", ["partition"])
_OVERDUE = Gauge(
    "jiejing_silent_lines", "Of these, lines that were not heard for their time-out", ["partition"]
)
_DIGEST: msgspec.json.Decoder[HeardDigest] = msgspec.json.Decoder(HeardDigest)


class SilenceWatch:
    """Of one partition, for as long as the process lives."""

    save_every_s = 60.0

    def __init__(  # noqa: PLR0913 - what it reads, what it writes, and when
        self,
        partition: int,
        *,
        digests: EventLog,
        book: LastHeardBook,
        inbox: EventLog,
        look: Callable[[], Silence | None],
        clock: Clock,
    ) -> None:
        """`look`: the state as decided so far, None while nobody owns the partition."""
        self._partition = partition
        self._digests = digests
        self._book = book
        self._inbox = inbox
        self._look = look
        self._clock = clock
        self._writer: LogWriter | None = None  # opened for the first report
        self._said: dict[str, float] = {}
        self._watch = Watch()
        self._offset = 0
        self._kept = -1  # up to where the book knows
        self._save_at = 0.0

    async def run(self) -> None:
        """Until cancelled; with the broker away it begins again from the book."""
        while True:
            try:
                await self._work()
            except AWAY as error:
                log.warning("silence is not watched", partition=self._partition, why=repr(error))
            finally:
                await self._let_go()
            await asyncio.sleep(PAUSE_S)

    async def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()
        await asyncio.gather(self._digests.close(), self._inbox.close(), self._book.close())

    async def _work(self) -> None:
        await self._resume()
        while True:
            await self._read()
            if not self._watch.is_whole:
                continue
            if self._offset >= await self._digests.end():
                await self._compare()
            await self._save()

    async def _resume(self) -> None:
        chunks = await self._book.load()
        if chunks:
            self._watch, self._offset = Watch.remembering(chunks), chunks[0].offset
        else:  # all that lies there, to know whose digests were told: one of them may land once more
            self._watch, self._offset = Watch(), await self._digests.begin()
        self._kept = chunks[0].offset if chunks else -1
        log.info("watching silence", partition=self._partition, lines=len(self._watch), digest=self._offset)

    async def _read(self) -> None:
        try:
            records = await self._digests.read(self._offset, most=MOST_READ, wait_s=WAIT_S)
        except OffsetGone:
            self._offset = await self._digests.begin()
            log.warning("digests are gone", partition=self._partition, next=self._offset)
            return
        for count, record in enumerate(records, 1):
            self._hear(record)
            if count % DIGESTS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _hear(self, record: Record) -> None:
        self._offset = record.offset + 1
        try:
            self._watch.hear(_DIGEST.decode(record.value))
        except NOT_READ as error:
            log.warning("a digest is not readable", offset=record.offset, why=str(error))

    async def _compare(self) -> None:
        """The register and the state against what was heard; only at the end, since the state may be younger than all else."""
        silence = self._look()
        if silence is None:
            return
        for _ in self._watch.follow(silence, self._clock()):
            await asyncio.sleep(0)
        _WATCHED.labels(self._partition).set(len(self._watch))
        _OVERDUE.labels(self._partition).set(self._watch.overdue)
        reports = list(islice(self._unsaid(silence), MOST_REPORTS))
        if reports:
            self._writer = self._writer or await self._inbox.open_writer()
            await self._writer.append([encode(report) for report in reports])

    def _unsaid(self, silence: Silence) -> Iterator[SilenceReport]:
        """Reports that are not on their way."""
        now = asyncio.get_running_loop().time()
        self._said = {key: at for key, at in self._said.items() if now - at < SAY_AGAIN_S}
        for report in self._watch.reports(silence, self._clock()):
            key = report_key(report)
            if key not in self._said:
                self._said[key] = now
                yield report

    async def _save(self) -> None:
        """Not before it knows the register: what would go on from less would forget who was heard meanwhile."""
        now = asyncio.get_running_loop().time()
        if now < self._save_at or self._offset == self._kept or not self._watch.knows_the_register:
            return
        await self._book.save(self._watch.remembered(self._offset))
        self._kept, self._save_at = self._offset, now + self.save_every_s
