"""From stored events to what the router and ingest are told: whole entries, each at its position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from services.contracts.directory import (
    LineAssigned,
    LineRecord,
    LineReleased,
    ProviderSet,
    SiteEntry,
    SiteSet,
)
from services.contracts.registry import (
    SiteLineAssigned,
    SiteLineReleased,
    SiteMerged,
)
from services.contracts.topics import PARTITIONS, partition_of
from services.eventsourcing.event_store import EventStore, StoredEvent
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.keys import site_stream
from services.registry.handlers.stored_form import ANY_EVENT, PROVIDER_EVENT, SITE_EVENT

SENDER = "registry.relay"
# What decisions need not know: no entry is said again for it.
_OF_THE_REGISTER_ALONE = frozenset({"site.contract_set.v1", "site.call_list_set.v1", "bureau.set.v1"})


class Told(msgspec.Struct):
    """What one page of events says. `position`: of its last event."""

    position: int
    inbox: dict[int, list[SiteSet | ProviderSet]]
    lines: list[LineRecord]


async def next_page(store: EventStore, after: int, limit: int, now_us: int) -> Told | None:
    """What follows `after`, or None. A run of events of one stream is said once, at its last position."""
    page = await store.read_all(after, limit)
    if not page:
        return None
    concerning = [event for event in page if event.type not in _OF_THE_REGISTER_ALONE]
    histories = await store.read_streams({event.stream for event in concerning} | set(_targets(concerning)))
    told = Told(page[-1].position, defaultdict(list), list(_lines(concerning)))
    for event in _ends_of_runs(concerning):
        _say(told.inbox, event, histories, now_us)
    return told


def _ends_of_runs(page: Sequence[StoredEvent]) -> Iterable[StoredEvent]:
    for index, event in enumerate(page):
        if index + 1 == len(page) or page[index + 1].stream != event.stream:
            yield event


def _say(
    inbox: dict[int, list[SiteSet | ProviderSet]],
    event: StoredEvent,
    histories: Mapping[str, Sequence[StoredEvent]],
    now_us: int,
) -> None:
    at = event.position
    known = [e for e in histories[event.stream] if e.position <= at]
    if event.stream.startswith("provider/"):
        provider = p.PROVIDER.fold(PROVIDER_EVENT.decode(e.body) for e in known)
        if isinstance(provider, p.Known):
            told = ProviderSet(sender=SENDER, sent_at=now_us, position=at, provider=p.entry(provider))
            for partition in range(PARTITIONS):
                inbox[partition].append(told)
        return
    entry = _entry(known, histories, at)
    if entry is not None:
        inbox[partition_of(entry.id)].append(SiteSet(sender=SENDER, sent_at=now_us, position=at, site=entry))


def _entry(
    known: Iterable[StoredEvent], histories: Mapping[str, Sequence[StoredEvent]], at: int
) -> SiteEntry | None:
    site = s.SITE.fold(SITE_EVENT.decode(e.body) for e in known)
    match site:
        case s.Known():
            return s.entry(site)
        case s.Merged():
            target = histories.get(site_stream(site.into), ())
            into = s.SITE.fold(SITE_EVENT.decode(e.body) for e in target if e.position <= at)
            return s.merged_entry(site, into) if isinstance(into, s.Known) else None
        case _:
            return None


def _targets(page: Iterable[StoredEvent]) -> Iterable[str]:
    """The streams of the sites that shells of this page were merged into."""
    for stored in page:
        event = ANY_EVENT.decode(stored.body)
        if isinstance(event, SiteMerged):
            yield site_stream(event.into)


def _lines(page: Iterable[StoredEvent]) -> Iterable[LineRecord]:
    for stored in page:
        event = ANY_EVENT.decode(stored.body)
        if isinstance(event, SiteLineAssigned):
            yield LineAssigned(
                position=stored.position,
                account_space=event.account_space,
                account=event.account,
                site=event.site,
                key=event.key,
            )
        elif isinstance(event, SiteLineReleased):
            yield LineReleased(
                position=stored.position, account_space=event.account_space, account=event.account
            )
