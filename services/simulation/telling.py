"""The processes that follow the record: read models, and what leaves the house for the police."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from services.alarm_router.handlers.following_up import follow_up
from services.contracts.codec import encode
from services.contracts.police import PoliceOrder
from services.contracts.reports import EscalationReceipt
from services.contracts.topics import INBOX, POLICE_ORDERS, partition_of
from services.contracts.views import EscalationView
from services.desk.adapters.memory_projection import MemoryDesk, MemoryProjection
from services.desk.book_reader import AnotherReader, Book, again, read_on
from services.desk.domain.reading_place import moved
from services.police_link.domain.notice import orders
from services.police_link.handlers.delivering import Bureaus, Delivery
from services.police_link.ports import PoliceGateway, ReportsAway
from services.runtime.acting_on_decisions import act_as_told
from services.runtime.counting import Counted
from services.simulation.broker import SimulatedLog, produce
from services.simulation.disk import SimulatedPlaces, reach_database
from services.simulation.process import Process
from services.simulation.reaching import Inboxes

if TYPE_CHECKING:
    from services.desk.domain.reading_place import Place
    from services.simulation.house import House

FOLLOWUP = "followup"
ORDERS = 0  # the partition of police.orders that is simulated
BROKER_AWAY_S = 0.5
_ORDER = msgspec.json.Decoder(PoliceOrder)
B = TypeVar("B", bound=Book)


class LockedBook(Generic[B]):
    """`Book`: `writer`, in a database that is away now and then, and that one process at a time holds."""

    def __init__(self, house: House, process: Process, writer: B) -> None:
        self.name, self.lock = writer.name, writer.lock
        self._house, self._process, self._writer = house, process, writer

    async def begin(self) -> Mapping[int, Place]:
        """See the port. Raises `AnotherReader` while another one lives."""
        await reach_database(self._process)
        holder = self._house.holders.get(self.name)
        if holder is not None and not holder.is_gone and holder is not self._process:
            raise AnotherReader("another process holds the lock")
        self._house.holders[self.name] = self._process
        return await self._writer.begin()

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See the port."""
        await reach_database(self._process)
        await self._writer.take(batch, places)
        written = {place.partition: place.offset for place in moved(places, batch)}
        self._process.step(f"projects {sorted(written.items())}")
        self.wrote(batch, written)
        await reach_database(self._process)

    def wrote(self, batch: Sequence[Counted], written: Mapping[int, int]) -> None:
        """The rows are kept, up to which offset of each partition."""


class DeskBook(LockedBook[MemoryProjection]):
    """The desk's, whose rows are held against the record as soon as they are written."""

    def wrote(self, batch: Sequence[Counted], written: Mapping[int, int]) -> None:
        """See the book."""
        for partition, offset in written.items():
            told = [one.decision for one in batch if one.partition == partition]
            names = {getattr(event, "alarm", None) for decision in told for event in decision.events}
            alarms = sorted(name for name in names if name is not None)
            found = self._house.chronicles[partition].rows_differ(self._house.desk.views, alarms, offset)
            if found:
                self._process.world.fail_with(found)


async def project(house: House, process: Process) -> None:
    """The process `projector`."""

    async def work() -> None:
        book = DeskBook(house, process, house.rules.projection(house.desk))
        await read_on(book, house.reading(process), house.partitions)

    await again("desk", work)


async def project_interruptions(house: House, process: Process) -> None:
    """What the process `projector` does beside that, here as a process of its own."""

    async def work() -> None:
        book = LockedBook(house, process, house.rules.writer(house.interruptions))
        await read_on(book, house.reading(process), house.partitions)

    await again("interruptions", work)


def _kept_places(house: House, process: Process, reader: str) -> SimulatedPlaces:
    """How far a process that acts on decisions is."""

    def moved(partition: int, since: int, until: int) -> None:
        missing = house.appended.missing(reader, house.oracles[partition], since, until)
        if missing:
            process.world.fail_with(
                f"{reader} goes on at {until} of partition {partition} and appended no {missing}"
            )

    return SimulatedPlaces(process, house.places[reader], moved)


async def carry_on(house: House, process: Process) -> None:
    """The process `followup`."""
    inboxes = Inboxes(house, process)

    async def act(batch: Sequence[Counted]) -> None:
        for counted in batch:
            await follow_up(inboxes, counted.partition, counted.offset, counted.decision, process.now_us())

    places, acting = _kept_places(house, process, FOLLOWUP), house.rules.acts(process, act)
    await act_as_told(house.reading(process), places, FOLLOWUP, acting)


class Reports:
    """`ReportBook` over the read models."""

    def __init__(self, process: Process, desk: MemoryDesk) -> None:
        self._process, self._desk = process, desk

    async def report(self, escalation: str) -> EscalationView | None:
        """See the port."""
        await reach_database(self._process, ReportsAway)
        found = self._desk.reports.get(escalation)
        return None if found is None else found.view


class Receipts:
    """`Receipts` on the simulated broker."""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process

    async def put(self, receipt: EscalationReceipt) -> None:
        """See the port."""
        value = encode(receipt)
        await produce(self._process, self._house.broker, INBOX, partition_of(receipt.subject), [value])


async def deliver(house: House, process: Process) -> None:
    """The process `outbound`: copies orders out of the record, and delivers them."""

    def gateway_of(order: PoliceOrder) -> PoliceGateway:
        return house.rules.police(process, house.police_of(order))

    async def act(batch: Sequence[Counted]) -> None:
        for counted in batch:
            for order in orders(counted.partition, counted.offset, counted.decision):
                await produce(process, house.broker, POLICE_ORDERS, ORDERS, [encode(order)])

    delivery = Delivery(
        reports=Reports(process, house.desk),
        gateway_of=gateway_of,
        receipts=Receipts(house, process),
        clock=process.now_us,
    )
    places = _kept_places(house, process, POLICE_ORDERS)
    async with Bureaus(delivery) as bureaus, asyncio.TaskGroup() as group:
        acting = house.rules.acts(process, act)
        group.create_task(act_as_told(house.reading(process), places, POLICE_ORDERS, acting))
        group.create_task(_hand_on(house, process, bureaus))


async def _hand_on(house: House, process: Process, bureaus: Bureaus) -> None:
    """The agent: an order that is lost between its commit and the receipt is asked for again by the core."""
    log = SimulatedLog(process, house.broker, POLICE_ORDERS, ORDERS)
    while True:
        try:
            found = await log.read(house.orders_read, most=10, wait_s=1.0)
        except RuntimeError:
            await asyncio.sleep(BROKER_AWAY_S)
            continue
        for record in found:
            bureaus.put(_ORDER.decode(record.value))
            house.orders_read = max(house.orders_read, record.offset + 1)
