"""Which records of a stretch somebody may not see: those of sites that lie outside their scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts import alarm as a
from services.contracts import directory as d
from services.contracts.codec import Unreadable, decode_decision
from services.contracts.envelope import TICK, GenerationBegun, LogBegun, LogMended, LogResumed
from services.contracts.receiving import ReceiverTroubleNoted
from services.contracts.shadow import DecidedOtherwiseNoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from services.contracts.envelope import Decision, Event
    from services.eventsourcing.ports import Record
    from services.picture.names import SiteName
    from services.picture.visibility import Scope

# Of the log and the machine, or public (the directory of providers): everybody's.
_OPEN = (
    LogBegun,
    LogMended,
    LogResumed,
    GenerationBegun,
    d.ProviderNoted,
    a.ClockFaulted,
    a.ClockTrusted,
    a.HostClockNoted,
    ReceiverTroubleNoted,
    DecidedOtherwiseNoted,
)


class Owner(msgspec.Struct, frozen=True):
    """Whose a site is and in whose area."""

    provider: str | None = None
    bureau: str | None = None


_NOBODYS = Owner("", "")


def subjects_of(records: Iterable[Record]) -> set[str]:
    """The subjects whose owner must be known."""
    decisions = (_decision(record) for record in records)
    return {one.subject for one in decisions if one is not None and not _is_open(one)}


def unseen(
    records: Sequence[Record],
    scope: Scope,
    sites: Mapping[str, SiteName],
    theirs: Collection[str] = frozenset(),
) -> set[int]:
    """The offsets to withhold. What cannot be read is withheld too: nobody knows whose it is.

    `theirs`: alarms, reports and interruptions that whoever asks is known to see.
    """
    return {record.offset for record in records if not _seen(record, scope, sites, theirs)}


def _seen(record: Record, scope: Scope, sites: Mapping[str, SiteName], theirs: Collection[str]) -> bool:
    decision = _decision(record)
    if decision is None:
        return False
    return _is_open(decision) or all(scope.holds(owner) for owner in _owners(decision, sites, theirs))


def _owners(decision: Decision, sites: Mapping[str, SiteName], theirs: Collection[str]) -> list[Owner]:
    """As the decision itself says it, else as the register does.

    A tick may speak of many sites, of which it names none: what falls due on it is somebody's, nobody knows whose.
    """
    if decision.id.startswith(TICK):
        return [one for event in decision.events if (one := _due(event, theirs)) is not None]
    said = [owner for event in decision.events if (owner := _said(event)) is not None]
    if said:
        return said
    site = sites.get(decision.subject)
    return [Owner() if site is None else Owner(site.provider, site.bureau)]


def _due(event: Event, theirs: Collection[str]) -> Owner | None:
    """Whose it is that fell due; None: everybody's, or theirs who ask."""
    about = {getattr(event, name, None) for name in ("alarm", "escalation", "interruption")}
    if isinstance(event, _OPEN) or not about.isdisjoint(theirs):
        return None
    return _said(event) or _NOBODYS


def _said(event: Event) -> Owner | None:
    match event:
        case a.AlarmRaised() | a.AlarmAdopted():
            return Owner(event.provider, event.bureau)
        case d.SiteNoted():
            return Owner(event.site.provider, event.site.bureau)
        case _:
            return None


def _is_open(decision: Decision) -> bool:
    return bool(decision.events) and all(isinstance(event, _OPEN) for event in decision.events)


def _decision(record: Record) -> Decision | None:
    try:
        return decode_decision(record.value)
    except Unreadable:
        return None
