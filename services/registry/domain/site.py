"""A site and the account lines by which panels name it.

That a line belongs to one site only is a rule across sites: it is held where all of them are seen, in the
import and by the store's unique key, not here.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

import msgspec

from services.contracts.directory import Line, SiteEntry
from services.contracts.registry import (
    SiteCorrected,
    SiteDetails,
    SiteEvent,
    SiteLineAssigned,
    SiteLineSupervised,
    SiteMerged,
    SiteRegistered,
)
from services.contracts.stored import Sealed
from services.contracts.topics import line_key
from services.eventsourcing.decider import ACCEPTED, ALREADY, Decider, Outcome, refused

# --- State ---


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """Nobody registered it."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """Registered."""

    id: str
    key: str
    details: SiteDetails
    lines: tuple[Line, ...] = ()


class Merged(msgspec.Struct, frozen=True, gc=False):
    """A shell site that turned out to be the site `into`."""

    id: str
    into: str


Site: TypeAlias = Unknown | Known | Merged

# --- Commands ---


class Enter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Register the site, or correct its entry where it differs."""

    id: str
    key: str
    details: SiteDetails
    now_us: int


class AssignLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From now on the line names this site.

    `key`: the sealed AES key of its panel; None leaves a line that is assigned already as it is.
    """

    line: Line
    now_us: int
    key: Sealed | None = None


class Supervise(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From now on the line is to be heard at least every `line.interval_s`; None: it is not supervised."""

    line: Line
    now_us: int


class Merge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shell site, which nobody registered, is the site `into`."""

    id: str
    into: str
    now_us: int


Command: TypeAlias = Enter | AssignLine | Supervise | Merge


def decide(site: Site, command: Command) -> Outcome[SiteEvent]:
    """What follows from `command`. Pure; a repeated command answers `already`."""
    match command:
        case Enter():
            return _enter(site, command)
        case AssignLine():
            return _assign(site, command)
        case Supervise():
            return _supervise(site, command)
        case Merge():
            return _merge(site, command)
        case _:
            assert_never(command)


def evolve(site: Site, event: SiteEvent) -> Site:
    """The state after `event`. Never refuses: what is stored has happened."""
    match event:
        case SiteRegistered():
            return Known(event.site, event.key, event.details)
        case SiteCorrected():
            return msgspec.structs.replace(site, details=event.details) if isinstance(site, Known) else site
        case SiteLineAssigned():
            return _with_line(site, event)
        case SiteLineSupervised():
            return _with_supervision(site, event)
        case SiteMerged():
            return Merged(event.site, event.into)
        case _:
            assert_never(event)


def entry(site: Known) -> SiteEntry:
    """The site as decisions need it."""
    known = site.details
    return SiteEntry(
        id=site.id,
        provider=known.provider,
        site_class=known.site_class,
        division=known.division,
        bureau=known.bureau,
        lines=site.lines,
    )


def merged_entry(shell: Merged, into: Known) -> SiteEntry:
    """A merged shell site as decisions need it: what is known of the other, and which that is."""
    return msgspec.structs.replace(entry(into), id=shell.id, lines=(), merged_into=into.id)


def _enter(site: Site, command: Enter) -> Outcome[SiteEvent]:
    match site:
        case Unknown():
            new = SiteRegistered(
                at_us=command.now_us, site=command.id, key=command.key, details=command.details
            )
            return ACCEPTED, (new,)
        case Known(details=details) if details == command.details:
            return ALREADY, ()
        case Known():
            return ACCEPTED, (SiteCorrected(at_us=command.now_us, site=site.id, details=command.details),)
        case Merged():
            return refused("site.merged", into=site.into), ()
        case _:
            assert_never(site)


def _assign(site: Site, command: AssignLine) -> Outcome[SiteEvent]:
    match site:
        case Unknown():
            return refused("site.unknown"), ()
        case Known() if command.key is None and _line_of(site, command.line) is not None:
            return ALREADY, ()
        case Known():
            line = command.line
            said = SiteLineAssigned(
                at_us=command.now_us,
                site=site.id,
                account_space=line.account_space,
                account=line.account,
                key=command.key,
            )
            return ACCEPTED, (said,)
        case Merged():
            return refused("site.merged", into=site.into), ()
        case _:
            assert_never(site)


def _supervise(site: Site, command: Supervise) -> Outcome[SiteEvent]:
    match site:
        case Unknown():
            return refused("site.unknown"), ()
        case Known():
            return _supervise_known(site, command)
        case Merged():
            return refused("site.merged", into=site.into), ()
        case _:
            assert_never(site)


def _supervise_known(site: Known, command: Supervise) -> Outcome[SiteEvent]:
    line, held = command.line, _line_of(site, command.line)
    if held is None:
        return refused("line.unknown"), ()
    if held == line:
        return ALREADY, ()
    said = SiteLineSupervised(
        at_us=command.now_us,
        site=site.id,
        account_space=line.account_space,
        account=line.account,
        interval_s=line.interval_s,
        delay_s=line.delay_s,
    )
    return ACCEPTED, (said,)


def _merge(site: Site, command: Merge) -> Outcome[SiteEvent]:
    match site:
        case Unknown():
            return ACCEPTED, (SiteMerged(at_us=command.now_us, site=command.id, into=command.into),)
        case Known():
            return refused("site.registered"), ()
        case Merged(into=into) if into == command.into:
            return ALREADY, ()
        case Merged():
            return refused("site.merged", into=site.into), ()
        case _:
            assert_never(site)


def _with_line(site: Site, event: SiteLineAssigned) -> Site:
    if not isinstance(site, Known):
        return site
    line = Line(account_space=event.account_space, account=event.account)
    if _line_of(site, line) is not None:
        return site
    return msgspec.structs.replace(site, lines=(*site.lines, line))


def _with_supervision(site: Site, event: SiteLineSupervised) -> Site:
    if not isinstance(site, Known):
        return site
    line = Line(
        account_space=event.account_space,
        account=event.account,
        interval_s=event.interval_s,
        delay_s=event.delay_s,
    )
    lines = tuple(line if named(one) == named(line) else one for one in site.lines)
    return msgspec.structs.replace(site, lines=lines)


def named(line: Line) -> str:
    """Which line it is, whatever else is known of it."""
    return line_key(line.account_space, line.account)


def _line_of(site: Known, line: Line) -> Line | None:
    return next((one for one in site.lines if named(one) == named(line)), None)


SITE: Decider[Site, Command, SiteEvent] = Decider(initial=Unknown(), decide=decide, evolve=evolve)
