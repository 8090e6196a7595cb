"""`liveness.sweep`: a million systems watched: a sweep, what hearing them costs, how soon silence is found."""

from __future__ import annotations

import asyncio
import time
from array import array
from random import Random

import msgspec

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version, genesis, silence_watch
from services.alarm_router.domain.silence import Silence, Supervised
from services.alarm_router.domain.watch import Watch
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import encode
from services.contracts.directory import Line, SiteEntry, SiteSet
from services.contracts.liveness import SECOND_US, HeardDigest, SystemFellSilent, timeout_us
from services.contracts.topics import LIVENESS, line_key
from services.eventsourcing.counting import Chain
from services.ingest.adapters.kafka_digest_log import KafkaDigestLog
from services.ingest.domain.heard import HeardLines
from services.ingest.handlers.heard_teller import HeardTeller
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_records import KafkaRecords
from services.station.bench import running
from services.station.bench.broker import Bench, append_all
from services.station.bench.figure import Figure
from services.station.bench.workload import SPACE
from services.station.errors import StationError

NAME = "liveness.sweep"
SYSTEMS = 1_000_000
POLL_S = 90
BEATS = 11_111  # a second, of a million systems that are polled every 90 s
DIGESTS = 60
SILENT = 200  # the lines whose silence is waited for
SOON_S = 1.0
_DIGEST = msgspec.json.Decoder(HeardDigest)


async def liveness_sweep(bench: Bench) -> list[Figure]:
    """The three figures; the first two in memory, the last over the broker."""
    return [*swept(SYSTEMS // 10 if bench.quick else SYSTEMS), await _found(bench)]


def swept(systems: int) -> list[Figure]:
    """A sweep, and what a second's beats cost."""
    lines = [line_key(SPACE, f"{number:07}") for number in range(systems)]
    return _in_memory(_watch(lines), lines)


def _watch(lines: list[str]) -> Watch:
    """All of them supervised, and awaited since an instant before the first digest."""
    silence = Silence()
    for line in lines:
        silence.supervised[line] = Supervised("site", SPACE, line, timeout_us(POLL_S))
    silence.changes = len(lines)
    watch = Watch()
    for _ in watch.follow(silence, 1):
        pass
    return watch


def _in_memory(watch: Watch, lines: list[str]) -> list[Figure]:
    chance = Random(1)  # noqa: S311 - which lines, not a secret
    heard = [tuple(chance.sample(lines, min(BEATS, len(lines)))) for _ in range(DIGESTS)]
    beats = sum(map(len, heard))
    digests = [encode(_digest(2 * number + 1, its)) for number, its in enumerate(heard)]
    nobody = [_digest(2 * number + 2, ()) for number in range(DIGESTS)]
    spent_us, sweeps_ms = 0.0, []
    for value, none in zip(digests, nobody, strict=True):
        began = time.process_time()
        watch.hear(_DIGEST.decode(value))
        spent_us += (time.process_time() - began) * 1e6
        began = time.perf_counter()
        watch.hear(none)
        sweeps_ms.append((time.perf_counter() - began) * 1e3)
    if (known := _heard(watch)) != len(set().union(*heard)):
        raise StationError(f"no figure, {known} systems were heard of those that the digests name")
    each_us = spent_us / beats
    return [
        Figure(
            NAME,
            sum(sweeps_ms) / DIGESTS,
            "ms",
            "one look at every deadline",
            _look_ms(len(lines)),
            done=len(watch),
        ),
        Figure(
            "liveness.beats",
            each_us * BEATS / 10_000,
            "% of a core",
            "finding and noting them only",
            _noting_us(lines, heard) * BEATS / 10_000,
            each_us,
            done=beats,
        ),
    ]


def _heard(watch: Watch) -> int:
    """How many are not only awaited."""
    return sum(len(chunk.lines) - len(chunk.awaited) for chunk in watch.remembered(0))


def _digest(sequence: int, lines: tuple[str, ...]) -> HeardDigest:
    """One half second, so that nobody is overdue within the bench."""
    until = sequence * SECOND_US // 2
    return HeardDigest(
        run="run",
        sequence=sequence,
        since=until - SECOND_US // 2,
        until=until,
        lines=lines,
        ago_ms=tuple(range(len(lines), 0, -1)),
    )


def _look_ms(systems: int) -> float:
    deadlines = array("q", range(systems))
    began = time.perf_counter()
    min(deadlines)
    return (time.perf_counter() - began) * 1e3


def _noting_us(lines: list[str], heard: list[tuple[str, ...]]) -> float:
    slots = {line: slot for slot, line in enumerate(lines)}
    at, by = array("q", bytes(8 * len(lines))), array("q", bytes(8 * len(lines)))
    began = time.process_time()
    for its in heard:
        for line in its:
            slot = slots[line]
            at[slot] = by[slot] = 1
    return (time.process_time() - began) * 1e6 / sum(map(len, heard))


async def _found(bench: Bench) -> Figure:
    """Of lines that are heard once, spread over a second: how long behind its time-out the last was decided on."""
    await bench.topics(NAME)
    events, inbox = bench.events(NAME), bench.inbox(NAME)
    await append_all(events, [encode(genesis(0, running.LOG_ID, now_us(), code_version()))])
    await append_all(inbox, [encode(_site())])
    over = running.Watch(1)
    worker = PartitionWorker(
        0,
        inbox=inbox,
        events=events,
        clock=now_us,
        watcher=over,
        code=code_version(),
        company=Company(),
        snapshots=MemorySnapshots(),
    )
    heard = HeardLines(uuid7(), now_us())
    records = KafkaRecords(bench.kafka)
    digests = KafkaDigestLog(bench.kafka, f"{NAME}.{LIVENESS}")
    tasks = [
        asyncio.create_task(worker.run()),
        asyncio.create_task(silence_watch(bench.settings, worker, 0, records, prefix=f"{NAME}.").run()),
        asyncio.create_task(HeardTeller(heard, digests, now_us, lambda: 0).run()),
    ]
    try:
        async with asyncio.timeout(running.LIMIT_S):
            await over.over.wait()
            while (silence := worker.silence()) is None or not silence.supervised:
                await asyncio.sleep(0.05)
            await asyncio.sleep(2 * SOON_S)  # by now they are watched
            for number in range(SILENT):
                heard.hear(0, line_key(SPACE, str(number)), now_us())
                await asyncio.sleep(SOON_S / SILENT)
            behind = await _behind(bench)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(digests.close(), events.close(), inbox.close(), records.close())
    return Figure(
        "liveness.found", max(behind), "s behind the time-out", "what is asked for", SOON_S, done=len(behind)
    )


def _site() -> SiteSet:
    lines = tuple(Line(account_space=SPACE, account=str(number), interval_s=1) for number in range(SILENT))
    entry = SiteEntry(
        id="site", provider="p", site_class="other", division="210102", bureau="bureau", lines=lines
    )
    return SiteSet(sender="bench", sent_at=now_us(), position=1, site=entry)


async def _behind(bench: Bench) -> list[float]:
    """Seconds from each time-out to the decision about it."""
    log, chain, found = bench.events(NAME), Chain(), list[float]()
    try:
        while len(found) < SILENT:
            for record in await log.read(chain.offset, most=1_000, wait_s=1):
                if (decision := chain.take(record)) is None:
                    continue
                dues = (
                    event.last_heard_at + event.timeout_us
                    for event in decision.events
                    if isinstance(event, SystemFellSilent)
                )
                found += [(decision.time - due) / SECOND_US for due in dues]
    finally:
        await log.close()
    return found
