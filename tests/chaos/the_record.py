"""What the record says of a load, and what must hold between the two."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from services.contracts import alarm as a
from services.contracts.topics import PARTITIONS, partition_of
from services.eventsourcing.counting import Chain
from services.runtime.counting import read_counting

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def told_unreadable(decisions: list[Decision]) -> int:
    """How many inbox records were raised as what could not be read."""
    return len({(one.subject, one.id) for one in decisions if one.id.startswith("unreadable/")})


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
    _check_acts(decisions, a.AlarmEscalated, sent.escalated, sent.escalations_tried)
    _check_acts(decisions, a.AlarmClosed, sent.closed, sent.closings_tried)


def check_times(decisions: list[Decision]) -> None:
    """Whatever a clock said, the time of a partition never went back."""
    times = dict.fromkeys(range(PARTITIONS), 0)
    for one in decisions:
        partition = partition_of(one.subject)
        assert one.time >= times[partition], f"partition {partition} went back to {one.time} at {one.lies_at}"
        times[partition] = one.time


def _check_acts(
    decisions: list[Decision],
    event: type[a.AlarmEscalated | a.AlarmClosed],
    done: list[str],
    tried: list[str],
) -> None:
    """What a person was told is done took effect once, and what nobody asked for did not."""
    found = Counter(said.alarm for one in decisions for said in one.events if isinstance(said, event))
    assert not {alarm: times for alarm, times in found.items() if times > 1}, f"{event.__name__} twice"
    assert set(done) <= set(found) <= set(tried)
    assert done, f"nobody came to {event.__name__}"


def decided_again(*options: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `jiejing shadow` says of the whole record, told so where it lies."""
    command = [sys.executable, "-m", "services.station", "shadow", "--json", *options]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert told.returncode == 0, told.stdout + told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found
