"""Change an entry that a person has seen: at the version they saw, once, or say who was faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from services.contracts.envelope import Refused
from services.contracts.registry import BureauSet, ProviderEvent, RegistryEvent, SiteEvent
from services.eventsourcing.event_store import (
    Append,
    AppendRefused,
    Conflict,
    EventStore,
    NewEvent,
    StoredEvent,
)
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.entry_form import FieldChange, changes
from services.registry.domain.register import Entry
from services.registry.handlers.stored_form import ANY_EVENT, new_event

ATTEMPTS = 5

Command: TypeAlias = p.Command | s.Command | b.SetBureau


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What one entry is to become. `version`: as the person saw it, 0: there was none; None: it does not matter."""

    stream: str
    commands: tuple[Command, ...]
    version: int | None = None


class Changed(msgspec.Struct, frozen=True):
    """Where the entry is now."""

    version: int
    position: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an entry: who said what, and which fields it changed."""

    version: int
    position: int
    at_us: int
    by: str
    type: str
    changes: tuple[FieldChange, ...]


class Stale(msgspec.Struct, frozen=True):
    """Others changed the entry since: these steps, oldest first; none: it was to be new. Nothing was changed now."""

    steps: tuple[Step, ...]


class ChangeEntry:
    """The use case. `by`: who asks; `request`: their own id of it, by which a repetition gets the first one's answer."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def run(
        self, wanted: Wanted, *, also: Sequence[Wanted] = (), by: str, request: str
    ) -> Changed | Stale | Refused:
        """Change `wanted`, and `also` others, whole or not at all. Raises `Retry` when the store is away or busy."""
        for attempt in range(ATTEMPTS):
            streams = await self._store.read_streams([one.stream for one in (*also, wanted)])
            stored = streams.get(wanted.stream, [])
            if (done := repetition(stored, request)) is not None:
                return done
            if (stale := _stale(stored, wanted.version)) is not None:
                return stale
            appends = [_decided(one, streams.get(one.stream, []), by, request) for one in (*also, wanted)]
            if (no := next((one for one in appends if isinstance(one, Refused)), None)) is not None:
                return no
            try:
                return await self._append([one for one in appends if isinstance(one, Append)], stored)
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
            except AppendRefused:
                return Refused(reason="line.taken", params={"site": ""})
        raise AssertionError  # the loop returns or raises

    async def _append(self, appends: Sequence[Append], stored: Sequence[StoredEvent]) -> Changed:
        """`wanted` is the last of them."""
        said = [append for append in appends if append.events]
        if not said:
            return Changed(len(stored), stored[-1].position if stored else 0)
        position = await self._store.append_all(said)
        return Changed(len(stored) + len(appends[-1].events), position)


def steps(stored: Sequence[StoredEvent]) -> list[Step]:
    """The history of a stream, from its beginning."""
    entry: Entry | None = None
    told = []
    for one in stored:
        entry, changed = changes(entry, ANY_EVENT.decode(one.body))
        told.append(
            Step(
                version=one.version,
                position=one.position,
                at_us=one.at_us,
                by=one.by,
                type=one.type,
                changes=tuple(changed),
            )
        )
    return told


def _stale(stored: Sequence[StoredEvent], version: int | None) -> Stale | None:
    if version is None or not stored or version == len(stored):
        return None
    return Stale(tuple(steps(stored)[min(version, len(stored) - 1) :]) if version else ())


def repetition(stored: Sequence[StoredEvent], request: str) -> Changed | None:
    """The answer that a request got, if it is one that changed this stream."""
    mine = [event for event in stored if request and event.request == request]
    return Changed(mine[-1].version, mine[-1].position) if mine else None


def _decided(wanted: Wanted, stored: Sequence[StoredEvent], by: str, request: str) -> Append | Refused:
    events = [ANY_EVENT.decode(event.body) for event in stored]
    said: list[NewEvent] = []
    for command in wanted.commands:
        answer, new = _decide(events, command)
        if isinstance(answer, Refused):
            return answer
        events += new
        said += [msgspec.structs.replace(new_event(event, by), request=request) for event in new]
    return Append(wanted.stream, len(stored), tuple(said))


def _decide(events: Sequence[RegistryEvent], command: Command) -> tuple[object, Sequence[RegistryEvent]]:
    if isinstance(command, p.Command):
        return p.decide(p.PROVIDER.fold(e for e in events if isinstance(e, ProviderEvent)), command)
    if isinstance(command, b.SetBureau):
        return b.decide(b.BUREAU.fold(e for e in events if isinstance(e, BureauSet)), command)
    return s.decide(s.SITE.fold(e for e in events if isinstance(e, SiteEvent)), command)
