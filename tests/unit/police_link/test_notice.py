"""Every fact of a report stands in the notice, in its own place."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from services.contracts.alarm import AlarmEscalated, EscalationAskedAgain
from services.contracts.codec import encode
from services.contracts.envelope import Decision
from services.contracts.police import Addition, EscalationNotice, PoliceOrder, SignalNotice
from services.contracts.police_track import EscalationSupplemented, EscalationTransferred
from services.contracts.reports import Cause, EscalationReceipt
from services.contracts.views import (
    AdditionView,
    EscalationView,
    EvidenceView,
    OccurrenceView,
    VerificationView,
)
from services.police_link.domain.notice import DETAIL_CHARS, Known, notice, orders, receipt
from tests.contracts.samples import sample

ORDER = PoliceOrder(
    escalation="e1",
    alarm="a1",
    subject="s1",
    bureau="b2",
    attempt=3,
    cause=Cause(partition=4, offset=7, time=9),
    mark="exercise",
)
REPORT = EscalationView(
    id="e1",
    alarm="a1",
    number="4-2P4N",
    bureau="b1",
    account="35010211",
    site="s1",
    site_name="东街口金行",
    code="130",
    class_="burglary",
    zone="3",
    lon=119.3,
    lat=26.1,
    division="350102",
    provider_name="福州安澜",
    escalated_at=20,
    escalated_by="p1",
    received_at=10,
    verification=VerificationView(
        result="confirmed",
        by="p1",
        at=15,
        evidence=(
            EvidenceView(kind="call", found="denied", note="a\0b"),
            EvidenceView(kind="video", note=""),
        ),
    ),
    rule="guard_confirmed",
    mark="exercise",
    possibly_repeated=True,
    occurrences=(
        OccurrenceView(code="130", class_="burglary", area="1", zone="3", received_at=10, panel_time=9),
    ),
    additions=(AdditionView(id="c1", kind="supplement", at=30, by="p1", text="two\0"),),
)


def test_every_fact_of_the_report_is_told() -> None:
    assert notice(ORDER, REPORT) == EscalationNotice(
        escalation="e1",
        number="4-2P4N",
        mark="exercise",
        possibly_repeated=True,
        attempt=3,
        bureau="b2",
        reported_by="福州安澜",
        escalated_at=20,
        received_at=10,
        site="s1",
        site_name="东街口金行",
        division="350102",
        lon=119.3,
        lat=26.1,
        account="35010211",
        code="130",
        class_="burglary",
        zone="3",
        signals=(
            SignalNotice(code="130", class_="burglary", area="1", zone="3", received_at=10, panel_time=9),
        ),
        result="confirmed",
        verification=("call: denied: a\ufffdb", "video"),
        rule="guard_confirmed",
        additions=(Addition(id="c1", kind="supplement", at=30, text="two\ufffd"),),
    )


def test_without_a_verification_it_says_none() -> None:
    told = notice(ORDER, replace(REPORT, verification=None))
    assert (told.result, told.verification) == (None, ())


def test_a_receipt_names_its_sending_and_keeps_the_beginning_of_the_words() -> None:
    words = "x" * DETAIL_CHARS
    assert receipt(ORDER, 50, "分局", Known("refused", words + "y", asked=True)) == EscalationReceipt(
        sender="police_link",
        sent_at=50,
        subject="s1",
        escalation="e1",
        attempt=3,
        outcome="refused",
        endpoint="分局",
        detail=words,
        asked=True,
    )


def test_each_event_that_asks_for_a_sending_is_one_order_and_nothing_else_is() -> None:
    kinds = (AlarmEscalated, EscalationAskedAgain, EscalationSupplemented, EscalationTransferred)
    events: list[Any] = [replace(sample(kind), mark="exercise") for kind in kinds]
    decision = sample(Decision)
    assert isinstance(decision, Decision)
    asking = replace(decision, events=(*decision.events, *events))
    found = orders(4, 7, asking)
    assert [one.attempt for one in found] == [1, 7, 7, 7]
    for order, event in zip(found, events, strict=True):
        assert (order.escalation, order.alarm, order.bureau, order.mark) == (
            event.escalation,
            event.alarm,
            event.bureau,
            event.mark,
        )
        assert (order.subject, order.cause) == (
            decision.subject,
            Cause(partition=4, offset=7, time=decision.time),
        )
        assert encode(order)
