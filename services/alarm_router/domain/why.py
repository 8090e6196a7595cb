"""Why it was decided as it was: the rules asked again, with nothing but what the record says.

The events are folded as the partition folded them; before each decision, what its rules looked at is taken from the
state as it was then, and the very function that decides is asked once more. What comes out stands beside what was
recorded: if they differ, the record was decided by other rules, or is not the record that was decided.

`weigh` tells every rule that was asked, also where nothing followed; `explain` those by which something happened to an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, cast, get_args

from msgspec.structs import replace

from services.alarm_router.domain import suggesting, why_interrupted
from services.alarm_router.domain.asking import (
    AT_ONCE,
    NO_CODE,
    Rule,
    rules_of,
)
from services.alarm_router.domain.line import heard_of
from services.alarm_router.domain.state import State
from services.alarm_router.domain.weighed import Past, Weighed, Weighing, asked, plain
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import interruption as i
from services.contracts.envelope import Event
from services.contracts.guard import GuardFound, GuardOrdered
from services.contracts.refusal import CommandRefused
from services.contracts.suggestion import ReportSuggested
from services.contracts.why import Reason, RuleId
from services.law import gates
from services.law.pack import Law
from services.picture.why import Recorded

VERIFYING: Final = frozenset(get_args(gates.NotVerified))
ESCALATING: Final = frozenset(get_args(gates.NotEscalated))
MOST_BESIDE: Final = 8  # open alarms that a signal was not added to, told
_RAW_REASONS: Final = frozenset(("", "too_many_open"))  # of a surfaced signal that was read


def weigh(record: Iterable[Recorded], law: Law) -> Iterator[Weighed]:
    """Every rule that was asked, in the order of the record: of one alarm, or of a whole partition."""
    past, rules = Past(State(partition=0, law=law)), rules_of(law)
    for _, decided in groupby(record, key=lambda one: (one.partition, one.offset)):
        of_one = tuple(decided)
        events = tuple(one.event for one in of_one)
        for one in of_one:
            weighing = WEIGHED.get(type(one.event))
            if weighing is not None:
                yield from (_asked_again(weighed, rules, law) for weighed in weighing(past, one, events))
        for one in of_one:
            past.take(one)


def explain(record: Iterable[Recorded], law: Law) -> tuple[Reason, ...]:
    """The reasons of one alarm, in the order of its events."""
    return tuple(_reason(weighed) for weighed in weigh(record, law) if weighed.spoke)


def _asked_again(weighed: Weighed, rules: Mapping[str, Rule], law: Law) -> Weighed:
    if weighed.pack not in {None, law.at_once.ref}:
        return weighed
    return replace(weighed, recomputed=rules[weighed.rule].ask(weighed.inputs, law))


def _reason(weighed: Weighed) -> Reason:
    one = weighed.recorded
    return Reason(
        partition=one.partition,
        offset=one.offset,
        time=one.time,
        type=str(one.event.__struct_config__.tag),
        rule=cast("RuleId", weighed.rule),  # that it is one is held by a unit test
        pack=weighed.pack,
        articles=weighed.articles,
        inputs=weighed.inputs,
        outcome=weighed.outcome,
        recomputed=weighed.recomputed,
        holds=None if weighed.recomputed is None else weighed.recomputed == weighed.outcome,
    )


def _signal(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("a.SignalRecorded", one.event)
    if event.outcome == "surfaced" and event.reason not in _RAW_REASONS:
        return
    if event.sequence is not None:
        line = past.state.lines.known.get(event.signal.line)
        inputs = {"signal": plain(heard_of(event)), "recent": plain([] if line is None else line.recent)}
        outcome = "retransmit" if event.outcome == "retransmit" else "taken"
        yield asked(one, "signal.repetition", inputs, outcome)
    if event.outcome == "retransmit":
        return
    meaning = {"code": event.code, "qualifier": event.qualifier}
    yield asked(one, "signal.logged", meaning, event.reason if event.outcome == "logged" else "surfaced")
    if not any(isinstance(other, i.InterruptionBegan | i.InterruptionWidened) for other in decided):
        yield asked(one, "interruption.fact", meaning, "none", spoke=False)


def _raised(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("a.AlarmRaised", one.event)
    if event.class_ not in NO_CODE:
        yield asked(one, "alarm.class", {"code": event.code}, event.class_)
        yield from _beside(past.state, one, event)
    yield _priority(one, event.class_, event.code, None, event.priority)
    yield from _not_met(past.state, one, decided)


def _occurred(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("a.AlarmOccurred", one.event)
    held = past.state.happenings.get(event.alarm)
    if held is None:
        return
    if event.class_ not in NO_CODE:
        yield asked(one, "alarm.class", {"code": event.code}, event.class_)
    if event.heard_before is not None and held.class_ != "raw":
        inputs = {
            "class": event.class_,
            "alarm_class": held.class_,
            "alarm_priority": held.priority,
            "received_at": event.received_at,
            "heard_before": event.heard_before,
        }
        yield asked(one, "alarm.occurrence", inputs, "joined")
    yield _priority(one, event.class_, event.code, held.priority, event.priority)
    yield from _not_met(past.state, one, decided)


def _beside(state: State, one: Recorded, event: a.AlarmRaised) -> Iterator[Weighed]:
    """The open alarms of the happening that the signal was not added to."""
    group = state.groups.get(event.subject)
    if group is None:
        return
    open_ = [state.happenings[name] for name in state.open_of.get(event.subject, ())]
    for held in [one for one in open_ if one.group == group.id][:MOST_BESIDE]:
        inputs = {
            "class": event.class_,
            "alarm_class": held.class_,
            "alarm_priority": held.priority,
            "received_at": event.received_at,
            "heard_before": group.heard_at,
        }
        yield asked(one, "alarm.occurrence", inputs, "own_alarm", spoke=False)


def _priority(one: Recorded, class_: str, code: str, before: int | None, now: int) -> Weighed:
    inputs = {"class": class_, "code": code, "before": before, "met": None}
    return asked(one, "alarm.priority", inputs, str(now), spoke=now != before)


def _not_met(state: State, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    """The report-at-once rules that were looked at and are not met."""
    event = cast("suggesting.Telling", one.event)
    inputs, held = suggesting.inputs_of(state, event), state.happenings.get(event.alarm)
    if inputs is None:
        return
    said = {
        other.rule for other in decided if isinstance(other, ReportSuggested) and other.alarm == event.alarm
    }
    for rule in state.law.at_once.rules:
        if rule.id not in said and rule.id not in (() if held is None else held.suggested):
            yield asked(one, AT_ONCE + rule.id, plain(inputs), "not_met", spoke=False)


def _suggested(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("ReportSuggested", one.event)
    yield asked(
        one, AT_ONCE + event.rule, plain(event.inputs), "met", articles=(event.article,), pack=event.pack
    )
    held = past.state.happenings.get(event.alarm)
    if held is not None and held.priority != event.priority:
        inputs = {"class": held.class_, "code": held.code, "before": held.priority, "met": event.rule}
        yield asked(one, "alarm.priority", inputs, str(event.priority))


def _fell_due(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    alarm = past.state.alarms.get(cast("a.ClaimFellDue", one.event).alarm)
    if alarm is not None:
        inputs = {"claim_due": alarm.claim_due, "at": one.time, "claimed_by": alarm.holder}
        yield asked(one, "alarm.claim_clock", inputs, "fell_due")


def _claimed(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    alarm = past.state.alarms.get(cast("a.AlarmClaimed", one.event).alarm)
    if alarm is None or alarm.overdue or any(isinstance(other, a.ClaimFellDue) for other in decided):
        return
    inputs = {"claim_due": alarm.claim_due, "at": one.time, "claimed_by": alarm.holder}
    yield asked(one, "alarm.claim_clock", inputs, "in_time", spoke=False)


def _guard_ordered(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("GuardOrdered", one.event)
    alarm = past.state.alarms.get(event.alarm)
    if alarm is not None:
        inputs = {"class": alarm.class_, "asked": event.stand_off and alarm.class_ != "duress"}
        yield asked(one, "guard.stands_off", inputs, "stands_off" if event.stand_off else "goes_in")


def _guard_found(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    yield from _not_met(past.state, one, decided)


def _verified(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("a.AlarmVerified", one.event)
    alarm = past.state.alarms.get(event.alarm)
    if alarm is not None:
        yield _verification(one, alarm.class_, [one.kind for one in event.evidence], "accepted")
        yield from _not_met(past.state, one, decided)


def _verification(one: Recorded, class_: str, evidence: Sequence[str], outcome: str) -> Weighed:
    rule = "duress.no_call" if class_ == "duress" else "verification.evidence"
    return asked(one, rule, {"class": class_, "evidence": list(evidence)}, outcome)


def _escalated(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("a.AlarmEscalated", one.event)
    if event.alarm in past.state.alarms:
        yield _escalation(past, one, event.alarm, event.rule, "accepted")


def _escalation(past: Past, one: Recorded, alarm: str, rule: str | None, outcome: str) -> Weighed:
    held = past.state.alarms[alarm]
    result = None if held.verification is None else held.verification.result
    inputs = {"class": held.class_, "verification": result, "rule": rule}
    articles = gates.articles(past.divisions.get(alarm))
    return asked(one, "escalation.verified", inputs, outcome, articles=articles)


def _refused(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("CommandRefused", one.event)
    alarm, command = past.state.alarms.get(event.alarm), event.command
    if alarm is None:
        return
    if isinstance(command, c.VerifyAlarm) and event.reason in VERIFYING:
        yield _verification(one, alarm.class_, [one.kind for one in command.evidence], event.reason)
    elif isinstance(command, c.EscalateAlarm) and event.reason in ESCALATING:
        yield _escalation(past, one, alarm.id, command.rule, event.reason)
    else:
        inputs = {"command": plain(command), "alarm": plain(alarm), "at": one.time}
        yield asked(one, "command.answer", inputs, event.reason)


def _asked_the_police_again(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    alarm = past.state.alarms.get(cast("a.EscalationAskedAgain", one.event).alarm)
    if alarm is not None and alarm.escalation is not None:
        inputs = {"ask_at": alarm.escalation.ask_at, "at": one.time}
        yield asked(one, "escalation.receipt_clock", inputs, "asked_again")


def _delivered(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    alarm = past.state.alarms.get(cast("a.EscalationDelivered", one.event).alarm)
    again = any(isinstance(other, a.EscalationAskedAgain) for other in decided)
    if alarm is not None and alarm.escalation is not None and not again and alarm.closed_at is None:
        inputs = {"ask_at": alarm.escalation.ask_at, "at": one.time}
        yield asked(one, "escalation.receipt_clock", inputs, "in_time", spoke=False)


def _closed(_: Past, one: Recorded, __: Sequence[Event]) -> Iterator[Weighed]:
    yield asked(one, "alarm.archive", {"closed_at": one.time, "at": one.time}, "kept", spoke=False)


def _archived(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    alarm = past.state.alarms.get(cast("a.AlarmArchived", one.event).alarm)
    if alarm is not None:
        yield asked(one, "alarm.archive", {"closed_at": alarm.closed_at, "at": one.time}, "archived")


WEIGHED: Final[Mapping[type, Weighing]] = {
    a.SignalRecorded: _signal,
    a.AlarmRaised: _raised,
    a.AlarmOccurred: _occurred,
    ReportSuggested: _suggested,
    a.ClaimFellDue: _fell_due,
    a.AlarmClaimed: _claimed,
    GuardOrdered: _guard_ordered,
    GuardFound: _guard_found,
    a.AlarmVerified: _verified,
    a.AlarmEscalated: _escalated,
    CommandRefused: _refused,
    a.EscalationAskedAgain: _asked_the_police_again,
    a.EscalationDelivered: _delivered,
    a.AlarmClosed: _closed,
    a.AlarmArchived: _archived,
    **why_interrupted.WEIGHED,
}
