"""What time has brought: the deadlines of alarms, interruptions and windows, each by its own rules.

`evolve` takes off what fired. What cannot be judged is said once, with an alarm for a supervisor, and not tried again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import assert_never

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import interrupting, reported
from services.alarm_router.domain import maintenance_window as windows
from services.alarm_router.domain import signal as signals
from services.alarm_router.domain import state as states
from services.alarm_router.domain.state import State
from services.contracts.alarm import DeadlineFailed
from services.contracts.envelope import Event

DEADLINES_PER_TICK = 100


def due(state: State, source: int, time: int) -> tuple[Event, ...]:
    """The first hundred deadlines that are due. `evolve` takes them off; the next tick goes on.

    The first of the heap always waits for something (`state.prune`), so every tick gets on.
    """
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    events: list[Event] = []
    first = dict.fromkeys(heapq.nsmallest(DEADLINES_PER_TICK, state.deadlines))  # one may stand there twice
    for when, kind, name in first:
        if when <= time and states.awaited(state, kind, name) == when:
            events.extend(_fire(state, kind, name, time))
    return _with_supervisors(state, events, source, time)


def due_of(state: State, subject: str, source: int, time: int) -> tuple[Event, ...]:
    """The due deadlines of one subject, fired before its record is decided."""
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    fired = [
        event
        for kind, name in _held_of(state, subject)
        if not states.has_failed(state, kind, name)
        for event in _fire(state, kind, name, time)
    ]
    return _with_supervisors(state, fired, source, time)


def _held_of(state: State, subject: str) -> Iterator[tuple[states.Waiting, str]]:
    """What a subject has that waits for something."""
    for alarm in state.open_of.get(subject, ()):
        yield "alarm", alarm
    for held in state.book.held_of.get(subject, ()):
        yield "interruption", held


def _with_supervisors(state: State, fired: list[Event], source: int, time: int) -> tuple[Event, ...]:
    """What fell due, and the supervisor's alarms about it: one a subject for what could not be judged."""
    if not fired:
        return ()
    failed = dict.fromkeys(event.subject for event in fired if isinstance(event, DeadlineFailed))
    told = reported.with_undelivered(state, fired, source, time)
    raised = (
        signals.raise_system(state, subject, source, time, "deadline.failed", index)
        for index, subject in enumerate(failed, len(told) - len(fired) + 1)
    )
    return *told, *raised


def _fire(state: State, kind: states.Waiting, name: str, time: int) -> tuple[Event, ...]:
    try:
        return _due_now(state, kind, name, time)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        subject = _subject_of(state, kind, name)
        return (DeadlineFailed(alarm=name, subject=subject, kind=kind, error=repr(error)[:200]),)


def _due_now(state: State, kind: states.Waiting, name: str, time: int) -> tuple[Event, ...]:
    match kind:
        case "alarm":
            return alarms.due(state.alarms[name], time)
        case "interruption":
            return interrupting.due(state, state.book.held[name], time)
        case "window":
            return windows.due(state.book.windows[name], time)
        case _:
            assert_never(kind)


def _subject_of(state: State, kind: states.Waiting, name: str) -> str:
    if kind == "alarm":
        return state.alarms[name].subject
    return (state.book.held if kind == "interruption" else state.book.windows)[name].subject
