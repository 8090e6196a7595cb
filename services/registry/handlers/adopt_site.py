"""Adoption: a shell site, whose account nobody had registered, becomes a site, or turns out to be one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.contracts.directory import Line
from services.contracts.envelope import Refused
from services.contracts.registry import SiteDetails
from services.contracts.topics import line_key, shell_site
from services.eventsourcing.event_store import Append, AppendRefused, Conflict, EventStore, NewEvent
from services.registry.domain import site as s
from services.registry.domain.keys import provider_stream, site_stream
from services.registry.handlers.stored_form import SITE_EVENT, new_event
from services.registry.ports import LineBook

ATTEMPTS = 3


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """Whose line it is from now on: `details` registers the shell itself, `into` names another site."""

    shell: str
    line: Line
    details: SiteDetails | None = None
    into: str | None = None


class AdoptSite:
    """The use case. `by`: who asks."""

    def __init__(self, store: EventStore, lines: LineBook) -> None:
        self._store = store
        self._lines = lines

    async def run(self, adoption: Adoption, *, by: str, now_us: int) -> str | Refused:
        """The site that the line belongs to now, or why not. Raises `Retry` when the store is away."""
        for attempt in range(ATTEMPTS):
            refused = await self._bar(adoption)
            if refused is not None:
                return refused
            try:
                return await self._append(adoption, by, now_us)
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
            except AppendRefused:
                return Refused(reason="line.taken", params={"site": ""})
        raise AssertionError  # the loop returns or raises

    async def _bar(self, adoption: Adoption) -> Refused | None:
        line = adoption.line
        if shell_site(line.account_space, line.account) != adoption.shell:
            return Refused(reason="shell.differs")
        taken = await self._lines.sites_of([line])
        if line in taken and taken[line][0] != (adoption.into or adoption.shell):
            return Refused(reason="line.taken", params={"site": taken[line][1]})
        if adoption.details is not None and not await self._store.read(
            provider_stream(adoption.details.provider)
        ):
            return Refused(reason="provider.unknown")
        return None

    async def _append(self, adoption: Adoption, by: str, now_us: int) -> str | Refused:
        assign = s.AssignLine(line=adoption.line, now_us=now_us)
        wanted: list[tuple[str, list[s.Command]]]
        if adoption.details is not None:
            key = line_key(adoption.line.account_space, adoption.line.account)
            enter = s.Enter(id=adoption.shell, key=key, details=adoption.details, now_us=now_us)
            wanted = [(adoption.shell, [enter, assign])]
        else:
            assert adoption.into is not None
            merge = s.Merge(id=adoption.shell, into=adoption.into, now_us=now_us)
            wanted = [(adoption.into, [assign]), (adoption.shell, [merge])]
        appends = []
        for site, commands in wanted:
            append = await self._decided(site, commands, by)
            if isinstance(append, Refused):
                return append
            appends.append(append)
        if any(append.events for append in appends):
            await self._store.append_all([append for append in appends if append.events])
        return adoption.into or adoption.shell

    async def _decided(self, site: str, commands: Sequence[s.Command], by: str) -> Append | Refused:
        stream = site_stream(site)
        stored = await self._store.read(stream)
        state = s.SITE.fold(SITE_EVENT.decode(event.body) for event in stored)
        said: list[NewEvent] = []
        if isinstance(state, s.Known) and any(_differs(state, command) for command in commands):
            return Refused(reason="site.registered")
        for command in commands:
            answer, events = s.decide(state, command)
            if isinstance(answer, Refused):
                return answer
            state = s.SITE.fold(events, state)
            said += [new_event(event, by) for event in events]
        return Append(stream, len(stored), tuple(said))


def _differs(site: s.Known, command: s.Command) -> bool:
    """Who adopts has seen a shell: what somebody else made of it meanwhile is theirs, and is corrected at its version."""
    return isinstance(command, s.Enter) and command.details != site.details
