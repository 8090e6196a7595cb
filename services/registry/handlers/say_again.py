"""Say an entry once more at a new position: for a router that had to pass over the change (`jiejing mend`).

The router takes positions only upwards, so the same position again would do nothing. The event that is appended
changes nothing in the register; the relay makes of it the whole entry, as it is now, for everybody concerned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.contracts.registry import FilingSet, ProviderEvent, SiteCorrected, SiteEvent, SiteMerged
from services.eventsourcing.event_store import EventStore, StoredEvent
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.keys import provider_stream, site_stream
from services.registry.handlers.stored_form import PROVIDER_EVENT, SITE_EVENT, new_event


class NothingToSay(Exception):
    """The register knows no site and no filed provider of this id."""


class SayAgain:
    """The use case. `by`: who asks."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def run(self, of: str, *, by: str, now_us: int) -> int:
        """The position at which the site or provider `of` is said again. Raises `NothingToSay`, `Retry`."""
        for stream, again in ((site_stream(of), _site_again), (provider_stream(of), _provider_again)):
            stored = await self._store.read(stream)
            event = again(stored, now_us)
            if event is not None:
                return await self._store.append(stream, len(stored), (new_event(event, by),))
        raise NothingToSay(of)


def _site_again(stored: Sequence[StoredEvent], now_us: int) -> SiteEvent | None:
    site = s.SITE.fold(SITE_EVENT.decode(event.body) for event in stored)
    match site:
        case s.Known():
            return SiteCorrected(at_us=now_us, site=site.id, details=site.details)
        case s.Merged():
            return SiteMerged(at_us=now_us, site=site.id, into=site.into)
        case s.Unknown():
            return None
        case _:
            assert_never(site)


def _provider_again(stored: Sequence[StoredEvent], now_us: int) -> ProviderEvent | None:
    """One of its filings stands for all; without any the router has nothing to know of it."""
    provider = p.PROVIDER.fold(PROVIDER_EVENT.decode(event.body) for event in stored)
    if isinstance(provider, p.Unknown) or not provider.filings:
        return None
    return FilingSet(at_us=now_us, provider=provider.id, filing=provider.filings[0])
