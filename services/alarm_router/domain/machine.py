"""The router as a machine: one inbox record in, one outcome out (eventsourcing.partition drives it)."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from services.alarm_router.domain import (
    answering,
    interrupting,
    passing_back,
    reported,
    resuming,
    suggesting,
)
from services.alarm_router.domain import clock as clocks
from services.alarm_router.domain import deadline as deadlines
from services.alarm_router.domain import directory as directories
from services.alarm_router.domain import escalation as escalations
from services.alarm_router.domain import line as lines
from services.alarm_router.domain import signal as signals
from services.alarm_router.domain import silence as silences
from services.alarm_router.domain import state as states
from services.alarm_router.domain.answered import CARRIED, COMMAND_VALID_US, HOST_CLOCK, MINUTE_US
from services.alarm_router.domain.bounds import LARGE_RECORD, short, shortened
from services.alarm_router.domain.identity import derived
from services.alarm_router.domain.state import State
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import guard as g
from services.contracts.alarm import AlarmRaised
from services.contracts.codec import Malformed, decode_inbox
from services.contracts.commands import instant_of
from services.contracts.envelope import (
    TICK,
    Accepted,
    Already,
    Answer,
    Command,
    Decision,
    Event,
    InboxRecord,
    Refused,
    Tick,
    is_command,
)
from services.contracts.interruption import WindowCommand
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.police_track import TEST_BUREAU, ReturnEscalation
from services.contracts.receiving import ReceiverTroubled
from services.contracts.refusal import AlarmAct, is_of_the_police
from services.contracts.reports import (
    EscalationReceipt,
    FollowUp,
    HostClockMeasured,
    RestoreBrought,
    RestoresWanted,
    SignalCarried,
    TypedWhileUndecided,
)
from services.contracts.shadow import DecidedOtherwise
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.topics import subject_of_partition
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import LogError, Record
from services.law.pack import Law

ACCEPTED, ALREADY = Accepted(), Already()
NO_LAW = Law()


class AlarmRouter:
    """The machine of an alarm partition. See `services.eventsourcing.partition.Machine`."""

    law = NO_LAW

    def __init__(self, law: Law = NO_LAW) -> None:
        """`law`: the packs it decides by; a machine that only folds needs none."""
        self.law = law

    def initial(self, partition: int) -> State:
        """The state before genesis."""
        return State(partition=partition, law=self.law)

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """The state after `decision`."""
        del offset
        states.evolve(state, decision)

    def decide(self, state: State, record: Record) -> Outcome | None:
        """What follows from an inbox record. Raises `UnknownTag`: the partition stops, it is the older one."""
        return resuming.marked(state, self._outcome(state, record), record.offset)

    def _outcome(self, state: State, record: Record) -> Outcome | None:
        try:
            message = decode_inbox(record.value)
        except Malformed:
            return self._unreadable(state, record)
        time = _time(state, record, message)
        try:
            large = _large(state, record, message, time) if len(record.value) > LARGE_RECORD else None
            outcome = large or _decide(state, message, record.offset, time)
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
        subject = subject_of_partition(state.partition)
        time = max(state.time, record.stamp_us)
        alarm = signals.raise_system(state, subject, record.offset, time, "inbox.malformed")
        return Outcome(time, subject, f"unreadable/{record.offset}", ACCEPTED, (alarm,))


def _large(state: State, record: Record, message: InboxRecord, time: int) -> Outcome | None:
    """What state would keep of a huge signal is not worth keeping: it is raised raw, cut, and known again."""
    if not isinstance(message, SignalReceived | SignalMalformed):
        return None
    if lines.same_signal(state.lines, shortened(message.id)):
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
    subject, name = subject_of_partition(state.partition), f"{TICK}{record.offset}"
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
    outcome = _follows(state, message, source, time)
    if outcome is None or not outcome.events:
        return outcome
    met = suggesting.suggested(state, outcome.events)
    return replace(outcome, events=outcome.events + met) if met else outcome


def _follows(state: State, message: InboxRecord, source: int, time: int) -> Outcome | None:
    match message:
        case SignalReceived() | SignalMalformed():
            return _signal(state, message, source, time)
        case _ if is_command(message):
            return _command(state, message, source, time)
        case Tick():
            return _tick(state, source, time)
        case d.SiteSet() | d.ProviderSet():
            return _directory(state, message, time)
        case SignalCarried() | RestoresWanted() | RestoreBrought():
            return _followed(state, message, source, time)
        case HostClockMeasured() | ReceiverTroubled() | DecidedOtherwise():
            return _of_ourselves(state, message, source, time)
        case SystemSilent() | SystemHeard():
            return _silence(state, message, source, time)
        case EscalationReceipt():
            return _receipt(state, message, source, time)
        case TypedWhileUndecided():
            return _typed(state, message, source, time)
        case _:
            assert_never(message)


def _tick(state: State, source: int, time: int) -> Outcome | None:
    events = deadlines.due(state, source, time)
    if not events:
        return None
    return Outcome(time, subject_of_partition(state.partition), f"{TICK}{source}", ACCEPTED, events)


def _signal(state: State, message: SignalReceived | SignalMalformed, source: int, time: int) -> Outcome:
    key = signals.signal_key(message.id)
    due = deadlines.due_of(state, message.subject, source, time)
    if lines.same_signal(state.lines, message.id):
        return Outcome(time, message.subject, key, ALREADY, due)
    to = directories.merged_into(state, message.subject)
    if isinstance(message, SignalMalformed):
        events = signals.raise_raw(state, message, source, time, message.reason)
        events += directories.adopt_raised(state, events)
    elif to is None:
        events = _heard(state, message, source, time)
    else:
        events = signals.carry_on(message, source, to)
    return Outcome(time, message.subject, key, ACCEPTED, due + events)


def _heard(state: State, signal: SignalReceived, source: int, time: int) -> tuple[Event, ...]:
    """What a signal comes to, and what it says of interruptions."""
    events = signals.decide_signal(state, signal, source, time)
    events += interrupting.said(state, signal, events, source, time)
    return events + passing_back.passed_back(state, signal, events)


def _followed(state: State, message: FollowUp, source: int, time: int) -> Outcome:
    """What concerns this subject of a decision about another; once, and not when its cause is too old."""
    key = passing_back.follow_up_key(message)
    due = deadlines.due_of(state, message.subject, source, time)
    if (before := state.answers.get(key)) is not None:
        return Outcome(time, message.subject, key, reported.answered_before(before), due)
    if time > message.cause.time + escalations.TOO_OLD_US:
        alarm = signals.raise_system(state, message.subject, source, time, "followup.too_old")
        return Outcome(time, message.subject, key, Refused(reason="too_old"), (*due, alarm))
    match message:
        case SignalCarried():
            events = _carried(state, message, source, time)
        case RestoresWanted():
            events = passing_back.take_wanted(state, message)
        case RestoreBrought():
            events = passing_back.take_brought(state, message)
    return Outcome(time, message.subject, key, ACCEPTED, due + events)


def _carried(state: State, message: SignalCarried, source: int, time: int) -> tuple[Event, ...]:
    """A signal that comes from a merged site, as if it had been received here; not round in a circle."""
    signal = replace(message.signal, subject=message.subject)
    to = directories.merged_into(state, message.subject)
    if to is not None and to != message.signal.subject:
        return signals.carry_on(signal, source, to)
    events = _heard(state, signal, source, time)
    return events + directories.adopt_raised(state, events)


def _of_ourselves(
    state: State, message: HostClockMeasured | ReceiverTroubled | DecidedOtherwise, source: int, time: int
) -> Outcome:
    match message:
        case HostClockMeasured():
            return _host_clock(state, message, source, time)
        case ReceiverTroubled():
            return _receiver(state, message, source, time)
        case _:
            return _doubted(state, message, source, time)


def _host_clock(state: State, message: HostClockMeasured, source: int, time: int) -> Outcome:
    name = f"{HOST_CLOCK}{message.subject}/{message.sent_at}"
    noted = clocks.judge_host(state.hosts.get(message.subject), message)
    if noted is None:
        return Outcome(time, message.subject, name, ALREADY, ())
    if noted.is_good:
        return Outcome(time, message.subject, name, ACCEPTED, (noted,))
    alarm = signals.raise_system(state, message.subject, source, time, "clock.host")
    return Outcome(time, message.subject, name, ACCEPTED, (noted, alarm))


def _silence(state: State, message: SystemSilent | SystemHeard, source: int, time: int) -> Outcome:
    due = deadlines.due_of(state, message.subject, source, time)
    answer, events = silences.decide_silent(state, message, time)
    events += interrupting.silence(state, events, source, time)
    return Outcome(time, message.subject, silences.decision_id(message), answer, due + events)


def _receiver(state: State, message: ReceiverTroubled, source: int, time: int) -> Outcome:
    name = f"receiver/{message.subject}/{message.trouble}/{message.until}"
    due = deadlines.due_of(state, message.subject, source, time)
    events = reported.take_trouble(state, message, source, time)
    events += directories.adopt_raised(state, events)
    return Outcome(time, message.subject, name, ACCEPTED if events else ALREADY, due + events)


def _doubted(state: State, message: DecidedOtherwise, source: int, time: int) -> Outcome:
    name = f"shadow/{message.last}"
    events = reported.take_doubt(state, message, source, time)
    return Outcome(time, message.subject, name, ACCEPTED if events else ALREADY, events)


def _directory(state: State, message: d.SiteSet | d.ProviderSet, time: int) -> Outcome:
    name = f"registry/{message.position}"
    subject = message.site.id if isinstance(message, d.SiteSet) else message.provider.id
    if message.position <= state.registry_position:
        return Outcome(time, subject, name, ALREADY, ())
    events = directories.decide_change(state, message)
    events += interrupting.adopted(state, events, time)
    if isinstance(message, d.SiteSet):
        events += passing_back.awaited(state, message.site, events)
    return Outcome(time, subject, name, ACCEPTED, events)


def _command(state: State, command: Command, source: int, time: int) -> Outcome:
    due = deadlines.due_of(state, command.subject, source, time)
    if (before := state.answers.get(command.id)) is not None:
        return Outcome(time, command.subject, command.id, before, due)
    answer, events = _judge(state, command, source, time)
    return Outcome(time, command.subject, command.id, answer, due + events)


def _judge(state: State, command: Command, source: int, time: int) -> tuple[Answer, tuple[Event, ...]]:
    """Whether the command is in time and about something held; then the alarm, or its report, decides."""
    made = instant_of(command.id)
    if time > made + COMMAND_VALID_US:
        return Refused(reason="too_late"), ()
    if made > time + MINUTE_US:
        return Refused(reason="too_early"), ()
    if isinstance(command, WindowCommand):
        return interrupting.take_window(state, command, source, time)
    alarm = answering.alarm_of(state, command)
    if alarm is None:
        unknown = "escalation.unknown" if is_of_the_police(command) else "alarm.not_open"
        return Refused(reason=unknown), ()
    answer, events = answering.answer(alarm, command, _minted(state, command, source, alarm.bureau), time)
    if isinstance(answer, Refused):
        return answer, (answering.kept(alarm, command, answer),)
    if isinstance(command, ReturnEscalation) and events:
        return answer, (*events, signals.raise_system(state, alarm.subject, source, time, reported.RETURNED))
    return answer, events


def _minted(state: State, command: AlarmAct, source: int, bureau: str | None) -> str:
    """The id of what the command would begin: a report to the police, or a guard's way."""
    match command:
        case c.EscalateAlarm():
            return derived(
                state.log_id, state.partition, source, 0, (TEST_BUREAU if command.to_test else bureau) or ""
            )
        case g.OrderGuard():
            return derived(state.log_id, state.partition, source, "guard")
        case _:
            return ""


def _receipt(state: State, receipt: EscalationReceipt, source: int, time: int) -> Outcome:
    due = deadlines.due_of(state, receipt.subject, source, time)
    answer, events = reported.take_receipt(state, receipt, source, time)
    return Outcome(time, receipt.subject, reported.receipt_key(receipt), answer, due + events)


def _typed(state: State, typed: TypedWhileUndecided, source: int, time: int) -> Outcome:
    due = deadlines.due_of(state, typed.subject, source, time)
    if (before := state.answers.get(typed.id)) is not None:
        return Outcome(time, typed.subject, typed.id, reported.answered_before(before), due)
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
            return replace(raw, id=CARRIED + raw.id)
        case Tick() | d.SiteSet() | d.ProviderSet():
            raise StopPartition(f"inbox offset {source}: {type(message).__name__} could not be decided")
        case (
            EscalationReceipt()
            | RestoresWanted()
            | RestoreBrought()
            | HostClockMeasured()
            | SystemSilent()
            | SystemHeard()
            | ReceiverTroubled()
            | DecidedOtherwise()
        ):
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


class StopPartition(LogError):
    """What was asked must not be skipped: the partition stops until a person mends it."""
