"""A reader of several partitions gives what it has read, once, whatever happens to one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError

from services.alarm_router.bootstrap import genesis
from services.contracts.codec import encode
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.ports import Record
from services.runtime.counting import counting_of

LOG = "01890000-0000-7000-8000-0000000000ff"
BEGUN = Record(0, 0, encode(genesis(0, LOG, 1, "test")))


def read(said: Sequence[Record] | Exception) -> asyncio.Future[Sequence[Record]]:
    finished: asyncio.Future[Sequence[Record]] = asyncio.get_running_loop().create_future()
    if isinstance(said, Exception):
        finished.set_exception(said)
    else:
        finished.set_result(said)
    return finished


async def test_a_partition_that_fails_takes_no_decision_of_another_with_it() -> None:
    chains = {0: Chain(), 1: Chain()}
    with pytest.raises(KafkaConnectionError):
        counting_of(chains, {0: read([BEGUN]), 1: read(KafkaConnectionError("away"))})
    assert chains == {0: Chain(), 1: Chain()}, "nothing was given, so nothing has moved"
    [again] = counting_of(chains, {0: read([BEGUN])})
    assert (again.partition, again.offset, chains[0].offset) == (0, 0, 1)


async def test_a_log_that_is_shorter_than_what_was_read_is_broken() -> None:
    with pytest.raises(LogBroken, match="ends before offset 7"):
        counting_of({3: Chain(offset=7)}, {3: read(OffsetOutOfRangeError("no such offset"))})
