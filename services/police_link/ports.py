"""What delivery needs from the world."""

from __future__ import annotations

from typing import Protocol

from services.contracts.police import EscalationNotice, NoticeStatus, NoticeTaken, PoliceOrder
from services.contracts.reports import EscalationReceipt
from services.contracts.views import EscalationView


class EndpointAway(Exception):
    """No answer, or one that promises nothing: what became of it is not known, and the core asks again in time."""


class EndpointRefuses(Exception):
    """The endpoint will not take this notice, now or later: a person must telephone."""


class ReportsAway(Exception):
    """The read models cannot be asked now."""


class ReportBook(Protocol):
    """The reports as the read models have them."""

    async def report(self, escalation: str) -> EscalationView | None:
        """With names and with notes in clear; None while the read models are behind. Raises `ReportsAway`."""


class PoliceGateway(Protocol):
    """The way to one police endpoint, which keeps one notice for each escalation, however often it comes."""

    @property
    def name(self) -> str:
        """How receipts call it."""

    @property
    def address(self) -> str:
        """Where it leads: two ways with one address lead to one endpoint."""

    async def status(self, escalation: str) -> NoticeStatus | None:
        """What the endpoint has of it; None: nothing, or it knows no such question. Raises `EndpointAway`."""

    async def deliver(self, notice: EscalationNotice) -> None:
        """Returns when the endpoint has it. Raises `EndpointAway` or `EndpointRefuses`."""


class Receipts(Protocol):
    """The inbox, for receipts."""

    async def put(self, receipt: EscalationReceipt) -> None:
        """Durably. Raises `AppendUnknown`."""


class NoticeBook(Protocol):
    """The console's side: which notices were taken."""

    async def take(self, notice: EscalationNotice, now_us: int) -> NoticeTaken:
        """Keep it; the same escalation again changes nothing but the count, and brings further additions."""

    async def status(self, escalation: str) -> NoticeStatus | None:
        """What was taken of it."""


class OrderQueue(Protocol):
    """Where orders wait for their bureau."""

    def put(self, order: PoliceOrder) -> bool:
        """Whether there was room; without room the core asks again in time."""
