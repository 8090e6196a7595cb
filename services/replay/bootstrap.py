"""Puts the reading of the past together, at run time, in one place."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from services.contracts.topics import EVENTS, INBOX
from services.replay.adapters.postgres_names import PostgresNames
from services.replay.handlers.room import ReadingRoom
from services.replay.http import make_router
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.postgres_looks import PostgresLooks
from services.runtime.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import asyncpg
    from fastapi import APIRouter

    from services.contracts.stored import Actor
    from services.runtime.settings import Settings


def reading_room(
    settings: Settings, pool: asyncpg.Pool, *, inbox: str = INBOX, events: str = EVENTS
) -> ReadingRoom:
    """The past of this station's record."""
    return ReadingRoom(
        logs=lambda partition: KafkaEventLog(settings.kafka, events, partition),
        inboxes=lambda partition: KafkaEventLog(settings.kafka, inbox, partition),
        partitions=settings.partitions,
        names=PostgresNames(pool),
        vault=Sealing(pool),
        looks=PostgresLooks(pool),
    )


def replay_router(
    settings: Settings, pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]
) -> APIRouter:
    """The routes under /api/history, for a process that has other things to do as well."""
    room = reading_room(settings, pool)
    room.breathe = polite()
    return make_router(room, person)


def polite(share: float = 0.5) -> Callable[[], Awaitable[None]]:
    """A breath after which this reading has used at most `share` of the time since the breath before."""
    last = time.monotonic()

    async def breathe() -> None:
        nonlocal last
        busy = time.monotonic() - last
        await asyncio.sleep(min(0.02, busy * (1 - share) / share))
        last = time.monotonic()

    return breathe
