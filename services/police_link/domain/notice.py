"""From a report, as the read models show it, to the notice that leaves the house."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.alarm import AlarmEscalated, EscalationAskedAgain
from services.contracts.envelope import Decision
from services.contracts.police import EscalationNotice, PoliceOrder, SignalNotice
from services.contracts.reports import Cause, EscalationReceipt
from services.contracts.views import EscalationView, VerificationView

DETAIL_CHARS = 200  # of an endpoint's words, as a receipt keeps them


def orders(partition: int, offset: int, decision: Decision) -> Sequence[PoliceOrder]:
    """The deliveries that one counting decision asks for: the first, and each asking again."""
    cause = Cause(partition=partition, offset=offset, time=decision.time)
    return [
        PoliceOrder(
            escalation=event.escalation,
            alarm=event.alarm,
            subject=decision.subject,
            bureau=event.bureau,
            attempt=event.attempt if isinstance(event, EscalationAskedAgain) else 1,
            cause=cause,
        )
        for event in decision.events
        if isinstance(event, AlarmEscalated | EscalationAskedAgain)
    ]


def notice(order: PoliceOrder, report: EscalationView) -> EscalationNotice:
    """What the dispatcher is told. `report`: with names and with notes in clear."""
    return EscalationNotice(
        escalation=report.id,
        number=report.number,
        attempt=order.attempt,
        bureau=report.bureau,
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
    )


def receipt(
    order: PoliceOrder, sent_at: int, endpoint: str, *, taken: bool, detail: str
) -> EscalationReceipt:
    """What became of an order, for the inbox. `sent_at`: UTC microseconds."""
    return EscalationReceipt(
        sender="police_link",
        sent_at=sent_at,
        subject=order.subject,
        escalation=order.escalation,
        attempt=order.attempt,
        outcome="delivered" if taken else "refused",
        endpoint=endpoint,
        detail=detail[:DETAIL_CHARS],
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
    # A NUL that somebody pasted must not keep an endpoint's database from taking the whole report.
    return tuple(
        ": ".join(part for part in (item.kind, item.found, item.note) if part).replace("\0", "\ufffd")
        for item in verification.evidence
    )
