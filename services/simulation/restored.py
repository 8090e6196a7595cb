"""Shells that were merged: what went on there is over once the site that it became heard so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from services.alarm_router.domain.answered import CARRIED
from services.alarm_router.domain.codes import ended_by
from services.alarm_router.domain.happening import zone_of
from services.alarm_router.domain.signal import signal_key
from services.alarm_router.domain.state import State
from services.contracts.alarm import SignalCarriedOn, SignalRecorded
from services.contracts.envelope import Decision, Event, Refused
from services.contracts.restores import RestorePassedBack, RestoresAwaited, RestoresOwed
from services.contracts.topics import shell_site
from services.simulation.world import expect

if TYPE_CHECKING:
    from services.simulation.judge import Oracles

FOLLOWED = CARRIED + "restores/"


class Waits(NamedTuple):
    """What a shell waits for at a site."""

    site: str
    shell: str
    code: str
    zone: str


def check_restored(oracles: Oracles) -> None:
    """Every follow-up came, and nothing goes on at a shell whose site recorded the restore and knew that it owes it."""
    decisions = [
        (partition, offset, decision)
        for partition, oracle in oracles.items()
        for offset, decision in oracle.decisions
    ]
    arrived = {decision.id for _, _, decision in decisions}
    late = {one.subject for _, _, one in decisions if one.id.startswith(FOLLOWED) and _is_refused(one)}
    for partition, offset, decision in decisions:
        for event in decision.events:
            if (name := followed(partition, offset, event)) is not None:
                expect(name in arrived, f"{name} was to follow and never came")
    going_on = set().union(*(_going_on(oracle.state) for oracle in oracles.values()))
    for oracle in oracles.values():
        for over in _over(decision for _, decision in oracle.decisions):
            held = over in going_on and over.shell not in late
            expect(not held, f"{over} was restored, and goes on at the shell")


def _is_refused(decision: Decision) -> bool:
    return isinstance(decision.answer, Refused)


def followed(partition: int, offset: int, event: Event) -> str | None:
    """How the decision is called that an event has in another partition."""
    match event:
        case SignalCarriedOn(signal=signal):
            return CARRIED + signal_key(signal)
        case RestoresAwaited(shell=what):
            pass
        case RestorePassedBack(code=code, zone=zone):
            what = f"{code}/{zone}"
        case _:
            return None
    return f"{FOLLOWED}{partition}/{offset}/{what}"


def _going_on(state: State) -> Iterator[Waits]:
    """What open alarms and interruptions still wait for, of shells that belong to a site by now."""
    for shell, alarms in state.open_of.items():
        for happening in (state.happenings[alarm] for alarm in alarms):
            if happening.site is not None and happening.site != shell:
                yield from (Waits(happening.site, shell, *one) for one in happening.unrestored)
    for held in state.book.held.values():
        if held.site is not None and held.site != held.subject:
            yield from (Waits(held.site, held.subject, one.code, one.zone) for one in held.going_on)


def _over(decisions: Iterator[Decision]) -> Iterator[Waits]:
    """What sites owed when they recorded that it is over."""
    owed: set[Waits] = set()
    for decision in decisions:
        for event in decision.events:
            if isinstance(event, RestoresOwed):
                owed |= {Waits(event.site, event.shell, one.code, one.zone) for one in event.of}
            if isinstance(event, SignalRecorded) and event.reason == "restore":
                space, _, account = event.signal.line.partition("/")
                here = {
                    Waits(decision.subject, shell_site(space, account), code, zone_of(event.zone))
                    for code in ended_by(event.code)
                }
                yield from here & owed
                owed -= here
