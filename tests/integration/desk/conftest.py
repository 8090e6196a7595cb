"""A desk on the run's Kafka and PostgreSQL, with a writer that decides as a router would."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import pytest

from services.contracts.codec import digest, encode
from services.contracts.envelope import Accepted, Answer, Decision, Event, LogBegun, Source
from services.contracts.topics import EVENTS, INBOX
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.migrations import migrate, migrations
from services.runtime.settings import Address, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

_NEIGHBOURS = """
create schema if not exists registry_api;
create schema if not exists identity_api;
create table registry_api.site (id text, name text, lon float8, lat float8, provider_name text);
create table identity_api.session (token_hash bytea, person_id text, roles text[], provider text, bureau text,
    expires_at timestamptz);
"""


class World(NamedTuple):
    """Where everything is."""

    settings: Settings
    inbox: str
    events: str

    def log(self, partition: int) -> DecisionLog:
        """A writer of decisions."""
        return DecisionLog(KafkaEventLog(self.settings.kafka, self.events, partition), partition)


class DecisionLog:
    """Writes counting decisions into one partition."""

    def __init__(self, log: KafkaEventLog, partition: int) -> None:
        self._log, self._partition = log, partition
        self._offset, self._head, self._source = 0, b"\0" * 16, -1

    async def begin(self) -> None:
        genesis = LogBegun(log_id="log-1", partition=self._partition, partitions=12)
        await self.append("", genesis, source=-1)

    async def append(
        self,
        name: str,
        *events: Event,
        answer: Answer | None = None,
        source: int | None = None,
        time: int = 0,
    ) -> int:
        self._source = self._source + 1 if source is None else source
        decision = Decision(
            lies_at=self._offset,
            prev=self._head,
            time=time or 1_700_000_000_000_000 + self._offset,
            code="test",
            subject="site",
            source=Source(offset=self._source, hash=b"\0" * 16),
            id=name,
            answer=answer or Accepted(),
            events=events,
        )
        return await self.append_raw(encode(decision), counts=True)

    async def append_raw(self, value: bytes, *, counts: bool = False) -> int:
        writer = await self._log.open_writer()
        try:
            at = await writer.append([value])
        finally:
            await writer.close()
        if counts:
            self._head = digest(value)
        self._offset = at + 1
        return at


@pytest.fixture
async def world(kafka: str, database: str, topics: Callable[[], str]) -> World:
    prefix = await asyncio.to_thread(topics)
    await migrate(database, [one for one in migrations() if one.name.startswith("desk/")])
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_NEIGHBOURS)
        await connection.execute(
            "insert into registry_api.site values ('site', '中心花园', 119.3, 26.1, '安保公司')"
        )
        for role, provider, bureau in (
            ("operator", "p1", None),
            ("police", None, "b1"),
            ("administrator", None, None),
        ):
            await connection.execute(
                "insert into identity_api.session values ($1, $2, $3, $4, $5, now() + interval '1 hour')",
                sha256(f"cookie-{role}".encode()).digest(),
                f"{role}-1",
                [role],
                provider,
                bureau,
            )
    finally:
        await connection.close()
    settings = Settings(kafka=kafka, postgres=database, feed=Address("127.0.0.1", 0))
    return World(settings, prefix + INBOX, prefix + EVENTS)
