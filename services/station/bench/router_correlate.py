"""`router.correlate`: decode a signal, look its provider up, encode what follows, exactly once; beside others doing it.

Ours is the router's `PartitionWorker` as it runs in service (chain, predicted offsets, one batch in flight, slices,
ticks, snapshots in PostgreSQL), with a machine that does this one thing. The yardstick is Kafka Streams with `exactly_once_v2` (`Correlate.java`); beside it a Faust agent with
`exactly_once`. Each peer is a process of its own with the same inbox, the same table of providers and a topic of
decisions like ours, synced to disk like ours. A peer is measured from its first signal to its last, while the
acknowledgement of ours is waited for.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import faust
import msgspec

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.bootstrap import snapshots as snapshots_of
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.ports import Snapshots
from services.contracts.alarm import SignalRecorded
from services.contracts.codec import decode_inbox, encode
from services.contracts.directory import SiteEntry
from services.contracts.envelope import Accepted, Decision
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import EventLog, Record
from services.runtime.clock import now_us
from services.station.bench.beside import run_beside
from services.station.bench.broker import Bench, append_all
from services.station.bench.database import a_database
from services.station.bench.figure import Figure
from services.station.bench.kafka_streams import STREAMS, Inbox, correlated
from services.station.bench.running import LOG_ID, running, until_end
from services.station.errors import StationError

NAME = "router.correlate"
STREAMS_PEER, FAUST_PEER = "correlate.streams", "correlate.faust"
SIGNALS = 600_000  # as many as it takes that compiling weighs little in what the JVM needs
FAUSTS = 40  # it takes one of so many, or it would take minutes
PROVIDERS = {f"site-{number}": f"provider-{number % 10}" for number in range(500)}
LIMIT_S = 180.0
ACCEPTED = Accepted()
BATCH = 1_000


class Correlator(AlarmRouter):
    """The router's machine with one rule: a signal is recorded with the provider of its site."""

    def initial(self, partition: int) -> State:
        """The state before genesis, with the register as it is."""
        state = super().initial(partition)
        for site, whose in PROVIDERS.items():
            state.sites[site] = SiteEntry(
                id=site, provider=whose, site_class="other", division="210102", bureau="bureau"
            )
        return state

    def decide(self, state: State, record: Record) -> Outcome:
        """See `Machine`."""
        signal = decode_inbox(record.value)
        assert isinstance(signal, SignalReceived)
        recorded = SignalRecorded(
            signal=signal.id,
            outcome="surfaced",
            reason=state.sites[signal.subject].provider,
            code=signal.code,
            zone=signal.zone,
            received_at=signal.received_at,
        )
        return Outcome(record.stamp_us, signal.subject, str(record.offset), ACCEPTED, (recorded,))

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """See `Machine`: of a signal nothing is remembered but when it was."""
        del offset
        state.time = max(state.time, decision.time)


class Worker(PartitionWorker):
    """The router's worker, which decides by that rule."""

    def _unowned(self) -> Partition[State]:
        return Partition(Correlator(self._law), self._partition, self._code)


