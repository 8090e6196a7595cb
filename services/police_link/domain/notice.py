"""From a report, as the read models show it, to the notice that leaves the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.contracts.alarm import AlarmEscalated, EscalationAskedAgain
from services.contracts.envelope import Decision
from services.contracts.police import Addition, EscalationNotice, NoticeStatus, PoliceOrder, SignalNotice
from services.contracts.police_track import EscalationSupplemented, EscalationTransferred
from services.contracts.reports import Cause, DeliveryOutcome, EscalationReceipt
from services.contracts.views import EscalationView, VerificationView

_SENDINGS = (AlarmEscalated, EscalationAskedAgain, EscalationSupplemented, EscalationTransferred)
DETAIL_CHARS = 200  # of an endpoint's words, as a receipt keeps them


class Known(NamedTuple):
    """What is known of one sending. `asked`: by asking for the status, not by sending."""

    outcome: DeliveryOutcome
    detail: str = ""
    asked: bool = False


def orders(partition: int, offset: int, decision: Decision) -> Sequence[PoliceOrder]:
    """The deliveries that one counting decision asks for: the first, and each asking again."""
    cause = Cause(partition=partition, offset=offset, time=decision.time)
    return [
        PoliceOrder(
            escalation=event.escalation,
            alarm=event.alarm,
            subject=decision.subject,
            bureau=event.bureau,
            attempt=1 if isinstance(event, AlarmEscalated) else event.attempt,
            cause=cause,
            mark=event.mark,
        )
        for event in decision.events
        if isinstance(event, _SENDINGS)
    ]


def notice(order: PoliceOrder, report: EscalationView) -> EscalationNotice:
    """What the dispatcher is told. `report`: with names and with notes in clear."""
    return EscalationNotice(
        escalation=report.id,
        number=report.number,
        mark=report.mark,
        possibly_repeated=report.possibly_repeated,
        attempt=order.attempt,
        bureau=order.bureau,
        reported_by=report.provider_name,
        escalated_at=report.escalated_at,
        received_at=report.received_at,
        site=report.site,
        site_name=report.site_name,
        division=report.division,
        lon=report.lon,
        lat=report.lat,
        account=report.account,
        code=report.code,
        class_=report.class_,
        zone=report.zone,
        signals=_signals(report),
        result=None if report.verification is None else report.verification.result,
        verification=_said(report.verification),
        rule=report.rule,
        additions=tuple(
            Addition(id=one.id, kind=one.kind, at=one.at, text=_clean(one.text)) for one in report.additions
        ),
    )


def has_all(status: NoticeStatus, sent: EscalationNotice) -> bool:
    """Whether an endpoint that says so needs to be told nothing more."""
    return {one.id for one in sent.additions} <= set(status.additions)


def receipt(order: PoliceOrder, sent_at: int, endpoint: str, known: Known) -> EscalationReceipt:
    """What is known of an order, for the inbox. `sent_at`: UTC microseconds."""
    return EscalationReceipt(
        sender="police_link",
        sent_at=sent_at,
        subject=order.subject,
        escalation=order.escalation,
        attempt=order.attempt,
        outcome=known.outcome,
        endpoint=endpoint,
        detail=known.detail[:DETAIL_CHARS],
        asked=known.asked,
    )


def _signals(report: EscalationView) -> tuple[SignalNotice, ...]:
    return tuple(
        SignalNotice(
            code=one.code,
            class_=one.class_,
            area=one.area,
            zone=one.zone,
            received_at=one.received_at,
            panel_time=one.panel_time,
        )
        for one in report.occurrences
    )


def _said(verification: VerificationView | None) -> tuple[str, ...]:
    if verification is None:
        return ()
    return tuple(
        _clean(": ".join(part for part in (item.kind, item.found, item.note) if part))
        for item in verification.evidence
    )


def _clean(text: str) -> str:
    """A NUL that somebody pasted must not keep an endpoint's database from taking the whole report."""
    return text.replace("\0", "\ufffd")
