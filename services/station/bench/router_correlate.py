"""`router.correlate`: decode a signal, look its provider up, encode what follows, exactly once; beside others doing it.

Ours is the real partition worker (chain, predicted offsets, one batch in flight) with a machine that does this one
thing. The yardstick is Kafka Streams with `exactly_once_v2` (`Correlate.java`); beside it a Faust agent with
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
from services.contracts.alarm import SignalRecorded
from services.contracts.codec import decode_inbox, encode
from services.contracts.envelope import Accepted, Decision
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import Record
from services.runtime.clock import now_us
from services.station.bench.beside import run_beside
from services.station.bench.broker import Bench, append_all
from services.station.bench.figure import Figure
from services.station.bench.kafka_streams import STREAMS, Inbox, correlated
from services.station.bench.running import LOG_ID
from services.station.errors import StationError

NAME = "router.correlate"
STREAMS_PEER, FAUST_PEER = "correlate.streams", "correlate.faust"
SIGNALS = 600_000  # as many as it takes that compiling weighs little in what the JVM needs
FAUSTS = 40  # it takes one of so many, or it would take minutes
PROVIDERS = {f"site-{number}": f"provider-{number % 10}" for number in range(500)}
LIMIT_S = 180.0
ACCEPTED = Accepted()
BATCH = 1_000


class Correlator:
    """A machine whose state is a table of providers."""

    def initial(self, partition: int) -> dict[str, str]:
        """See `Machine`."""
        del partition
        return PROVIDERS

    def decide(self, state: dict[str, str], record: Record) -> Outcome:
        """See `Machine`."""
        signal = decode_inbox(record.value)
        assert isinstance(signal, SignalReceived)
        recorded = SignalRecorded(
            signal=signal.id,
            outcome="surfaced",
            reason=state[signal.subject],
            code=signal.code,
            zone=signal.zone,
            received_at=signal.received_at,
        )
        return Outcome(record.stamp_us, signal.subject, str(record.offset), ACCEPTED, (recorded,))

    def refuse_large(self, state: dict[str, str], record: Record) -> Outcome:
        """See `Machine`; these records are small."""
        return self.decide(state, record)

    def evolve(self, state: dict[str, str], decision: Decision, offset: int) -> None:
        """See `Machine`: nothing to remember."""


async def router_correlate(bench: Bench) -> list[Figure]:
    """Signals a second."""
    count = SIGNALS // 10 if bench.quick else SIGNALS
    for name in (NAME, STREAMS_PEER, FAUST_PEER):
        await bench.topics(name)
    await append_all(bench.inbox(NAME), [_signal(number) for number in range(count)])
    seconds, cpu = await _ours(bench, count)
    ours, cpu_us = count / seconds, cpu / count * 1e6
    streams, said = await _streams(bench, count)
    faust_rate = await _faust(bench, count // FAUSTS)
    return [
        Figure(NAME, ours, "signals/s", said, streams, cpu_us),
        Figure(f"{NAME}.faust", ours, "signals/s", "Faust agent, exactly_once", faust_rate, cpu_us),
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


async def _ours(bench: Bench, count: int) -> tuple[float, float]:
    """Read, decide, append, one batch in flight, as the partition worker does."""
    inbox, events = bench.inbox(NAME), bench.events(NAME)
    owned: Partition[dict[str, str]] = Partition(Correlator(), 0, code_version())
    writer = await events.open_writer()
    begun = encode(genesis(0, LOG_ID, now_us(), code_version()))
    await writer.append([begun])
    owned.fold(Record(0, 0, begun))
    began, cpu = time.perf_counter(), time.process_time()
    offset, records = 0, await inbox.read(0, most=BATCH, wait_s=1)
    while offset < count:
        values = [value for record in records if (value := owned.decide(record)) is not None]
        offset = records[-1].offset + 1 if records else offset
        appending = asyncio.ensure_future(writer.append(values)) if values else None
        records = await inbox.read(offset, most=BATCH, wait_s=0 if appending else 1) if offset < count else ()
        if appending is not None:
            owned.landed(await appending, len(values))
    spent = time.perf_counter() - began, time.process_time() - cpu
    await asyncio.gather(writer.close(), inbox.close(), events.close())
    return spent


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