async def router_correlate(bench: Bench) -> list[Figure]:
    """Signals a second."""
    count = SIGNALS // 10 if bench.quick else SIGNALS
    for name in (NAME, STREAMS_PEER, FAUST_PEER):
        await bench.topics(name)
    await append_all(bench.inbox(NAME), [_signal(number) for number in range(count)])
    async with a_database(bench, "correlate") as settings, snapshots_of(settings) as kept:
        seconds, cpu = await _ours(bench, count, kept)
    ours, cpu_us = count / seconds, cpu / count * 1e6
    streams, said = await _streams(bench, count)
    faust_rate = await _faust(bench, count // FAUSTS)
    return [
        Figure(NAME, ours, "signals/s", said, streams, cpu_us, done=count),
        Figure(
            f"{NAME}.faust", ours, "signals/s", "Faust agent, exactly_once", faust_rate, cpu_us, done=count
        ),
    ]


async def _streams(bench: Bench, count: int) -> tuple[float | None, str]:
    """Signals a second of the peer, and what there is to say of it."""
    inbox = Inbox(f"{NAME}.{INBOX}", count)
    try:
        peer = await correlated(bench, inbox, f"{STREAMS_PEER}.{EVENTS}", PROVIDERS)
    except StationError as error:
        return None, f"{STREAMS} did not run: {error}"
    return peer.rate, f"{STREAMS}, exactly_once_v2, {peer.cpu_us:.1f} us CPU"


def _signal(number: int) -> bytes:
    site, at = f"site-{number % 500}", now_us()
    return encode(
        SignalReceived(
            id=SignalId(run="r", line=site, counter=number + 1),
            sender="bench",
            sent_at=at,
            received_at=at,
            subject=site,
            protocol="sia_dcs",
            account_space="bench",
            account=site,
            sequence="0001",
            code="BA",
            zone="03",
            raw=b"[#1234|Nri1/BA03]",
        )
    )


async def _ours(bench: Bench, count: int, kept: Snapshots) -> tuple[float, float]:
    """Seconds and CPU seconds from the moment at which the partition is whole to the last acknowledgement.

    Raises `StationError` where not each signal has its decision, or no snapshot was kept meanwhile.
    """
    events = bench.events(NAME)
    await append_all(events, [encode(genesis(0, LOG_ID, now_us(), code_version()))])
    async with running(bench, NAME, 1, kept, Worker) as watch:
        await until_end(events, 1 + count, watch)
        spent = time.perf_counter() - watch.first_at, time.process_time() - watch.first_cpu
    found = await _correlated(events, count)
    await events.close()
    if found != count or await kept.newest(0) is None:
        raise StationError(f"no figure, of {count} signals {found} were correlated, or no snapshot was kept")
    return spent


async def _correlated(events: EventLog, count: int) -> int:
    """How many decisions name the provider of their signal's site, of those that were waited for."""
    chain, found = Chain(), 0
    while chain.offset <= count:
        for record in await events.read(chain.offset, most=BATCH, wait_s=1):
            decision = chain.take(record)
            if decision is not None and decision.subject in PROVIDERS:
                (event,) = decision.events
                found += isinstance(event, SignalRecorded) and event.reason == PROVIDERS[decision.subject]
    return found


async def _faust(bench: Bench, count: int) -> float:
    """Signals a second of the peer, from its first to its last."""
    said = await run_beside("services.station.bench.router_correlate", bench.kafka, count, limit_s=LIMIT_S)
    return float(said.split()[-1])


def _raw_topic(app: faust.App, name: str) -> faust.TopicT:
    return app.topic(name, value_serializer="raw", key_serializer="raw", value_type=bytes, key_type=bytes)


async def _peer(kafka: str, count: int) -> None:
    """What the subprocess runs: prints signals a second."""
    app = faust.App(
        "bench.correlate",
        broker=f"aiokafka://{kafka}",
        web_enabled=False,
        store="memory://",
        processing_guarantee="exactly_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        loop=asyncio.get_running_loop(),
    )
    source = _raw_topic(app, f"{NAME}.{INBOX}")
    sink = _raw_topic(app, f"{FAUST_PEER}.{EVENTS}")
    seen: list[float] = []
    over = asyncio.Event()

    @app.agent(source, concurrency=1)
    async def correlate(stream: faust.StreamT[bytes]) -> AsyncIterator[None]:
        async for value in stream:
            signal = decode_inbox(value)
            assert isinstance(signal, SignalReceived)
            said = {"signal": signal.id, "provider": PROVIDERS[signal.subject], "code": signal.code}
            _ = await sink.send(key=b"", value=msgspec.json.encode(said))  # its acknowledgement comes later
            seen.append(time.perf_counter())
            if len(seen) == count:
                over.set()
            yield None

    await app.start()
    await over.wait()
    sys.stdout.write(f"{(count - 1) / (seen[-1] - seen[0])}\n")
    sys.stdout.flush()
    await app.stop()


if __name__ == "__main__":
    asyncio.run(_peer(sys.argv[1], int(sys.argv[2])))
