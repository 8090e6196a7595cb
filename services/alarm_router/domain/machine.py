"""The router as a machine: one inbox record in, one outcome out (eventsourcing.partition drives it)."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import assert_never

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import signal as signals
from services.alarm_router.domain import state as states
from services.alarm_router.domain.identity import derived
from services.alarm_router.domain.state import COMMAND_VALID_US, MINUTE_US, State
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts.alarm import DeadlineFailed
from services.contracts.codec import Malformed, decode_inbox
from services.contracts.commands import instant_of
from services.contracts.envelope import (
    Accepted,
    Already,
    Answer,
    Decision,
    Event,
    InboxRecord,
    Refused,
    Tick,
)
from services.contracts.signals import SignalMalformed, SignalReceived
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import Record

MAX_AHEAD_US = 60_000_000  # a broker's stamp beyond the sender's time plus this is not believed
DEADLINES_PER_TICK = 100

ACCEPTED, ALREADY = Accepted(), Already()


class AlarmRouter:
    """The machine of an alarm partition. See `services.eventsourcing.partition.Machine`."""

    def initial(self, partition: int) -> State:
        """The state before genesis."""
        return State(partition=partition)

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """The state after `decision`."""
        del offset
        states.evolve(state, decision)

    def decide(self, state: State, record: Record) -> Outcome | None:
        """What follows from an inbox record. Raises `UnknownTag`: the partition stops, it is the older one."""
        try:
            message = decode_inbox(record.value)
        except Malformed:
            return self._unreadable(state, record)
        time = _time(state, record, message)
        try:
            return _decide(state, message, record.offset, time)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
            return _fallen(state, message, record.offset, time)

    def refuse_large(self, state: State, record: Record) -> Outcome:
        """The short outcome of a record whose decision would be too large."""
        message = decode_inbox(record.value)
        return _fallen(state, message, record.offset, _time(state, record, message))

    def _unreadable(self, state: State, record: Record) -> Outcome:
        subject = f"partition/{state.partition}"
        time = max(state.time, record.stamp_us)
        events = signals.raise_unreadable(state, subject, record.offset, time)
        return Outcome(time, subject, "", ACCEPTED, events)


def _time(state: State, record: Record, message: InboxRecord) -> int:
    """Partition time at `record`: the largest believable stamp so far."""
    return max(state.time, min(record.stamp_us, message.sent_at + MAX_AHEAD_US))


def _decide(state: State, message: InboxRecord, source: int, time: int) -> Outcome | None:
    match message:
        case Tick():
            return _tick(state, source, time)
        case SignalReceived() | SignalMalformed():
            return _signal(state, message, source, time)
        case d.SiteSet() | d.ProviderSet():
            return _directory(state, message, time)
        case c.ClaimAlarm() | c.VerifyAlarm() | c.EscalateAlarm() | c.CloseAlarm() | c.SignForEscalation():
            return _command(state, message, source, time)
        case _:
            assert_never(message)


def _tick(state: State, source: int, time: int) -> Outcome | None:
    events = _due(state, time)
    if not events:
        return None
    return Outcome(time, f"partition/{state.partition}", f"tick/{source}", ACCEPTED, events)


def _due(state: State, time: int) -> tuple[Event, ...]:
    """The first hundred deadlines that are due. `evolve` takes them off; the next tick goes on.

    The first of the heap always waits for something (`state.prune`), so every tick gets on.
    """
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    events: list[Event] = []
    for when, alarm_id in heapq.nsmallest(DEADLINES_PER_TICK, state.deadlines):
        alarm = state.alarms.get(alarm_id)
        if alarm is not None and when <= time and alarms.next_deadline(alarm) == when:
            events.extend(_fire(alarm, time))
    return tuple(events)


def _due_of(state: State, subject: str, time: int) -> tuple[Event, ...]:
    """The due deadlines of one subject, fired before its record is decided."""
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    first = islice(state.open_of.get(subject, ()), signals.OPEN_PER_SUBJECT)
    held = (state.alarms[alarm_id] for alarm_id in first)
    return tuple(event for alarm in held for event in _fire(alarm, time))


def _fire(alarm: alarms.Alarm, time: int) -> tuple[Event, ...]:
    try:
        return alarms.due(alarm, time)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        failed = DeadlineFailed(alarm=alarm.id, subject=alarm.subject, kind="alarm", error=repr(error)[:200])
        return (failed,)


def _signal(state: State, message: SignalReceived | SignalMalformed, source: int, time: int) -> Outcome:
    key = signals.signal_key(message.id)
    due = _due_of(state, message.subject, time)
    if states.same_signal(state, message.id):
        return Outcome(time, message.subject, key, ALREADY, due)
    if isinstance(message, SignalMalformed):
        events = signals.raise_raw(state, message, source, time, message.reason)
    else:
        events = signals.decide_signal(state, message, source, time)
    return Outcome(time, message.subject, key, ACCEPTED, due + events)


def _directory(state: State, message: d.SiteSet | d.ProviderSet, time: int) -> Outcome:
    name = f"registry/{message.position}"
    subject = message.site.id if isinstance(message, d.SiteSet) else message.provider.id
    if message.position <= state.registry_position:
        return Outcome(time, subject, name, ALREADY, ())
    event: Event
    if isinstance(message, d.SiteSet):
        event = d.SiteNoted(position=message.position, site=message.site)
    else:
        event = d.ProviderNoted(position=message.position, provider=message.provider)
    return Outcome(time, subject, name, ACCEPTED, (event,))


def _command(state: State, command: c.Command, source: int, time: int) -> Outcome:
    due = _due_of(state, command.subject, time)
    if (before := state.answers.get(command.id)) is not None:
        return Outcome(time, command.subject, command.id, before, due)
    answer, events = _judge(state, command, source, time)
    return Outcome(time, command.subject, command.id, answer, due + events)


def _judge(state: State, command: c.Command, source: int, time: int) -> tuple[Answer, tuple[Event, ...]]:
    """Whether the command is in time and about something held; then the alarm decides."""
    made = instant_of(command.id)
    if time > made + COMMAND_VALID_US:
        return Refused(reason="too_late"), ()
    if made > time + MINUTE_US:
        return Refused(reason="too_early"), ()
    alarm_id = (
        state.escalations.get(command.escalation, "")
        if isinstance(command, c.SignForEscalation)
        else command.alarm
    )
    alarm = state.alarms.get(alarm_id)
    if alarm is None or alarm.subject != command.subject:
        unknown = "escalation.unknown" if isinstance(command, c.SignForEscalation) else "alarm.not_open"
        return Refused(reason=unknown), ()
    return alarms.decide(alarm, command, _escalation_id(state, command, source, alarm.bureau))


def _escalation_id(state: State, command: c.Command, source: int, bureau: str | None) -> str:
    if not isinstance(command, c.EscalateAlarm):
        return ""
    return derived(state.log_id, state.partition, source, 0, bureau or "")


def _fallen(state: State, message: InboxRecord, source: int, time: int) -> Outcome:
    """`decide` raised: a signal is raised raw, a command refused with a supervisor's alarm, the rest stops."""
    match message:
        case SignalReceived() | SignalMalformed():
            events = signals.raise_raw(state, message, source, time, "internal")
            return Outcome(time, message.subject, signals.signal_key(message.id), ACCEPTED, events)
        case c.ClaimAlarm() | c.VerifyAlarm() | c.EscalateAlarm() | c.CloseAlarm() | c.SignForEscalation():
            alarm = signals.raise_system(state, message.subject, source, time, "command.internal")
            return Outcome(time, message.subject, message.id, Refused(reason="internal"), (alarm,))
        case _:
            raise StopPartition(f"inbox offset {source}: {type(message).__name__} could not be decided")


class StopPartition(Exception):
    """What was asked must not be skipped: the partition stops until a person mends it."""
