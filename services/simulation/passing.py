"""Whoever acts on decisions keeps how far: when its place moves on, what follows from all before it was appended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from services.alarm_router.domain.passing_back import follow_up_key
from services.contracts.codec import decode_inbox, encode
from services.contracts.envelope import Decision
from services.contracts.reports import FollowUp
from services.contracts.topics import POLICE_ORDERS
from services.eventsourcing.ports import Record
from services.police_link.domain.notice import orders
from services.simulation.restored import followed

if TYPE_CHECKING:
    from services.simulation.judge import Oracle

FOLLOW_UP = b'{"type":"followup.'
_FOLLOW_UPS = get_args(FollowUp)


class Appended:
    """What lies on the broker because of decisions: orders for the police, and follow-ups by how they will be decided."""

    def __init__(self) -> None:
        self._orders: set[bytes] = set()
        self._follow_ups: set[str] = set()

    def landed(self, topic: str, records: Sequence[Record]) -> None:
        """A batch lies there."""
        if topic == POLICE_ORDERS:
            self._orders.update(record.value for record in records)
        for record in records:
            if record.value.startswith(FOLLOW_UP) and isinstance(
                message := decode_inbox(record.value), _FOLLOW_UPS
            ):
                self._follow_ups.add(follow_up_key(message))

    def missing(self, reader: str, oracle: Oracle, since: int, until: int) -> list[str]:
        """What follows from the decisions between two offsets, for this reader, and lies nowhere."""
        partition = oracle.state.partition
        return [
            name
            for offset, decision in oracle.decisions
            if since <= offset < until
            for name in self._wanted(reader, partition, offset, decision)
        ]

    def _wanted(self, reader: str, partition: int, offset: int, decision: Decision) -> Iterator[str]:
        if reader == POLICE_ORDERS:
            for order in orders(partition, offset, decision):
                if encode(order) not in self._orders:
                    yield f"order {order.escalation}/{order.attempt}"
            return
        for event in decision.events:
            name = followed(partition, offset, event)
            if name is not None and name not in self._follow_ups:
                yield name
