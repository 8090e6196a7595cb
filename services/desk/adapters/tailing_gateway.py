"""The tail of alarm.events on which the answer to a command passes by (design, "Tickets"), whoever sends it.

A send is not waited for: the decision may pass before the acknowledgement, and a lost acknowledgement says nothing
about the fate.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import partition_of
from services.desk.domain.reading_place import chains_of
from services.desk.ports import Away, Ticket
from services.eventsourcing.ports import AppendUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.envelope import Command
    from services.contracts.reports import TypedWhileUndecided
    from services.desk.domain.reading_place import Place
    from services.runtime.counting import Counted, Reading

ANSWER_SECONDS = 5.0
AGAIN_SECONDS = 0.3
_log = structlog.get_logger()


class TailingGateway(ABC):
    """`Gateway` but for the sending. `tail` runs beside the server for as long as it serves."""

    def __init__(self, places: Mapping[int, Place], reading: Reading) -> None:
        """`places`: where the tail begins, those of the read models; `reading`: how counting decisions are read."""
        self._places, self._reading = places, reading
        self._newest = max((place.decided_at for place in places.values()), default=0)
        self._waiting: dict[tuple[int, str], list[asyncio.Future[Ticket]]] = {}
        self._sending: set[asyncio.Future[object]] = set()
        self.tailing = False

    @abstractmethod
    def set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        """Send it on its way to the inbox. Raises `Away` when nothing can be sent."""

    @property
    def newest_decision(self) -> int:
        """See the port."""
        return self._newest

    def reached(self) -> Mapping[int, int]:
        """See the port."""
        return {partition: place.offset for partition, place in self._places.items()}

    def decided_at(self, partition: int) -> int:
        """See the port."""
        return self._places[partition].decided_at

    async def submit(self, command: Command) -> Ticket | None:
        """See the port."""
        partition = partition_of(command.subject)
        seen: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((partition, command.id), [])
        waiting.append(seen)
        try:
            _ = self._set_out(partition, command)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await seen
        except TimeoutError:
            return None
        finally:
            waiting.remove(seen)
            if not waiting:
                self._waiting.pop((partition, command.id), None)

    async def report(self, partition: int, report: TypedWhileUndecided) -> None:
        """See the port. Shielded: a caller that leaves does not take it back."""
        sending = self._set_out(partition, report)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.shield(sending)
        except (KafkaError, AppendUnknown, TimeoutError) as error:
            raise Away("nobody knows whether it was written") from error

    async def tail(self) -> None:
        """Follow the record for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
        chains = chains_of(self._places)
        while True:
            try:
                async with aclosing(self._reading(chains)) as batches:
                    async for batch in batches:
                        self.tailing = True
                        for counted in batch:
                            self._pass(counted)
            except (KafkaError, OSError) as error:
                self.tailing = False
                _log.warning("gateway.tail_again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)

    def _set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        sending = self.set_out(partition, record)
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        return sending

    def _sent(self, sending: asyncio.Future[object]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled() and (error := sending.exception()) is not None:
            _log.warning("gateway.fate_unknown", error=repr(error))

    def _pass(self, counted: Counted) -> None:
        decision = counted.decision
        self._places[counted.partition].move(counted.offset, counted.head, decision)
        self._newest = max(self._newest, decision.time)
        waiting = self._waiting.get((counted.partition, decision.id), ())
        ticket = Ticket(
            counted.partition, counted.offset, decision.id, decision.answer, decision.events, decision.time
        )
        for seen in waiting:
            if not seen.done():
                seen.set_result(ticket)
