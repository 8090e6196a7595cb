"""The police of a kill schedule: `jiejing policestub`, whose faults take turns, and what they made of the reports."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from services.contracts.alarm import AlarmEscalated, EscalationDelivered

if TYPE_CHECKING:
    from services.contracts.envelope import Decision

# `4xx` is told to a person and ends the sending, so it has its turn elsewhere.
TURNS = "none,timeout_after,none,5xx,none,reset,duplicate,none,hang,none,timeout_before,late"


class Police(NamedTuple):
    """Where reports go, and the file of the incidents that were opened."""

    address: str
    incidents: Path

    def opened(self) -> Counter[str]:
        """How many incidents each escalation has."""
        return Counter(json.loads(line)["escalation"] for line in self.incidents.read_text().splitlines())


@contextlib.contextmanager
def policestub(folder: Path) -> Iterator[Police]:
    """The process, until it is killed."""
    incidents = folder / "incidents"
    command = [sys.executable, "-m", "services.station", "policestub", str(incidents), f"--faults={TURNS}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Police(json.loads(process.stdout.readline())["address"], incidents)
    finally:
        process.kill()
        process.communicate()


def check_police(police: Police, decisions: list[Decision]) -> None:
    """One incident for each escalation at most, and one wherever the record says that they have it."""
    opened, events = police.opened(), [event for one in decisions for event in one.events]
    assert opened, "nothing reached the police"
    assert not {one: times for one, times in opened.items() if times > 1}, "the police opened it twice"
    assert set(opened) <= {event.escalation for event in events if isinstance(event, AlarmEscalated)}
    known = {
        event.escalation
        for event in events
        if isinstance(event, EscalationDelivered) and event.outcome == "delivered"
    }
    assert known <= set(opened), "said to be delivered, and the police do not have it"
