"""What a partition remembers: what is open, plus seven days. Always the fold of its counting decisions."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain.alarm import Alarm
from services.contracts import alarm as a
from services.contracts.directory import ProviderEntry, ProviderNoted, SiteEntry, SiteNoted
from services.contracts.envelope import Answer, Decision, LogBegun
from services.contracts.stored import SignalId

MINUTE_US = 60_000_000
COMMAND_VALID_US = 2 * MINUTE_US
RETRANSMIT_US = 10 * MINUTE_US
RECENT_PER_LINE = 32
RUNS_PER_LINE = 64


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A signal as its line remembers it, to know a panel's repetition."""

    sequence: str | None
    code: str
    qualifier: str
    area: str
    zone: str
    panel_time: int | None
    received_at: int


class LineState(msgspec.Struct, gc=False):
    """One account line: the newest counter of each receiver run, and what was heard of late."""

    marks: dict[str, int] = msgspec.field(default_factory=dict)
    recent: list[Heard] = msgspec.field(default_factory=list)


class State(msgspec.Struct, gc=False):
    """One partition. Changed only by `evolve`."""

    partition: int
    log_id: str = ""
    time: int = 0
    registry_position: int = 0
    providers: dict[str, ProviderEntry] = msgspec.field(default_factory=dict)
    sites: dict[str, SiteEntry] = msgspec.field(default_factory=dict)
    lines: dict[str, LineState] = msgspec.field(default_factory=dict)
    alarms: dict[str, Alarm] = msgspec.field(default_factory=dict)
    open_of: dict[str, list[str]] = msgspec.field(default_factory=dict)
    escalations: dict[str, str] = msgspec.field(default_factory=dict)
    deadlines: list[tuple[int, str]] = msgspec.field(default_factory=list)
    answers: dict[str, Answer] = msgspec.field(default_factory=dict)
    answers_end: deque[tuple[int, str]] = msgspec.field(default_factory=deque)


def evolve(state: State, decision: Decision) -> None:
    """Make `state` the state after `decision`. Never refuses: what is stored has happened."""
    state.time = max(state.time, decision.time)
    for event in decision.events:
        FOLDS[type(event)](state, event, decision.time)
    if decision.id and "/" not in decision.id:
        state.answers[decision.id] = decision.answer
        state.answers_end.append((decision.time + COMMAND_VALID_US + MINUTE_US, decision.id))
    while state.answers_end and state.answers_end[0][0] < state.time:
        state.answers.pop(state.answers_end.popleft()[1], None)


def _heard(state: State, event: a.SignalRecorded, _: int) -> None:
    signal = event.signal
    line = state.lines.get(signal.line)
    if line is None:
        line = state.lines[signal.line] = LineState()
    line.marks.pop(signal.run, None)  # the run heard last is forgotten last
    line.marks[signal.run] = signal.counter
    if len(line.marks) > RUNS_PER_LINE:
        del line.marks[next(iter(line.marks))]
    if event.outcome != "retransmit" and event.sequence is not None:
        line.recent.append(heard_of(event))
        if len(line.recent) > RECENT_PER_LINE:
            del line.recent[0]


def heard_of(event: a.SignalRecorded) -> Heard:
    """What the line remembers of a recorded signal."""
    return Heard(
        event.sequence,
        event.code,
        event.qualifier,
        event.area,
        event.zone,
        event.panel_time,
        event.received_at,
    )


def _raised(state: State, event: a.AlarmRaised, _: int) -> None:
    alarm = alarms.raised(event)
    state.alarms[alarm.id] = alarm
    state.open_of.setdefault(alarm.subject, []).append(alarm.id)
    heapq.heappush(state.deadlines, (alarm.claim_due, alarm.id))


def _changed(state: State, event: alarms.Event, at: int) -> Alarm | None:
    """The alarm after `event`, held; None where it was not held."""
    before = state.alarms.get(event.alarm)
    if before is None:
        return None
    after = alarms.evolve(before, event, at)
    state.alarms[after.id] = after
    prune(state)
    return after


def _escalated(state: State, event: a.AlarmEscalated, at: int) -> None:
    after = _changed(state, event, at)
    if after is not None:
        state.escalations[event.escalation] = after.id


def _closed(state: State, event: a.AlarmClosed, at: int) -> None:
    after = _changed(state, event, at)
    if after is not None:
        _take_out(state.open_of, after)
        heapq.heappush(state.deadlines, (at + alarms.KEPT_US, after.id))


def _archived(state: State, event: a.AlarmArchived, _: int) -> None:
    alarm = state.alarms.pop(event.alarm, None)
    if alarm is None:
        return
    _take_out(state.open_of, alarm)
    if alarm.escalation is not None:
        state.escalations.pop(alarm.escalation.id, None)
    prune(state)


def prune(state: State) -> None:
    """Drop deadlines at the top that nothing waits for any more."""
    while state.deadlines:
        when, alarm_id = state.deadlines[0]
        alarm = state.alarms.get(alarm_id)
        if alarm is not None and alarms.next_deadline(alarm) == when:
            return
        heapq.heappop(state.deadlines)


def _drop_deadline(state: State, event: a.DeadlineFailed, _: int) -> None:
    state.deadlines = [deadline for deadline in state.deadlines if deadline[1] != event.alarm]
    heapq.heapify(state.deadlines)


def _site_noted(state: State, event: SiteNoted, _: int) -> None:
    state.sites[event.site.id] = event.site
    state.registry_position = event.position


def _provider_noted(state: State, event: ProviderNoted, _: int) -> None:
    state.providers[event.provider.id] = event.provider
    state.registry_position = event.position


def _log_begun(state: State, event: LogBegun, _: int) -> None:
    state.log_id = event.log_id


def _take_out(open_of: dict[str, list[str]], alarm: Alarm) -> None:
    ids = open_of.get(alarm.subject, [])
    if alarm.id in ids:
        ids.remove(alarm.id)
    if not ids:
        open_of.pop(alarm.subject, None)


def same_signal(state: State, signal: SignalId) -> bool:
    """Whether this very signal was decided before: lower than or equal to the line's mark of that run."""
    line = state.lines.get(signal.line)
    return line is not None and signal.counter <= line.marks.get(signal.run, 0)


# A table, not a `match`: a class pattern that fails costs as much as all that an event changes, and there
# are a dozen. That every event of the union stands here is held by a unit test.
FOLDS: Final[Mapping[type, Callable[..., object]]] = {
    a.SignalRecorded: _heard,
    a.AlarmRaised: _raised,
    a.ClaimFellDue: _changed,
    a.AlarmClaimed: _changed,
    a.AlarmVerified: _changed,
    a.AlarmEscalated: _escalated,
    a.EscalationSignedFor: _changed,
    a.AlarmClosed: _closed,
    a.AlarmArchived: _archived,
    a.DeadlineFailed: _drop_deadline,
    SiteNoted: _site_noted,
    ProviderNoted: _provider_noted,
    LogBegun: _log_begun,
}
