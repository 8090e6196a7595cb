"""Deliveries: a queue and a task for each bureau, so that a slow one delays nobody else.

Nothing is retried here: an order without a receipt is asked for again by the core, under the same id, so that one
place knows how often the police were tried and says so when it does not work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Self
from weakref import WeakValueDictionary

import msgspec
import structlog

from services.contracts.police import EscalationNotice, PoliceOrder
from services.contracts.views import EscalationView
from services.eventsourcing.ports import AppendUnknown
from services.police_link.domain.notice import Known, has_all, notice, receipt
from services.police_link.ports import (
    EndpointAway,
    EndpointRefuses,
    PoliceGateway,
    Receipts,
    ReportBook,
    ReportsAway,
)


class ReportsBehind(Exception):
    """The read models do not show what is to be told."""


WAITING_PER_BUREAU = 200
BEHIND_TRIES = 50
BEHIND_SECONDS = 0.1  # the read models are usually 50 ms behind the record
_log = structlog.get_logger()


NO_WAY_FOR_A_DRILL = Known("refused", "a drill reaches the test endpoint or an approved drill window alone")


class Delivery(msgspec.Struct, frozen=True):
    """Delivers an order and says what is known of it. `gateway_of`: the way of this order; None: it must not go out.

    One attempt at a time for each report at one endpoint, from the question on: when a report was passed on, the queues of
    two bureaus that share an endpoint would both ask before either had sent.
    """

    reports: ReportBook
    gateway_of: Callable[[PoliceOrder], PoliceGateway | None]
    receipts: Receipts
    clock: Callable[[], int]
    under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = msgspec.field(
        default_factory=WeakValueDictionary
    )

    async def deliver(self, order: PoliceOrder) -> None:
        """One attempt. What fails is said, and asked for again by the core."""
        try:
            gateway = self.gateway_of(order)
            name = "-" if gateway is None else gateway.name
            known = NO_WAY_FOR_A_DRILL if gateway is None else await self._attempt(order, gateway)
            await self.receipts.put(receipt(order, self.clock(), name, known))
        except (AppendUnknown, ReportsAway, ReportsBehind) as error:
            _log.warning("not delivered", escalation=order.escalation, attempt=order.attempt, why=str(error))

    async def _attempt(self, order: PoliceOrder, gateway: PoliceGateway) -> Known:
        """First what the endpoint has: an order may come twice, and one without an answer may have arrived."""
        told = notice(order, await self._report(order))
        async with self.under_way.setdefault((gateway.address, order.escalation), asyncio.Lock()):
            return await self._send(told, gateway)

    @staticmethod
    async def _send(told: EscalationNotice, gateway: PoliceGateway) -> Known:
        try:
            has = await gateway.status(told.escalation)
            if has is not None and has_all(has, told):
                return Known("delivered", asked=True)
            await gateway.deliver(told)
        except EndpointAway as error:
            return Known("unknown", str(error))
        except EndpointRefuses as refusal:
            return Known("refused", str(refusal) or "refused")
        return Known("delivered")

    async def _report(self, order: PoliceOrder) -> EscalationView:
        """The report, as new as the order."""
        for _ in range(BEHIND_TRIES):
            report = await self.reports.report(order.escalation)
            if report is not None and report.attempt >= order.attempt:
                return report
            await asyncio.sleep(BEHIND_SECONDS)
        raise ReportsBehind("the read models do not show it yet")


class Bureaus:
    """`OrderQueue`: a bounded queue for each bureau, and the task that empties it. Use as a context."""

    def __init__(self, delivery: Delivery, *, waiting: int = WAITING_PER_BUREAU) -> None:
        """`waiting`: orders that one bureau may have before further ones are left to asking again."""
        self._delivery = delivery
        self._waiting = waiting
        self._queues: dict[str | None, asyncio.Queue[PoliceOrder]] = {}
        self._tasks: dict[str | None, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        """Nothing runs before the first order."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """End the deliveries. What waits has no receipt and is asked for again."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def put(self, order: PoliceOrder) -> bool:
        """See the port."""
        queue = self._queues.get(order.bureau)
        if queue is None:
            queue = self._queues[order.bureau] = asyncio.Queue(self._waiting)
            self._begin(order.bureau)
        if queue.full():
            _log.error("bureau does not keep up", bureau=order.bureau, escalation=order.escalation)
            return False
        queue.put_nowait(order)
        return True

    def _begin(self, bureau: str | None) -> None:
        task = self._tasks[bureau] = asyncio.create_task(self._empty(self._queues[bureau]))
        task.add_done_callback(partial(self._ended, bureau))

    def _ended(self, bureau: str | None, task: asyncio.Task[None]) -> None:
        """Go on after an error that nobody foresaw: a bureau without a task would never hear of anything again."""
        if task.cancelled():
            return
        _log.error("a delivery failed", bureau=bureau, why=repr(task.exception()))
        if bureau in self._tasks:
            self._begin(bureau)

    async def _empty(self, queue: asyncio.Queue[PoliceOrder]) -> None:
        while True:
            await self._delivery.deliver(await queue.get())
