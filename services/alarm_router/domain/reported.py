"""What programs and deadlines bring: receipts, what was typed while undecided, receivers' troubles, the shadow's doubts, unanswered sendings.

Idempotent by content, never too late. Where only a person can help, a system alarm on the same subject says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from services.alarm_router.domain import escalation as escalations
from services.alarm_router.domain.identity import derived
from services.alarm_router.domain.signal import raise_system
from services.alarm_router.domain.state import State, trouble_key
from services.contracts import alarm as a
from services.contracts.envelope import Accepted, Already, Answer, Event, Refused
from services.contracts.receiving import ReceiverTroubled, ReceiverTroubleNoted
from services.contracts.reports import EscalationReceipt, TypedWhileUndecided
from services.contracts.shadow import DecidedOtherwise, DecidedOtherwiseNoted
from services.contracts.topics import subject_of_partition

UNDELIVERED = "escalation.undelivered"  # nobody answered: a person must telephone
RETURNED = "escalation.returned"  # the police gave it back: nobody there works on it
DOUBTED = "log.decided_otherwise"  # the record does not follow from itself: an engineer must look
REFUSED = "escalation.refused"  # the endpoint will not take it: a person must telephone
_MAY_TYPE = frozenset({"operator", "shift_supervisor"})


def take_receipt(
    state: State, receipt: EscalationReceipt, source: int, time: int
) -> tuple[Answer, tuple[Event, ...]]:
    """What follows from a police endpoint's answer; the first refusal is a supervisor's alarm.

    It comes under the subject of the decision that asked for the sending: the alarm's, or the partition's of a tick.
    """
    alarm = state.alarms.get(state.escalations.get(receipt.escalation, ""))
    subjects = () if alarm is None else (alarm.subject, subject_of_partition(state.partition))
    if alarm is None or alarm.escalation is None or receipt.subject not in subjects:
        return Refused(reason="escalation.unknown"), ()
    answer, events = escalations.take_receipt(alarm.escalation, receipt, time)
    if events and receipt.outcome == "refused" and not escalations.is_refused(alarm.escalation):
        return answer, (*events, raise_system(state, alarm.subject, source, time, REFUSED))
    return answer, events


def receipt_key(receipt: EscalationReceipt) -> str:
    """How a decision names the receipt it was made of."""
    return f"receipt/{receipt.escalation}/{receipt.attempt}/{receipt.outcome}"


def take_typed(state: State, typed: TypedWhileUndecided) -> tuple[Answer, tuple[Event, ...]]:
    """A note on the alarm that the signal came to, or on the signal where it came to none that is held."""
    if not _MAY_TYPE & set(typed.by.roles):
        return Refused(reason="role.missing", params={"role": "operator"}), ()
    alarm = state.alarms.get(derived(state.log_id, state.partition, typed.source))
    if alarm is None or alarm.subject != typed.subject:
        noted = a.SignalNoted(subject=typed.subject, source=typed.source, by=typed.by, note=typed.note)
        return Accepted(), (noted,)
    if typed.by.provider is not None and typed.by.provider != alarm.provider:
        return Refused(reason="scope.not_visible"), ()
    return Accepted(), (a.AlarmNoted(alarm=alarm.id, by=typed.by, note=typed.note, undecided=True),)


def take_trouble(state: State, report: ReceiverTroubled, source: int, time: int) -> tuple[Event, ...]:
    """What a receiver had to tell, and an alarm of the system; nothing when it was told before.

    A line's trouble is its site's: whoever sees that has the alarm, which names the line.
    """
    if state.receivers.get(trouble_key(report), 0) >= report.until:
        return ()
    noted = ReceiverTroubleNoted(
        subject=report.subject,
        trouble=report.trouble,
        since=report.since,
        until=report.until,
        count=report.count,
        account_space=report.account_space,
        account=report.account,
    )
    alarm = raise_system(state, report.subject, source, time, f"receiver.{report.trouble}")
    if isinstance(alarm, a.AlarmRaised):
        alarm = replace(alarm, account_space=report.account_space, account=report.account)
    return noted, alarm


def take_doubt(state: State, report: DecidedOtherwise, source: int, time: int) -> tuple[Event, ...]:
    """What the shadow found in this partition, and an alarm of the system; nothing when it was told before.

    A shadow that begins anew finds again what it had found; only what lies behind that is news.
    """
    if report.last <= state.doubted:
        return ()
    noted = DecidedOtherwiseNoted(
        first=report.first, last=report.last, count=report.count, code=report.code, parts=report.parts
    )
    return noted, raise_system(state, report.subject, source, time, DOUBTED)


def answered_before(answer: Answer) -> Answer:
    """The answer to a report whose id was answered before."""
    return answer if isinstance(answer, Refused) else Already()


def with_undelivered(state: State, fired: Sequence[Event], source: int, time: int) -> tuple[Event, ...]:
    """What fell due in one decision, and a supervisor's alarm for each site with a report that nobody answers."""
    silent = dict.fromkeys(
        state.alarms[event.alarm].subject
        for event in fired
        if isinstance(event, a.EscalationAskedAgain) and _is_undelivered(state, event, time)
    )
    raised = (
        raise_system(state, subject, source, time, UNDELIVERED, index)
        for index, subject in enumerate(silent, 1)
    )
    return (*fired, *raised)


def _is_undelivered(state: State, event: a.EscalationAskedAgain, time: int) -> bool:
    escalation = state.alarms[event.alarm].escalation
    return escalation is not None and escalations.is_undelivered(escalation, event, time)
