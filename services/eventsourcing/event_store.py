"""Port `EventStore`: streams with an expected version, in one list with one gapless position.

The position is what a relay follows, so it has no holes and becomes visible in order: whoever reads position
n has seen everything below n, for ever. That needs one sequencer, so appends stand in line; a registry
changes seldom. Rejected: a sequence (bigserial), which becomes visible out of order, so that a follower skips.

Errors, by what the caller does: `Conflict` and `StoreUnavailable` — read again, decide again, retry;
`AppendRefused` — refuse: the same append will never be taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec


class EventStoreError(Exception):
    """Root of the tree."""


class Retry(EventStoreError):
    """Nothing was appended by this call, or its fate is known to readers: read, decide and try again."""


class Conflict(Retry):
    """A stream is not at the expected version: somebody else was first."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """`actual`: the version found."""
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class StoreUnavailable(Retry):
    """The store could not be reached, or broke off; what was being appended is there whole or not at all."""


class AppendRefused(EventStoreError):
    """A rule across streams says no, for as long as what it collides with stands."""


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event to be stored. `body`: JSON bytes, kept to the byte. `at_us`: UTC microseconds.

    `request`: the asker's own id of what was asked, by which a repetition is known; empty: none was given.
    """

    type: str
    at_us: int
    body: bytes
    by: str
    request: str = ""


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event where it lies. `position` and `version` count from 1."""

    position: int
    stream: str
    version: int
    type: str
    at_us: int
    body: bytes
    by: str
    request: str = ""


class Append(msgspec.Struct, frozen=True, gc=False):
    """Events for one stream, which is now at `expected_version` (0: does not exist)."""

    stream: str
    expected_version: int
    events: tuple[NewEvent, ...]


class EventStore(Protocol):
    """A list of events, in streams."""

    async def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> int:
        """Append whole or not at all; the position of the last. Raises `Conflict`, `AppendRefused`."""
        ...

    async def append_all(self, appends: Sequence[Append]) -> int:
        """Several streams, whole or not at all, at positions in the order given; the last position."""
        ...

    async def read(self, stream: str) -> list[StoredEvent]:
        """A stream in the order of its versions; empty if there is none."""
        ...

    async def read_streams(self, streams: Iterable[str]) -> dict[str, list[StoredEvent]]:
        """Several at once; those that do not exist are left out."""
        ...

    async def read_all(self, after_position: int, limit: int) -> list[StoredEvent]:
        """What lies after a position, at most `limit`, without holes."""
        ...

    async def position_at(self, at_us: int) -> int:
        """The position of the newest event that was stored by then, by its own time; 0: there was none."""
        ...


class MemoryEventStore:
    """The in-memory twin."""

    def __init__(self) -> None:
        self._all: list[StoredEvent] = []
        self._streams: dict[str, list[StoredEvent]] = {}

    async def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> int:
        """See the port."""
        return await self.append_all([Append(stream, expected_version, tuple(events))])

    async def append_all(self, appends: Sequence[Append]) -> int:
        """See the port."""
        stored = place(appends, len(self._all), {name: len(events) for name, events in self._streams.items()})
        for event in stored:
            self._all.append(event)
            self._streams.setdefault(event.stream, []).append(event)
        return len(self._all)

    async def read(self, stream: str) -> list[StoredEvent]:
        """See the port."""
        return list(self._streams.get(stream, []))

    async def read_streams(self, streams: Iterable[str]) -> dict[str, list[StoredEvent]]:
        """See the port."""
        return {name: list(self._streams[name]) for name in streams if name in self._streams}

    async def read_all(self, after_position: int, limit: int) -> list[StoredEvent]:
        """See the port."""
        return self._all[after_position : after_position + limit]

    async def position_at(self, at_us: int) -> int:
        """See the port."""
        return max((event.position for event in self._all if event.at_us <= at_us), default=0)


def place(appends: Iterable[Append], last: int, versions: dict[str, int]) -> list[StoredEvent]:
    """The events where they will lie, after position `last`. Raises `Conflict`; pure, shared by adapters."""
    now = dict(versions)
    stored: list[StoredEvent] = []
    for append in appends:
        actual = now.get(append.stream, 0)
        if actual != append.expected_version:
            raise Conflict(append.stream, append.expected_version, actual)
        for version, new in enumerate(append.events, actual + 1):
            position = last + len(stored) + 1
            stored.append(
                StoredEvent(
                    position, append.stream, version, new.type, new.at_us, new.body, new.by, new.request
                )
            )
        now[append.stream] = actual + len(append.events)
    return stored
