"""A log that goes on from a copy, or from where its chain broke: its new name, and what people must know of each alarm.

Behind the copy people went on: they verified, reported and closed, and no trace of it is left. So the log gets a new
name, by which no id is minted that the lost part had, and every alarm whose signal came before the loss says so: those
that are open, and those raised of what the copied inbox holds beyond the copied record, which is decided anew. A
report about one of them goes out all the same, better twice than never, and says that the police may know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from services.alarm_router.domain import signal as signals
from services.alarm_router.domain.state import State
from services.contracts.alarm import AlarmRaised, AlarmResumed
from services.contracts.envelope import Event, LogResumed
from services.contracts.topics import subject_of_partition
from services.eventsourcing.partition import Outcome

RESUMED: Final = "log.resumed"  # the supervisors' alarm: what came in behind the copy must be asked for
CUT: Final = "log.cut"  # … what was decided behind the place where the chain broke is decided anew
RESUME: Final = "resume/"  # how the id of such a decision begins; it came of nothing in the inbox
TELLS: Final = 0  # the partition whose record tells the supervisors, once for all of them
MOST: Final = 1_000  # alarms in one decision, which stays far below its 256 KB


def resumed(
    state: State, event: LogResumed, source: int, *, cut: bool = False
) -> Iterator[tuple[Event, ...]]:
    """What is said of the log and its open alarms, one tuple a decision. `source`: what was decided last, -1: nothing.

    `cut`: it goes on from where its chain broke, and this partition alone does.
    """
    waiting = [AlarmResumed(alarm=one.id) for one in state.alarms.values() if one.closed_at is None]
    first: tuple[Event, ...] = (event,)
    if cut or state.partition == TELLS:
        named, subject = replace(state, log_id=event.log_id), subject_of_partition(state.partition)
        told = signals.raise_system(named, subject, max(source, 0), state.time, CUT if cut else RESUMED)
        first = (event, told)
    yield (*first, *waiting[:MOST])
    for at in range(MOST, len(waiting), MOST):
        yield tuple(waiting[at : at + MOST])


def marked(state: State, outcome: Outcome | None, source: int) -> Outcome | None:
    """The outcome of an inbox record; what it raises is resumed if the record came before the loss."""
    if outcome is None or source >= state.copied_inbox:
        return outcome
    raised = (AlarmResumed(alarm=one.alarm) for one in outcome.events if isinstance(one, AlarmRaised))
    return replace(outcome, events=(*outcome.events, *raised))
