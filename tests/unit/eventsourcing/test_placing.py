"""Where events of streams will lie."""

from __future__ import annotations

import pytest

from services.eventsourcing.event_store import (
    Append,
    Conflict,
    MemoryEventStore,
    NewEvent,
    StoredEvent,
    place,
)


def event(number: int) -> NewEvent:
    return NewEvent(f"t{number}", number, b"%d" % number, f"by{number}", f"r{number}")


def stored(position: int, stream: str, version: int, number: int) -> StoredEvent:
    return StoredEvent(
        position, stream, version, f"t{number}", number, b"%d" % number, f"by{number}", f"r{number}"
    )


def test_each_event_keeps_all_that_it_says_and_gets_its_place() -> None:
    appends = [
        Append("a", 2, (event(1), event(2))),
        Append("b", 0, (event(3),)),
        Append("a", 4, (event(4),)),
    ]
    assert place(appends, 10, {"a": 2}) == [
        stored(11, "a", 3, 1),
        stored(12, "a", 4, 2),
        stored(13, "b", 1, 3),
        stored(14, "a", 5, 4),
    ]


def test_who_expects_another_version_is_told_which_one_there_is() -> None:
    with pytest.raises(Conflict, match="a is at version 2, not 1") as raised:
        place([Append("a", 1, ())], 0, {"a": 2})
    assert (raised.value.stream, raised.value.expected, raised.value.actual) == ("a", 1, 2)


async def test_the_position_at_an_instant_is_that_of_the_newest_event_by_then() -> None:
    store = MemoryEventStore()
    assert await store.position_at(5) == 0
    await store.append("a", 0, [event(1), event(3), event(5)])
    assert [await store.position_at(at) for at in (0, 1, 4, 5, 9)] == [0, 1, 2, 3, 3]
