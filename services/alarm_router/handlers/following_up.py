"""What must happen to another subject: a signal that was carried on becomes a record of its site's inbox.

So does what a merged shell waits for, and a restore that its site passes back. Idempotent by content: a carried signal is
known by its id, the others by their cause, so the same follow-up twice is `already`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.contracts.alarm import SignalCarriedOn
from services.contracts.codec import decode_inbox
from services.contracts.envelope import Decision, Event
from services.contracts.reports import Cause, FollowUp, RestoreBrought, RestoresWanted, SignalCarried
from services.contracts.restores import RestorePassedBack, RestoresAwaited
from services.contracts.signals import SignalReceived
from services.eventsourcing.counting import LogBroken

SENDER = "followup"


class Inboxes(Protocol):
    """The inbox as a list that can be asked and written."""

    async def value(self, partition: int, offset: int) -> bytes:
        """The record at an offset that was decided."""

    async def append(self, record: FollowUp) -> None:
        """Durably, to the partition of its subject."""


async def follow_up(
    inboxes: Inboxes, partition: int, offset: int, decision: Decision, now_us: int
) -> Sequence[FollowUp]:
    """Send what follows from one counting decision; what was sent. Raises `LogBroken` if its source is no signal."""
    cause = Cause(partition=partition, offset=offset, time=decision.time)
    sent = []
    for event in decision.events:
        record = await _record(inboxes, cause, event, now_us)
        if record is not None:
            await inboxes.append(record)
            sent.append(record)
    return sent


async def _record(inboxes: Inboxes, cause: Cause, event: Event, now_us: int) -> FollowUp | None:
    """What another subject is told of an event, if anything."""
    match event:
        case SignalCarriedOn(to=to, source=source):
            signal = await _signal(inboxes, cause.partition, source)
            return SignalCarried(sender=SENDER, sent_at=now_us, subject=to, cause=cause, signal=signal)
        case RestoresAwaited():
            return RestoresWanted(
                sender=SENDER,
                sent_at=now_us,
                subject=event.site,
                cause=cause,
                shell=event.shell,
                since=event.since,
                of=event.of,
            )
        case RestorePassedBack():
            return RestoreBrought(
                sender=SENDER,
                sent_at=now_us,
                subject=event.shell,
                cause=cause,
                code=event.code,
                area=event.area,
                zone=event.zone,
                received_at=event.received_at,
            )
        case _:
            return None


async def _signal(inboxes: Inboxes, partition: int, source: int) -> SignalReceived:
    message = decode_inbox(await inboxes.value(partition, source))
    if isinstance(message, SignalCarried):  # the site it was carried to had been merged as well
        message = message.signal
    if not isinstance(message, SignalReceived):
        raise LogBroken(
            f"inbox {partition}, offset {source}: decided as a signal, now a {type(message).__name__}"
        )
    return message
