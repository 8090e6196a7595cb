"""What the record says of a load, and what must hold between the two."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING

from services.contracts import alarm as a
from services.contracts.topics import PARTITIONS
from services.eventsourcing.counting import Chain
from services.runtime.counting import read_counting

if TYPE_CHECKING:
    from services.contracts.envelope import Decision
    from tests.chaos.open_load import Key, Sent

READ_S = 60.0
QUIET_BATCHES = 5


async def read_record(kafka: str, sent: Sent) -> list[Decision]:
    """All counting decisions, once every acknowledged signal is among them or 60 s have passed."""
    decisions: list[Decision] = []
    missing = set(sent.acknowledged)
    quiet, until = 0, time.monotonic() + READ_S
    reading = read_counting(kafka, {number: Chain() for number in range(PARTITIONS)})
    async with contextlib.aclosing(reading) as batches:
        async for batch in batches:
            decisions += [counted.decision for counted in batch]
            missing -= {key for counted in batch for key, _ in recorded([counted.decision])}
            quiet = 0 if batch else quiet + 1
            if time.monotonic() > until or (quiet > QUIET_BATCHES and not missing):
                break
    return decisions


def recorded(decisions: list[Decision]) -> list[tuple[Key, str]]:
    """Every signal of the record as (account, sequence) and what it came to."""
    events = [event for one in decisions for event in one.events if isinstance(event, a.SignalRecorded)]
    return [((one.signal.line.rpartition("/")[2], one.sequence or ""), one.outcome) for one in events]


def recorded_until(decisions: list[Decision], time_us: int) -> int:
    """How many different signals were decided by then."""
    return len({key for key, _ in recorded([one for one in decisions if one.time <= time_us])})


def check_record(sent: Sent, decisions: list[Decision]) -> None:
    """Everything acknowledged is recorded exactly once, and nobody reports an alarm twice."""
    counted = Counter(key for key, outcome in recorded(decisions) if outcome != "retransmit")
    assert not sent.acknowledged - set(counted), "acknowledged and not in the record"
    assert not {key: times for key, times in counted.items() if times > 1}, "recorded more than once"
    assert set(counted) <= sent.tried, "in the record and never sent"
    # One that comes twice (told to the log, and from the spool as well) may bring due deadlines along the second time.
    ids = Counter(one.id for one in decisions if recorded([one]))
    wrong = {one: ids[one] for one in sent.ids if ids[one] != 1}
    assert not wrong, f"acknowledged ids and how often they were recorded: {wrong}"
    escalated = Counter(
        event.alarm for one in decisions for event in one.events if isinstance(event, a.AlarmEscalated)
    )
    assert not {alarm: times for alarm, times in escalated.items() if times > 1}, "escalated more than once"
    assert set(sent.escalated) <= set(escalated) <= set(sent.escalations_tried)
    assert sent.escalated, "nobody escalated anything"
