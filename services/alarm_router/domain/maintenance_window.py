"""A maintenance window at a site: work that was said beforehand.

It covers what is received after it was decided, within its times and its classes of facts. A window entered
afterwards (补录) is kept and shown as such, and covers nothing that came before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.contracts import interruption as i
from services.contracts.envelope import Answer
from services.contracts.interruption import FactClass
from services.contracts.stored import Actor
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused

Decided: TypeAlias = tuple[Answer, tuple[i.WindowEvent, ...]]

DAY_US = 86_400_000_000
KEPT_US = 7 * DAY_US  # after its end; a signal that a receiver kept back is still judged by it
LONGEST_US = 31 * DAY_US
AHEAD_US = 366 * DAY_US
MOST_OPEN = 50
MAX_CHARS = 64
_MAY_OPEN = frozenset({"shift_supervisor", "engineer"})


class Window(msgspec.Struct, frozen=True, gc=False):
    """A window. `decided_at`: partition time of its decision; `until_us`: its end, earlier where somebody ended it."""

    id: str
    subject: str
    provider: str | None
    decided_at: int
    from_us: int
    until_us: int
    facts: tuple[FactClass, ...]
    ended: bool = False


class Site(msgspec.Struct, frozen=True, gc=False):
    """The site as known here, its windows, and the open interruptions that a window of these times names."""

    known: bool
    provider: str | None
    bureau: str | None
    windows: tuple[Window, ...]
    afterwards: tuple[str, ...]


def decide(site: Site, command: i.WindowCommand, window: str, now: int) -> Decided:
    """What follows from `command` at `now`. `window`: the id that a new one would get."""
    if not _MAY_OPEN & set(command.by.roles):
        return refused("role.missing", role="shift_supervisor"), ()
    if not _is_theirs(command.by, site.provider):
        return refused("scope.not_visible"), ()
    match command:
        case i.OpenMaintenanceWindow():
            return _open(site, command, window, now)
        case i.EndMaintenanceWindow():
            return _end(site, command, now)
        case _:
            assert_never(command)


def opened(event: i.MaintenanceWindowOpened, at: int) -> Window:
    """The window as it begins; `at`: when it was decided."""
    return Window(event.window, event.subject, event.provider, at, event.from_us, event.until_us, event.facts)


def ended(window: Window, at: int) -> Window:
    """The window after somebody ended it."""
    return replace(window, until_us=min(window.until_us, at), ended=True)


def next_deadline(window: Window) -> int:
    """When the state may forget it."""
    return max(window.until_us, window.decided_at) + KEPT_US


def due(window: Window, now: int) -> tuple[i.MaintenanceWindowArchived, ...]:
    """What time has brought."""
    return (i.MaintenanceWindowArchived(window=window.id),) if now >= next_deadline(window) else ()


def covers(window: Window, fact: FactClass, received_at: int) -> bool:
    """Whether it was decided before the fact was received, and names it."""
    return window.decided_at < received_at and names(window, fact, received_at)


def names(window: Window, fact: FactClass, received_at: int) -> bool:
    """Whether its times and classes name the fact, whenever it was entered."""
    return window.from_us <= received_at < window.until_us and (not window.facts or fact in window.facts)


def judged(
    here: Iterable[Window], fact: FactClass, received_at: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The windows of the site that cover the fact, and those that name it and were entered afterwards (补录)."""
    naming = [one for one in here if names(one, fact, received_at)]
    covering = tuple(one.id for one in naming if covers(one, fact, received_at))
    return covering, tuple(one.id for one in naming if one.id not in covering)


def covered_until(here: Collection[Window], window: Window, fact: FactClass) -> int:
    """Until when a fact that goes on stays covered: windows that were decided in time carry it on."""
    last = window
    while (following := that_follows(here, last, fact)) is not None:
        last = following
    return last.until_us


def that_follows(here: Collection[Window], window: Window, fact: FactClass) -> Window | None:
    """The window that carries on what goes on when this one ends; of several that which ends last."""
    following = (one for one in here if covers(one, fact, window.until_us))
    return max(following, key=lambda one: one.until_us, default=None)


def _is_theirs(by: Actor, provider: str | None) -> bool:
    return by.provider is None or by.provider == provider


def _open(site: Site, command: i.OpenMaintenanceWindow, window: str, now: int) -> Decided:
    if (reason := _unsound(command, now)) is not None:
        return refused(reason), ()
    if sum(one.until_us > now for one in site.windows) >= MOST_OPEN:
        return refused("window.too_many", most=str(MOST_OPEN)), ()
    event = i.MaintenanceWindowOpened(
        window=window,
        subject=command.subject,
        by=command.by,
        kind=command.kind,
        from_us=command.from_us,
        until_us=command.until_us,
        facts=command.facts,
        reference=command.reference,
        opinion=command.opinion,
        plan=command.plan,
        note=command.note,
        site_known=site.known,
        bureau=site.bureau,
        provider=site.provider,
        afterwards=site.afterwards,
    )
    return ACCEPTED, (event,)


def _unsound(command: i.OpenMaintenanceWindow, now: int) -> str | None:
    """Why the window cannot be, if so. LN-2015:9 para 2: municipal works are agreed with the police beforehand."""
    long = (len(text) > MAX_CHARS for text in (command.reference, command.opinion, command.plan))
    if any(long) or len(set(command.facts)) != len(command.facts):
        return "window.malformed"
    if not command.from_us < command.until_us <= command.from_us + LONGEST_US:
        return "window.times"
    if not now - AHEAD_US <= command.from_us <= now + AHEAD_US:
        return "window.times"
    if command.kind == "municipal_works" and not (command.reference and command.opinion and command.plan):
        return "window.documents_needed"
    return None


def _end(site: Site, command: i.EndMaintenanceWindow, now: int) -> Decided:
    window = next((one for one in site.windows if one.id == command.window), None)
    if window is None:
        return refused("window.unknown"), ()
    if window.ended:
        return ALREADY, ()
    if window.until_us <= now:
        return refused("window.over"), ()
    return ACCEPTED, (i.MaintenanceWindowEnded(window=window.id, subject=command.subject, by=command.by),)
