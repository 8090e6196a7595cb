"""Puts the desk's side of the web process together, at run time, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.topics import EVENTS, INBOX
from services.desk.adapters.kafka_gateway import KafkaGateway
from services.desk.adapters.postgres_projection import load_places
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.domain.reading_place import Place
from services.desk.handlers.looking import Desk
from services.runtime.sealing import Sealing

if TYPE_CHECKING:
    import asyncpg

    from services.runtime.settings import Settings


async def open_desk(
    settings: Settings, pool: asyncpg.Pool, *, inbox: str = INBOX, events: str = EVENTS
) -> tuple[Desk, KafkaGateway]:
    """The desk, and the gateway whose `tail` and `keep_producer` must run while it serves."""
    async with pool.acquire() as connection:
        places = await load_places(connection)
    for partition in range(settings.partitions):
        places.setdefault(partition, Place(partition))
    gateway = KafkaGateway(settings.kafka, places, inbox=inbox, events=events)
    return Desk(PostgresViews(pool), gateway, Sealing(pool)), gateway
