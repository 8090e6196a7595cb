"""Programs that share one producer: what fails for one of them takes nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from services.contracts.topics import INBOX
from services.eventsourcing.ports import AppendUnknown
from services.runtime.kafka_records import KafkaRecords


async def test_an_append_that_fails_late_leaves_the_producer_that_took_the_place_of_its_own(
    kafka: str, topics: Callable[..., str]
) -> None:
    prefix = await asyncio.to_thread(topics, INBOX)
    records = KafkaRecords(kafka)
    try:
        await records.append(prefix + INBOX, 0, "a", b"1")
        late = asyncio.create_task(records.append(prefix + "nowhere", 0, "a", b"2"))
        await asyncio.sleep(0.5)
        assert not late.done()
        await records.close()  # as another one's failure does
        await records.append(prefix + INBOX, 0, "a", b"3")
        newer = records._producer
        with pytest.raises(AppendUnknown):
            await late
        assert records._producer is newer
        await records.append(prefix + INBOX, 0, "a", b"4")
    finally:
        await records.close()
