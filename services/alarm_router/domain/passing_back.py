"""Restores for a shell site that was merged, which come to the other site: asked for, owed, and passed back once.

The shell says what goes on there when it is merged; the site that knows of it passes the first restore of each back. Such a
restore is recorded, and accounted, where it came; the shell's alarms and interruptions are restored by it. Rejected: to
pass back every restore of a line that had a shell, for ever; to move the open alarms to the other partition, with what
people did about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from services.alarm_router.domain import interrupting
from services.alarm_router.domain.answered import CARRIED
from services.alarm_router.domain.bounds import short
from services.alarm_router.domain.codes import why_logged
from services.alarm_router.domain.owed_restores import MOST_OWED, left_over
from services.alarm_router.domain.signal import restored, signal_key
from services.contracts.alarm import AlarmAdopted, SignalRecorded
from services.contracts.interruption import InterruptionAdopted
from services.contracts.reports import FollowUp, RestoreBrought, RestoresWanted, SignalCarried
from services.contracts.restores import GoesOn, RestorePassedBack, RestoresAwaited, RestoresOwed
from services.contracts.topics import line_key, shell_site

if TYPE_CHECKING:
    from services.alarm_router.domain.line import Heard
    from services.alarm_router.domain.state import State
    from services.contracts.directory import SiteEntry
    from services.contracts.envelope import Event
    from services.contracts.signals import Qualifier, SignalReceived

NEVER_RESTORED = frozenset(("system", "malformed"))  # classes that no panel ends


def awaited(state: State, site: SiteEntry, adopted: Sequence[Event]) -> tuple[RestoresAwaited, ...]:
    """What goes on at a shell that is merged, where something of it was `adopted` just now."""
    adopts = any(isinstance(event, AlarmAdopted | InterruptionAdopted) for event in adopted)
    if not adopts or site.merged_into is None or site.merged_into == site.id:
        return ()
    of = tuple(dict.fromkeys(_going_on(state, site.id)))[-MOST_OWED:]
    if not of:
        return ()
    return (RestoresAwaited(shell=site.id, site=site.merged_into, since=_newest(state, site.id), of=of),)


def take_wanted(state: State, wanted: RestoresWanted) -> tuple[Event, ...]:
    """What the site owes from here on, and what came for it before the site knew."""
    owed = RestoresOwed(shell=wanted.shell, site=wanted.subject, of=wanted.of)
    passed: list[RestorePassedBack] = []
    left = wanted.of
    for heard in _heard_since(state, wanted):
        if (back := _back(wanted.subject, wanted.shell, left, heard)) is not None:
            passed.append(back)
            left = left_over(left, back)
    return owed, *passed


def passed_back(state: State, signal: SignalReceived, decided: Sequence[Event]) -> tuple[Event, ...]:
    """A restore that the site owes its shell. `decided`: what the signal came to, first how."""
    owed = state.owed.get(signal.subject)
    recorded = decided[0]
    if owed is None or not isinstance(recorded, SignalRecorded) or recorded.reason != "restore":
        return ()
    shell = shell_site(signal.account_space, signal.account)
    back = _back(signal.subject, shell, owed.get(shell, ()), signal)
    return () if back is None else (back,)


def take_brought(state: State, brought: RestoreBrought) -> tuple[Event, ...]:
    """What a restore ends at the shell."""
    interruptions = interrupting.restored(
        state, brought.subject, brought.code, brought.zone, brought.received_at
    )
    return (*restored(state, brought), *interruptions)


def follow_up_key(message: FollowUp) -> str:
    """How a decision names what it was made of: a carried signal as itself, which may come by several sites."""
    if isinstance(message, SignalCarried):
        return CARRIED + signal_key(message.signal.id)
    what = message.shell if isinstance(message, RestoresWanted) else f"{message.code}/{message.zone}"
    return short(f"{CARRIED}restores/{message.cause.partition}/{message.cause.offset}/{what}")


def _going_on(state: State, shell: str) -> Iterator[GoesOn]:
    for alarm in state.open_of.get(shell, ()):
        happening = state.happenings[alarm]
        if happening.class_ not in NEVER_RESTORED:
            yield from (GoesOn(code=code, zone=zone) for code, zone in happening.unrestored)
    for held in state.book.of(shell):
        yield from (GoesOn(code=one.code, zone=one.zone) for one in held.going_on)


def _newest(state: State, shell: str) -> int:
    """When the newest signal of what goes on was received; now, where that is not known any more.

    What is remembered of a subject's signals is archived with its newest happening, and an older alarm may be open still.
    """
    group = state.groups.get(shell)
    if group is None and state.open_of.get(shell):
        return state.time
    began = (held.received_at for held in state.book.of(shell))
    return max((*began, 0 if group is None else group.heard_at))


def _heard_since(state: State, wanted: RestoresWanted) -> Iterator[Heard]:
    """The restores that the shell's line is remembered to have sent to the site already, oldest first."""
    site = state.sites.get(wanted.subject)
    for line in () if site is None else site.lines:
        known = state.lines.known.get(line_key(line.account_space, line.account))
        if known is not None and shell_site(line.account_space, line.account) == wanted.shell:
            yield from (
                one
                for one in known.recent
                if one.received_at >= wanted.since
                and why_logged(one.code, cast("Qualifier", one.qualifier)) == "restore"
            )


def _back(
    site: str, shell: str, owed: Sequence[GoesOn], came: SignalReceived | Heard
) -> RestorePassedBack | None:
    back = RestorePassedBack(
        shell=shell, site=site, code=came.code, area=came.area, zone=came.zone, received_at=came.received_at
    )
    return back if len(left_over(owed, back)) < len(owed) else None
