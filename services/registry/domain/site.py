"""A site: the account lines by which panels name it, the contracts about it, and whom to call.

That a line belongs to one site only is a rule across sites: it is held where all of them are seen, in the
import and by the store's unique key, not here.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

import msgspec

from services.contracts.directory import Line, SiteEntry
from services.contracts.registry import (
    Callee,
    Contract,
    SiteCallListSet,
    SiteContractSet,
    SiteCorrected,
    SiteDetails,
    SiteEvent,
    SiteLineAssigned,
    SiteLineReleased,
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
    """Registered. `keys`: sealed, of those of its lines whose panels encipher, by `named`."""

    id: str
    key: str
    details: SiteDetails
    lines: tuple[Line, ...] = ()
    keys: dict[str, Sealed] = {}
    contracts: tuple[Contract, ...] = ()
    people: tuple[Callee, ...] = ()


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


class ReleaseLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From now on the line names this site no more."""

    line: Line
    now_us: int


class SetContract(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Note a contract, or correct it."""

    contract: Contract
    now_us: int


class SetCallList(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From now on these are called, in this order."""

    people: tuple[Callee, ...]
    now_us: int


class Merge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shell site, which nobody registered, is the site `into`."""

    id: str
    into: str
    now_us: int


Command: TypeAlias = Enter | AssignLine | Supervise | ReleaseLine | SetContract | SetCallList | Merge


def decide(site: Site, command: Command) -> Outcome[SiteEvent]:
    """What follows from `command`. Pure; a repeated command answers `already`."""
    match command:
        case Enter():
            return _enter(site, command)
        case AssignLine():
            return _assign(site, command)
        case Supervise() | ReleaseLine() | SetContract() | SetCallList():
            return _of_known(site, command)
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
        case SiteLineReleased() | SiteContractSet() | SiteCallListSet():
            return _changed(site, event) if isinstance(site, Known) else site
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


def _of_known(site: Site, command: Supervise | ReleaseLine | SetContract | SetCallList) -> Outcome[SiteEvent]:
    """What only a registered site can have."""
    match site:
        case Unknown():
            return refused("site.unknown"), ()
        case Merged():
            return refused("site.merged", into=site.into), ()
        case Known() if isinstance(command, Supervise):
            return _supervise(site, command)
        case Known():
            said = _said(site, command)
            return (ALREADY, ()) if said is None else (ACCEPTED, (said,))
        case _:
            assert_never(site)


def _supervise(site: Known, command: Supervise) -> Outcome[SiteEvent]:
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


def _said(site: Known, command: ReleaseLine | SetContract | SetCallList) -> SiteEvent | None:
    """The event; None: it is so already."""
    at = command.now_us
    match command:
        case ReleaseLine(line=line):
            said = SiteLineReleased(
                at_us=at, site=site.id, account_space=line.account_space, account=line.account
            )
            return None if _line_of(site, line) is None else said
        case SetContract(contract=contract):
            known = contract in site.contracts
            return None if known else SiteContractSet(at_us=at, site=site.id, contract=contract)
        case SetCallList(people=people):
            return None if people == site.people else SiteCallListSet(at_us=at, site=site.id, people=people)
        case _:
            assert_never(command)


def _changed(site: Known, event: SiteLineReleased | SiteContractSet | SiteCallListSet) -> Known:
    match event:
        case SiteLineReleased():
            gone = line_key(event.account_space, event.account)
            lines = tuple(line for line in site.lines if named(line) != gone)
            keys = {line: key for line, key in site.keys.items() if line != gone}
            return msgspec.structs.replace(site, lines=lines, keys=keys)
        case SiteContractSet(contract=contract):
            kept = [known for known in site.contracts if known.id != contract.id]
            ordered = sorted([*kept, contract], key=lambda one: (one.begins, one.id))
            return msgspec.structs.replace(site, contracts=tuple(ordered))
        case SiteCallListSet(people=people):
            return msgspec.structs.replace(site, people=people)
        case _:
            assert_never(event)


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
    lines = site.lines if _line_of(site, line) is not None else (*site.lines, line)
    keys = site.keys if event.key is None else {**site.keys, named(line): event.key}
    return msgspec.structs.replace(site, lines=lines, keys=keys)


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
