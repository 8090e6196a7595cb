"""The behaviour of `EventStore`, written once; every adapter passes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.eventsourcing.event_store import Append, Conflict, EventStore, MemoryEventStore, NewEvent
from services.runtime.postgres_event_store import PostgresEventStore


@pytest.fixture(params=["memory", "postgres"])
def dsn(request: pytest.FixtureRequest) -> str | None:
    """A database, or None for the twin. Not async: the databases' fixtures run a loop of their own."""
    return None if request.param == "memory" else str(request.getfixturevalue("database"))


@pytest.fixture
async def store(dsn: str | None) -> AsyncIterator[EventStore]:
    if dsn is None:
        yield MemoryEventStore()
        return
    async with asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool:
        yield PostgresEventStore(pool, "registry")


def event(word: str) -> NewEvent:
    return NewEvent(type="tried.v1", at_us=7, body=f'{{"word":  "{word}"}}'.encode(), by="wang")


async def words(store: EventStore, after: int = 0, limit: int = 1000) -> list[tuple[int, str, int]]:
    return [(e.position, e.stream, e.version) for e in await store.read_all(after, limit)]


async def test_what_was_appended_is_read_to_the_byte_in_the_order_of_versions(store: EventStore) -> None:
    assert await store.append("a", 0, [event("一"), event("二")]) == 2
    read = await store.read("a")
    assert [(e.version, e.body, e.type, e.at_us, e.by) for e in read] == [
        (1, event("一").body, "tried.v1", 7, "wang"),
        (2, event("二").body, "tried.v1", 7, "wang"),
    ]


async def test_a_stream_nobody_wrote_is_empty(store: EventStore) -> None:
    assert await store.read("nobody") == []
    assert await store.read_streams(["nobody"]) == {}


async def test_a_wrong_version_conflicts_and_says_the_right_one(store: EventStore) -> None:
    await store.append("a", 0, [event("一")])
    with pytest.raises(Conflict) as caught:
        await store.append("a", 0, [event("二")])
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("a", 0, 1)


async def test_several_streams_are_appended_whole_or_not_at_all(store: EventStore) -> None:
    await store.append("b", 0, [event("一")])
    with pytest.raises(Conflict):
        await store.append_all([Append("a", 0, (event("一"),)), Append("b", 0, (event("二"),))])
    assert await words(store) == [(1, "b", 1)]
    assert await store.append_all([Append("a", 0, (event("一"),)), Append("b", 1, (event("二"),))]) == 3
    assert await words(store) == [(1, "b", 1), (2, "a", 1), (3, "b", 2)]


async def test_all_events_are_read_page_by_page(store: EventStore) -> None:
    await store.append("a", 0, [event(str(n)) for n in range(5)])
    assert [position for position, _, _ in await words(store, after=1, limit=2)] == [2, 3]
    assert await words(store, after=5) == []


async def test_concurrent_appends_leave_no_hole_and_one_winner_for_each_version(store: EventStore) -> None:
    async def attempt(n: int) -> bool:
        try:
            await store.append(f"stream{n % 4}", 0, [event(str(n)), event("more")])
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*(attempt(n) for n in range(24)))
    assert sum(won) == 4
    assert [position for position, _, _ in await words(store)] == list(range(1, 9))


async def test_who_sees_a_position_has_seen_all_before_it(store: EventStore) -> None:
    """A follower polls while others append; a hole that fills later would be skipped."""
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 60:
            seen.extend(p for p, _, _ in await words(store, after=seen[-1] if seen else 0))
            await asyncio.sleep(0)

    async def write(n: int) -> None:
        for version in range(0, 10, 2):
            await store.append(f"s{n}", version, [event("x"), event("y")])

    await asyncio.wait_for(asyncio.gather(follow(), *(write(n) for n in range(6))), 20)
    assert seen == list(range(1, 61))


async def test_the_position_at_an_instant_is_of_the_newest_event_stored_by_then(store: EventStore) -> None:
    for at_us in (10, 20, 20, 30):
        await store.append(
            f"s{at_us}", len(await store.read(f"s{at_us}")), [NewEvent("tried.v1", at_us, b"{}", "wang")]
        )
    assert [await store.position_at(at_us) for at_us in (9, 10, 29, 30, 99)] == [0, 1, 3, 4, 4]


async def test_an_event_keeps_the_id_of_the_request_that_made_it(store: EventStore) -> None:
    await store.append("a", 0, [event("一"), NewEvent("tried.v1", 7, b"{}", "wang", "0197")])
    assert [e.request for e in await store.read("a")] == ["", "0197"]
