"""The router as a machine: one inbox record in, one outcome out (eventsourcing.partition drives it)."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import assert_never

from msgspec.structs import replace

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import clock as clocks
from services.alarm_router.domain import directory as directories
from services.alarm_router.domain import escalation as escalations
from services.alarm_router.domain import reported
from services.alarm_router.domain import signal as signals
from services.alarm_router.domain import silence as silences
from services.alarm_router.domain import state as states
from services.alarm_router.domain.bounds import LARGE_RECORD, short, shortened
from services.alarm_router.domain.identity import derived
from services.alarm_router.domain.state import COMMAND_VALID_US, MINUTE_US, State
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts.alarm import AlarmRaised, DeadlineFailed
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
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.reports import (
    EscalationReceipt,
    HostClockMeasured,
    SignalCarried,
    TypedWhileUndecided,
)
from services.contracts.signals import SignalMalformed, SignalReceived
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import Record

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
            outcome = _large(state, record, message, time) or _decide(state, message, record.offset, time)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
            outcome = _fallen(state, message, record.offset, time)
        if state.ahead_of or record.stamp_us - message.sent_at > clocks.AHEAD_US:
            return _with_clock(state, record, message, outcome, time)
        return outcome

    def refuse_large(self, state: State, record: Record) -> Outcome:
        """The short outcome of a record whose decision would be too large."""
        message = decode_inbox(record.value)
        return _fallen(state, message, record.offset, _time(state, record, message))

    def _unreadable(self, state: State, record: Record) -> Outcome:
        subject = f"partition/{state.partition}"
        time = max(state.time, record.stamp_us)
        alarm = signals.raise_system(state, subject, record.offset, time, "inbox.malformed")
        return Outcome(time, subject, f"unreadable/{record.offset}", ACCEPTED, (alarm,))


def _large(state: State, record: Record, message: InboxRecord, time: int) -> Outcome | None:
    """What state would keep of a huge signal is not worth keeping: it is raised raw, cut, and known again."""
    if len(record.value) <= LARGE_RECORD or not isinstance(message, SignalReceived | SignalMalformed):
        return None
    if states.same_signal(state, shortened(message.id)):
        return Outcome(time, short(message.subject), signals.signal_key(shortened(message.id)), ALREADY, ())
    return _raised_raw(state, message, record.offset, time, "too_large")


def _with_clock(
    state: State, record: Record, message: InboxRecord, outcome: Outcome | None, time: int
) -> Outcome | None:
    """The outcome, and what the record's stamp says about the broker's clock."""
    sender, ahead_us = short(message.sender), record.stamp_us - message.sent_at
    event = clocks.judge_stamp(state.ahead_of, sender, ahead_us)
    if event is None:
        return outcome
    subject, name = f"partition/{state.partition}", f"tick/{record.offset}"
    events: tuple[Event, ...] = (event,)
    if clocks.is_fault(event):
        index = 0 if outcome is None else 1 + sum(isinstance(e, AlarmRaised) for e in outcome.events)
        events += (signals.raise_system(state, subject, record.offset, time, "clock.fault", index),)
    if outcome is None:
        return Outcome(time, subject, name, ACCEPTED, events)
    return replace(outcome, events=outcome.events + events)


def _time(state: State, record: Record, message: InboxRecord) -> int:
    """Partition time at `record`: the largest believable stamp so far."""
    return max(state.time, min(record.stamp_us, message.sent_at + clocks.AHEAD_US))


def _decide(state: State, message: InboxRecord, source: int, time: int) -> Outcome | None:
    match message:
        case Tick():
            return _tick(state, source, time)
        case SignalReceived() | SignalMalformed():
            return _signal(state, message, source, time)
        case _ if isinstance(message, c.Command):
            return _command(state, message, source, time)
        case d.SiteSet() | d.ProviderSet():
            return _directory(state, message, time)
        case SignalCarried():
            return _carried(state, message, source, time)
        case HostClockMeasured():
            return _host_clock(state, message, source, time)
        case SystemSilent() | SystemHeard():
            return _silence(state, message, source, time)
        case EscalationReceipt():
            return _receipt(state, message, source, time)
        case TypedWhileUndecided():
            return _typed(state, message, source, time)
        case _:
            assert_never(message)


def _tick(state: State, source: int, time: int) -> Outcome | None:
    events = _due(state, source, time)
    if not events:
        return None
    return Outcome(time, f"partition/{state.partition}", f"tick/{source}", ACCEPTED, events)


def _due(state: State, source: int, time: int) -> tuple[Event, ...]:
    """The first hundred deadlines that are due. `evolve` takes them off; the next tick goes on.

    The first of the heap always waits for something (`state.prune`), so every tick gets on.
    """
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    events: list[Event] = []
    first = dict.fromkeys(heapq.nsmallest(DEADLINES_PER_TICK, state.deadlines))  # one may stand there twice
    for when, alarm_id in first:
        alarm = state.alarms.get(alarm_id)
        if alarm is not None and when <= time and states.awaited(state, alarm) == when:
            events.extend(_fire(state, alarm, time))
    return _with_supervisors(state, events, source, time)


def _due_of(state: State, subject: str, source: int, time: int) -> tuple[Event, ...]:
    """The due deadlines of one subject, fired before its record is decided."""
    if not state.deadlines or state.deadlines[0][0] > time:
        return ()
    first = islice(state.open_of.get(subject, ()), signals.OPEN_PER_SUBJECT)
    held = (state.alarms[alarm_id] for alarm_id in first)
    fired = [event for alarm in held for event in _fire(state, alarm, time)]
    return _with_supervisors(state, fired, source, time)


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


def _fire(state: State, alarm: alarms.Alarm, time: int) -> tuple[Event, ...]:
    if states.has_failed(state, alarm):
        return ()
    try:
        return alarms.due(alarm, time)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        failed = DeadlineFailed(alarm=alarm.id, subject=alarm.subject, kind="alarm", error=repr(error)[:200])
        return (failed,)


def _signal(state: State, message: SignalReceived | SignalMalformed, source: int, time: int) -> Outcome:
    key = signals.signal_key(message.id)
    due = _due_of(state, message.subject, source, time)
    if states.same_signal(state, message.id):
        return Outcome(time, message.subject, key, ALREADY, due)
    to = directories.merged_into(state, message.subject)
    if isinstance(message, SignalMalformed):
        events = signals.raise_raw(state, message, source, time, message.reason)
        events += directories.adopt_raised(state, events)
    elif to is None:
        events = signals.decide_signal(state, message, source, time)
    else:
        events = signals.carry_on(message, source, to)
    return Outcome(time, message.subject, key, ACCEPTED, due + events)


def _carried(state: State, message: SignalCarried, source: int, time: int) -> Outcome:
    """A signal that comes from a merged site, as if it had been received here; not round in a circle."""
    signal = replace(message.signal, subject=message.subject)
    key = states.CARRIED + signals.signal_key(signal.id)
    due = _due_of(state, message.subject, source, time)
    if states.same_carried(state, signal.id):
        return Outcome(time, message.subject, key, ALREADY, due)
    if time > message.cause.time + escalations.TOO_OLD_US:
        alarm = signals.raise_system(state, message.subject, source, time, "followup.too_old")
        return Outcome(time, message.subject, key, Refused(reason="too_old"), (*due, alarm))
    to = directories.merged_into(state, message.subject)
    if to is None or to == message.signal.subject:
        events = signals.decide_signal(state, signal, source, time)
        events += directories.adopt_raised(state, events)
    else:
        events = signals.carry_on(signal, source, to)
    return Outcome(time, message.subject, key, ACCEPTED, due + events)


def _host_clock(state: State, message: HostClockMeasured, source: int, time: int) -> Outcome:
    name = f"{states.HOST_CLOCK}{message.subject}/{message.sent_at}"
    noted = clocks.judge_host(state.hosts.get(message.subject), message)
    if noted is None:
        return Outcome(time, message.subject, name, ALREADY, ())
    if noted.is_good:
        return Outcome(time, message.subject, name, ACCEPTED, (noted,))
    alarm = signals.raise_system(state, message.subject, source, time, "clock.host")
    return Outcome(time, message.subject, name, ACCEPTED, (noted, alarm))


def _silence(state: State, message: SystemSilent | SystemHeard, source: int, time: int) -> Outcome:
    due = _due_of(state, message.subject, source, time)
    answer, events = silences.decide_silent(state, message, time)
    return Outcome(time, message.subject, silences.report_key(message), answer, due + events)


def _directory(state: State, message: d.SiteSet | d.ProviderSet, time: int) -> Outcome:
    name = f"registry/{message.position}"
    subject = message.site.id if isinstance(message, d.SiteSet) else message.provider.id
    if message.position <= state.registry_position:
        return Outcome(time, subject, name, ALREADY, ())
    return Outcome(time, subject, name, ACCEPTED, directories.decide_change(state, message))


def _command(state: State, command: c.Command, source: int, time: int) -> Outcome:
    due = _due_of(state, command.subject, source, time)
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
    if isinstance(command, c.PoliceCommand):
        return _police(state, command)
    alarm = state.alarms.get(command.alarm)
    if alarm is None or alarm.subject != command.subject:
        return Refused(reason="alarm.not_open"), ()
    return alarms.decide(alarm, command, _escalation_id(state, command, source, alarm.bureau), time)


def _police(state: State, command: c.PoliceCommand) -> tuple[Answer, tuple[Event, ...]]:
    alarm = state.alarms.get(state.escalations.get(command.escalation, ""))
    if alarm is None or alarm.escalation is None or alarm.subject != command.subject:
        return Refused(reason="escalation.unknown"), ()
    return escalations.decide(alarm.escalation, command)


def _escalation_id(state: State, command: c.AlarmCommand, source: int, bureau: str | None) -> str:
    if not isinstance(command, c.EscalateAlarm):
        return ""
    return derived(state.log_id, state.partition, source, 0, bureau or "")


def _receipt(state: State, receipt: EscalationReceipt, source: int, time: int) -> Outcome:
    due = _due_of(state, receipt.subject, source, time)
    answer, events = reported.take_receipt(state, receipt, source, time)
    return Outcome(time, receipt.subject, reported.receipt_key(receipt), answer, due + events)


def _typed(state: State, typed: TypedWhileUndecided, source: int, time: int) -> Outcome:
    due = _due_of(state, typed.subject, source, time)
    if (before := state.answers.get(typed.id)) is not None:
        return Outcome(time, typed.subject, typed.id, reported.typed_before(before), due)
    answer, events = reported.take_typed(state, typed)
    return Outcome(time, typed.subject, typed.id, answer, due + events)


def _fallen(state: State, message: InboxRecord, source: int, time: int) -> Outcome:
    """`decide` raised, or said too much: short, and a person told. Only the directory stops the partition."""
    match message:
        case SignalReceived() | SignalMalformed():
            return _raised_raw(state, message, source, time, "internal")
        case SignalCarried():
            signal = shortened(replace(message.signal, subject=message.subject))
            raw = _raised_raw(state, signal, source, time, "internal")
            return replace(raw, id=states.CARRIED + raw.id)
        case Tick() | d.SiteSet() | d.ProviderSet():
            raise StopPartition(f"inbox offset {source}: {type(message).__name__} could not be decided")
        case EscalationReceipt() | HostClockMeasured() | SystemSilent() | SystemHeard():
            return _refused_internal(state, message.subject, f"internal/{source}", source, time)
        case _:
            return _refused_internal(state, message.subject, message.id, source, time)


def _raised_raw(
    state: State, message: SignalReceived | SignalMalformed, source: int, time: int, reason: str
) -> Outcome:
    message = shortened(message)
    events = signals.raise_raw(state, message, source, time, reason)
    events += directories.adopt_raised(state, events)
    return Outcome(time, message.subject, signals.signal_key(message.id), ACCEPTED, events)


def _refused_internal(state: State, subject: str, name: str, source: int, time: int) -> Outcome:
    alarm = signals.raise_system(state, short(subject), source, time, "command.internal")
    return Outcome(time, short(subject), short(name), Refused(reason="internal"), (alarm,))


class StopPartition(Exception):
    """What was asked must not be skipped: the partition stops until a person mends it."""
