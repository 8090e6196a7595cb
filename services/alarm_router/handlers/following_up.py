"""What must happen to another subject: a signal that was carried on becomes a record of its site's inbox.

Idempotent by content: the site knows a carried signal by its id, so the same follow-up twice is `already`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.contracts.alarm import SignalCarriedOn
from services.contracts.codec import decode_inbox
from services.contracts.envelope import Decision
from services.contracts.reports import Cause, SignalCarried
from services.contracts.signals import SignalReceived
from services.eventsourcing.counting import LogBroken

SENDER = "followup"


class Inboxes(Protocol):
    """The inbox as a list that can be asked and written."""

    async def value(self, partition: int, offset: int) -> bytes:
        """The record at an offset that was decided."""

    async def append(self, record: SignalCarried) -> None:
        """Durably, to the partition of its subject."""


async def follow_up(
    inboxes: Inboxes, partition: int, offset: int, decision: Decision, now_us: int
) -> Sequence[SignalCarried]:
    """Send what follows from one counting decision; what was sent. Raises `LogBroken` if its source is no signal."""
    sent = []
    for event in decision.events:
        if isinstance(event, SignalCarriedOn):
            record = SignalCarried(
                sender=SENDER,
                sent_at=now_us,
                subject=event.to,
                cause=Cause(partition=partition, offset=offset, time=decision.time),
                signal=await _signal(inboxes, partition, event.source),
            )
            await inboxes.append(record)
            sent.append(record)
    return sent


async def _signal(inboxes: Inboxes, partition: int, source: int) -> SignalReceived:
    message = decode_inbox(await inboxes.value(partition, source))
    if isinstance(message, SignalCarried):  # the site it was carried to had been merged as well
        message = message.signal
    if not isinstance(message, SignalReceived):
        raise LogBroken(
            f"inbox {partition}, offset {source}: decided as a signal, now a {type(message).__name__}"
        )
    return message
