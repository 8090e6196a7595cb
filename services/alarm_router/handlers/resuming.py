"""Lets one partition's log go on from a copy, while no router runs: under a new name, fenced like any writer."""

from __future__ import annotations

from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.resuming import RESUME, resumed
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.folding import fold
from services.contracts.envelope import Accepted, LogResumed
from services.contracts.topics import subject_of_partition
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import EventLog


async def resume(  # noqa: PLR0913 - two logs, the new name, the copy, and the code
    partition: int, *, inbox: EventLog, events: EventLog, log_id: str, copied_at: int, code: str
) -> int:
    """Say that the log goes on from a copy begun at `copied_at`; the offset of `log.resumed`.

    Partition time stays where it was, so that what the inbox still holds is decided as it was received. Raises
    `LogBroken` or `Unreadable` where the copy is not whole, `Fenced` or `AppendUnknown` where somebody else writes.
    """
    owned: Partition[State] = Partition(AlarmRouter(), partition, code)
    await fold(owned, inbox, events)
    first, state = owned.chain.offset, owned.state
    event = LogResumed(log_id=log_id, before=state.log_id, copied_at=copied_at, inbox_end=await inbox.end())
    said = list(resumed(state, event, owned.source.offset))
    values = [
        owned.say(
            Outcome(
                state.time,
                subject_of_partition(partition),
                f"{RESUME}{first + number}",
                Accepted(),
                events_of_one,
            )
        )
        for number, events_of_one in enumerate(said)
    ]
    writer = await events.open_writer()
    try:
        owned.landed(await writer.append(values), len(values))
    finally:
        await writer.close()
    return first
