"""Given an order, what is posted and what the inbox is told."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from services.contracts.police import EscalationNotice, NoticeStatus, PoliceOrder
from services.contracts.reports import Cause, EscalationReceipt
from services.contracts.views import AdditionView, EscalationView, EvidenceView, VerificationView
from services.eventsourcing.ports import AppendUnknown
from services.police_link.adapters.http_police_gateway import words
from services.police_link.handlers.delivering import Bureaus, Delivery
from services.police_link.ports import EndpointAway, EndpointRefuses, ReportsAway

NOW = 1_700_000_000_000_000
REPORT = EscalationView(
    id="e1",
    alarm="a1",
    number="4-2P4N",
    bureau="350102000000",
    account="35010211",
    site="s1",
    site_name="东街口金行",
    provider_name="福州安澜",
    code="130",
    class_="burglary",
    zone="3",
    escalated_at=NOW,
    escalated_by="p1",
    received_at=NOW - 60_000_000,
    attempt=2,
    verification=VerificationView(
        result="confirmed", by="p1", at=NOW, evidence=(EvidenceView(kind="video", note="店内 2 人"),)
    ),
)


def order(attempt: int = 1, *, bureau: str | None = "350102000000") -> PoliceOrder:
    return PoliceOrder(
        escalation="e1",
        alarm="a1",
        subject="s1",
        bureau=bureau,
        attempt=attempt,
        cause=Cause(partition=4, offset=7, time=NOW),
    )


class Reports:
    def __init__(self, *found: EscalationView | None) -> None:
        self._found = list(found)

    async def report(self, escalation: str) -> EscalationView | None:
        assert escalation == "e1"
        return self._found.pop(0) if len(self._found) > 1 else self._found[0]


class NoReports:
    async def report(self, escalation: str) -> EscalationView | None:
        raise ReportsAway(escalation)


class Endpoint:
    name = "鼓楼分局"

    def __init__(
        self,
        error: Exception | None = None,
        has: NoticeStatus | Exception | None = None,
        address: str = "https://gulou.example",
    ) -> None:
        self.address = address
        self.taken: list[EscalationNotice] = []
        self._error, self._has = error, has

    async def status(self, escalation: str) -> NoticeStatus | None:
        assert escalation == "e1"
        if isinstance(self._has, Exception):
            raise self._has
        return self._has

    async def deliver(self, notice: EscalationNotice) -> None:
        if self._error is not None:
            raise self._error
        self.taken.append(notice)


class Inbox:
    def __init__(self, error: Exception | None = None) -> None:
        self.receipts: list[EscalationReceipt] = []
        self._error = error

    async def put(self, receipt: EscalationReceipt) -> None:
        if self._error is not None:
            raise self._error
        self.receipts.append(receipt)


def delivery(endpoint: Endpoint, inbox: Inbox, *found: EscalationView | None) -> Delivery:
    return Delivery(Reports(*(found or (REPORT,))), lambda _: endpoint, inbox, lambda: NOW)


async def test_a_delivered_escalation_has_a_receipt_with_its_attempt() -> None:
    endpoint, inbox = Endpoint(), Inbox()
    await delivery(endpoint, inbox).deliver(order(attempt=2))
    [notice] = endpoint.taken
    assert (notice.escalation, notice.attempt, notice.number) == ("e1", 2, "4-2P4N")
    assert notice.verification == ("video: 店内 2 人",)
    [receipt] = inbox.receipts
    assert (receipt.outcome, receipt.attempt, receipt.endpoint) == ("delivered", 2, "鼓楼分局")
    assert receipt.subject == "s1"


async def test_an_endpoint_that_refuses_is_quoted_in_the_receipt() -> None:
    inbox = Inbox()
    await delivery(Endpoint(EndpointRefuses("422 no such bureau" + "!" * 300)), inbox).deliver(order())
    [receipt] = inbox.receipts
    assert receipt.outcome == "refused"
    assert receipt.detail.startswith("422 no such bureau")
    assert len(receipt.detail) == 200


async def test_of_silence_it_is_said_that_nobody_knows() -> None:
    inbox = Inbox()
    await delivery(Endpoint(EndpointAway("no answer")), inbox).deliver(order())
    assert [(one.outcome, one.detail) for one in inbox.receipts] == [("unknown", "no answer")]


async def test_what_the_endpoint_has_already_is_not_posted_again() -> None:
    endpoint, inbox = Endpoint(has=NoticeStatus(escalation="e1", first_at=1)), Inbox()
    await delivery(endpoint, inbox).deliver(order(attempt=2))
    assert endpoint.taken == []
    assert [(one.outcome, one.asked) for one in inbox.receipts] == [("delivered", True)]


async def test_an_addition_that_the_endpoint_does_not_have_is_posted() -> None:
    endpoint, inbox = Endpoint(has=NoticeStatus(escalation="e1", first_at=1, additions=("u1",))), Inbox()
    added = tuple(
        AdditionView(id=name, kind="supplement", at=1, by="p1", text="往北走") for name in ("u1", "u2")
    )
    await delivery(endpoint, inbox, replace(REPORT, additions=added)).deliver(order(attempt=2))
    [notice] = endpoint.taken
    assert [one.id for one in notice.additions] == ["u1", "u2"]
    assert [(one.outcome, one.asked) for one in inbox.receipts] == [("delivered", False)]


async def test_while_the_status_cannot_be_had_nothing_is_posted() -> None:
    endpoint, inbox = Endpoint(has=EndpointAway("hangs")), Inbox()
    await delivery(endpoint, inbox).deliver(order(attempt=2))
    assert endpoint.taken == []
    assert [one.outcome for one in inbox.receipts] == ["unknown"]


async def test_a_drill_without_a_way_goes_to_nobody_and_is_refused() -> None:
    inbox = Inbox()
    await Delivery(Reports(REPORT), lambda _: None, inbox, lambda: NOW).deliver(order())
    assert [one.outcome for one in inbox.receipts] == ["refused"]
    assert "drill" in inbox.receipts[0].detail


async def test_it_waits_until_the_read_models_show_the_report() -> None:
    endpoint, inbox = Endpoint(), Inbox()
    await delivery(endpoint, inbox, None, None, REPORT).deliver(order())
    assert len(endpoint.taken) == 1


@pytest.mark.parametrize("broken", [Inbox(AppendUnknown("broker away"))])
async def test_a_receipt_that_cannot_be_written_ends_no_task(broken: Inbox) -> None:
    await delivery(Endpoint(), broken).deliver(order())
    await Delivery(NoReports(), lambda _: Endpoint(), Inbox(), lambda: NOW).deliver(order())


async def test_a_slow_bureau_delays_nobody_else_and_its_queue_is_bounded() -> None:
    slow, quick = asyncio.Event(), Endpoint()

    class Slow(Endpoint):
        async def deliver(self, notice: EscalationNotice) -> None:
            await slow.wait()
            await super().deliver(notice)

    ways = {"slow": Slow(address="https://slow.example"), "quick": quick}
    inbox = Inbox()
    works = Delivery(Reports(REPORT), lambda order: ways[order.bureau or ""], inbox, lambda: NOW)
    async with Bureaus(works, waiting=2) as bureaus:
        assert [bureaus.put(order(bureau="slow")) for _ in range(3)] == [True, True, False]
        assert bureaus.put(order(bureau="quick"))
        async with asyncio.timeout(5):
            while not quick.taken:
                await asyncio.sleep(0)
    assert len(inbox.receipts) == 1


async def test_two_bureaus_that_share_an_endpoint_tell_it_of_a_report_that_was_passed_on_one_after_the_other() -> (
    None
):
    class Shared(Endpoint):
        async def status(self, escalation: str) -> NoticeStatus | None:
            await asyncio.sleep(0)
            return NoticeStatus(escalation=escalation, first_at=NOW, additions=()) if self.taken else None

        async def deliver(self, notice: EscalationNotice) -> None:
            await asyncio.sleep(0)
            await super().deliver(notice)

    endpoint, inbox = Shared(), Inbox()
    async with Bureaus(delivery(endpoint, inbox)) as bureaus:
        assert bureaus.put(order(bureau="350102000000"))
        assert bureaus.put(order(attempt=2, bureau="350103000000"))
        async with asyncio.timeout(5):
            while len(inbox.receipts) < 2:
                await asyncio.sleep(0)
    assert len(endpoint.taken) == 1
    assert [receipt.asked for receipt in inbox.receipts] == [False, True]


async def test_an_error_that_nobody_foresaw_does_not_silence_the_bureau_for_ever() -> None:
    endpoint, inbox = Endpoint(), Inbox()
    first = True

    def way(_: PoliceOrder) -> Endpoint:
        nonlocal first
        if first:
            first = False
            raise LookupError("nobody foresaw this")
        return endpoint

    async with Bureaus(Delivery(Reports(REPORT), way, inbox, lambda: NOW)) as bureaus:
        assert bureaus.put(order(attempt=1))
        assert bureaus.put(order(attempt=2))
        async with asyncio.timeout(5):
            while not inbox.receipts:
                await asyncio.sleep(0)
    assert [notice.attempt for notice in endpoint.taken] == [2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"no\x00such\x1b[2Jbureau", "no such [2Jbureau"),
        ("不受理\n".encode(), "不受理"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_what_an_endpoint_says_is_kept_without_control_characters(said: bytes, kept: str) -> None:
    assert words(said) == kept


async def test_a_pasted_nul_does_not_keep_a_report_from_being_taken() -> None:
    endpoint = Endpoint()
    evidence = (EvidenceView(kind="call", note="机主\0已确认"),)
    found = VerificationView(result="confirmed", by="p1", at=NOW, evidence=evidence)
    await delivery(endpoint, Inbox(), replace(REPORT, verification=found)).deliver(order())
    assert endpoint.taken[0].verification == ("call: 机主\ufffd已确认",)
