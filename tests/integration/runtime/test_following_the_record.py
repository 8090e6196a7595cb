"""Readers of counting decisions, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

import pytest

from services.contracts.codec import digest, encode
from services.contracts.envelope import Accepted, Decision, LogBegun, Source
from services.contracts.topics import EVENTS
from services.eventsourcing.counting import NO_HEAD, Chain, LogBroken
from services.runtime.counting import FEW, Counted, read_counting
from services.runtime.kafka_event_log import KafkaEventLog

FAR_BEHIND = 250 * FEW
BUSY, QUIET = 0, 1


def decisions(partition: int, count: int) -> list[bytes]:
    """Values that count one after the other, from genesis."""
    head, made = NO_HEAD, []
    for offset in range(count):
        begun = LogBegun(log_id="log-1", partition=partition, partitions=12)
        decision = Decision(
            lies_at=offset, prev=head, time=offset, code="1.0", subject=f"partition/{partition}",
            source=Source(offset=offset - 1, hash=b""), id=f"{offset}/0", answer=Accepted(),
            events=(begun,) if offset == 0 else (),
        )  # fmt: skip
        made.append(encode(decision))
        head = digest(made[-1])
    return made


@pytest.fixture
def record(kafka: str, topics: Callable[..., str]) -> tuple[str, str]:
    """The broker and the topic."""
    return kafka, topics(EVENTS) + EVENTS


async def append(record: tuple[str, str], partition: int, values: Sequence[bytes]) -> None:
    log = KafkaEventLog(*record, partition)
    writer = await log.open_writer()
    await writer.append(values)
    await writer.close()
    await log.close()


async def follow(
    record: tuple[str, str], chains: dict[int, Chain], enough: Callable[[list[Counted]], bool]
) -> list[Counted]:
    seen: list[Counted] = []
    async with asyncio.timeout(20), aclosing(read_counting(record[0], chains, topic=record[1])) as batches:
        async for batch in batches:
            seen += batch
            if enough(seen):
                break
    return seen


async def test_only_what_counts_is_given_and_the_chains_move_on(record: tuple[str, str]) -> None:
    made = decisions(BUSY, 3)
    await append(
        record, BUSY, [made[0], made[2], *made[1:2]]
    )  # at 1 lies what was made for 2, and the reverse
    chains = {BUSY: Chain()}
    seen = await follow(record, chains, lambda _: chains[BUSY].offset == 3)
    assert [one.offset for one in seen] == [0]
    assert chains[BUSY].head == digest(made[0])


async def test_a_partition_that_is_far_behind_keeps_no_other_waiting(record: tuple[str, str]) -> None:
    await append(record, BUSY, decisions(BUSY, FAR_BEHIND))
    await append(record, QUIET, decisions(QUIET, 1))
    seen = await follow(
        record, {BUSY: Chain(), QUIET: Chain()}, lambda seen: any(one.partition == QUIET for one in seen)
    )
    assert len(seen) < FAR_BEHIND


async def test_a_log_that_is_shorter_than_what_was_read_is_broken(record: tuple[str, str]) -> None:
    await append(record, BUSY, decisions(BUSY, 2))
    with pytest.raises(LogBroken):
        await follow(record, {BUSY: Chain(offset=3)}, lambda _: False)
