"""What a process of the house reaches: the record, the inboxes, and whoever is told how a partition fares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from services.contracts.codec import encode
from services.contracts.envelope import Command
from services.contracts.reports import FollowUp, RestoreBrought, TypedWhileUndecided
from services.contracts.topics import EVENTS, INBOX, partition_of
from services.desk.adapters.tailing_gateway import TailingGateway
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain, LogBroken
from services.runtime.counting import Counted, follow_counting
from services.simulation.broker import SimulatedLog, produce, readers
from services.simulation.mending import call_two
from services.simulation.process import Process

if TYPE_CHECKING:
    from services.simulation.house import House


class Reads:
    """`Reading` of one process: counting decisions from each chain's place."""

    def __init__(self, house: House, process: Process, chain: Callable[[int, bytes], Chain] = Chain) -> None:
        """`chain`: what counts for this reader."""
        self._house, self._process, self._chain = house, process, chain

    def __call__(self, chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
        """See `follow_counting`."""
        if self._chain is not Chain:
            chains = {partition: self._chain(one.offset, one.head) for partition, one in chains.items()}
        return follow_counting(readers(self._process, self._house.broker, EVENTS, chains), chains)


class Watch:
    """`Watcher`: who is told how a partition fares."""

    def __init__(self, house: House) -> None:
        self._house = house

    def whole(self, partition: int) -> None:
        """See the port."""
        self._house.stopped.pop(partition, None)

    def stopped(self, partition: int, reason: str) -> None:
        """See the port."""
        self._house.world.step(f"partition {partition}", f"stops: {reason}")
        self._house.stopped[partition] = reason
        if self._house.was_cut:
            self._house.call_for_help(reason)
        call_two(self._house, partition)


class Inboxes:
    """The inbox as `followup` reaches it."""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process

    async def value(self, partition: int, offset: int) -> bytes:
        """See the port."""
        log = SimulatedLog(self._process, self._house.broker, INBOX, partition)
        found = await log.read(offset, most=1, wait_s=1.0)
        if not found:
            raise LogBroken(f"inbox {partition} shows nothing at offset {offset}, which was decided")
        return found[0].value

    async def append(self, record: FollowUp) -> None:
        """See the port."""
        self._house.world.seen["restore passed back"] += isinstance(record, RestoreBrought)
        value = encode(record)
        await produce(self._process, self._house.broker, INBOX, partition_of(record.subject), [value])


class Gateway(TailingGateway):
    """The desk's gateway over the simulated broker."""

    def __init__(self, house: House, process: Process) -> None:
        places = {partition: Place(partition) for partition in house.partitions}
        super().__init__(places, Reads(house, process, house.rules.answers))
        self._house, self._process = house, process

    def set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        """See the tail."""
        sent = produce(self._process, self._house.broker, INBOX, partition, [encode(record)])
        return asyncio.ensure_future(sent)
