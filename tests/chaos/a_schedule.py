"""Blows to a station under an open load: nothing acknowledged is lost, nothing takes effect twice.

An operator's desk is open in a browser all the while, and shows in the end exactly what the state holds. The police are
a stub that fails in turns and opens an incident for whatever is sent to it: one for each escalation. In the end every
decision is made again from the record alone, and is the same; and the judge of the simulation reads the whole record
(`tests.chaos.the_judge`).

The next blow comes 5 s after the whole product works again: every process runs and a new alarm is seen on the desk. More
than 60 s fail the test; more than the 15 s wished for are printed. Before each blow somebody writes bytes into the inbox
that are no record, each of which must be told once. With SOAK=1 there are SOAK_ROUNDS rounds in an order drawn from
SOAK_SEED, and a line is added to docs/measurements.md. CHAOS_RATE is the signals a second, CHAOS_BOUND_S another bound than 60 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.contracts.topics import INBOX, PARTITIONS
from services.runtime.clock import now_us
from services.runtime.kafka_records import KafkaRecords
from tests.chaos.a_blow import Blow
from tests.chaos.a_police import Police, check_police
from tests.chaos.a_screen import an_open_desk
from tests.chaos.open_load import OpenLoad
from tests.chaos.the_judge import judge_station
from tests.chaos.the_record import (
    check_record,
    check_times,
    decided_again,
    read_record,
    recorded,
    recorded_until,
    told_unreadable,
)
from tests.chaos.until_whole import Steps, until_whole
from tests.the_rows import digest

if TYPE_CHECKING:
    import pytest

    from services.contracts.envelope import Decision
    from tests.chaos.a_station import Station

SOAK = bool(os.environ.get("SOAK"))
WISHED_S = 15.0
MEASUREMENTS = Path(__file__).parents[2] / "docs" / "measurements.md"
# Bytes that are no record. None has a tag that is not known: that would say that the router is the older one, and stop it.
NO_RECORDS = (
    b"",
    b"\xff\xfe\x00",
    b"[1, 2",
    b'{"type": "tick.v1"}',
    b'{"type": "tick.v1", "sent_at": "x"}',
    b"null",
)


class Schedule(msgspec.Struct, frozen=True):
    """What strikes, how often, and under what."""

    struck: tuple[Blow, ...]
    rounds: int = 1
    rate: float = 200.0
    rest_s: float = 5.0
    seed: int | None = None

    def order(self) -> Iterator[Blow]:
        """Every blow once a round; drawn when there is a seed."""
        drawn = random.Random(self.seed)
        for _ in range(self.rounds):
            blows = list(self.struck)
            if self.seed is not None:
                drawn.shuffle(blows)
            yield from blows


class Mark(msgspec.Struct, frozen=True):
    """One blow, and the moment when all was whole again."""

    blow: Blow
    steps: Steps
    at: int
    offered: int
    acknowledged: int

    def line(self, decisions: list[Decision]) -> str:
        """For the reader of the print."""
        steps = self.steps
        late = f"  over the wish of {WISHED_S:.0f} s" if steps.whole > WISHED_S else ""
        return (
            f"{self.blow!s:<28} whole after {steps.whole:5.1f} s (all run {steps.runs:.1f}, acknowledged "
            f"{steps.acknowledges:.1f}), offered {self.offered}, acknowledged {self.acknowledged}, "
            f"recorded {recorded_until(decisions, self.at)}{late}"
        )


def asked_for(struck: tuple[Blow, ...]) -> Schedule:
    """These blows, as the environment asks for them."""
    rate = float(os.environ.get("CHAOS_RATE", "200"))
    if not SOAK:
        return Schedule(struck, rate=rate)
    seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
    return Schedule(struck, rate=rate, rounds=int(os.environ.get("SOAK_ROUNDS", "10")), seed=seed)


async def play(schedule: Schedule, station: Station, load: OpenLoad) -> list[Mark]:
    """Strike and wait, in turn, while the load runs; when this ends, everything offered is acknowledged."""
    marks = []
    async with load.running():
        await asyncio.sleep(2)
        for turn, blow in enumerate(schedule.order()):
            await write_no_record(station, turn)
            steps = await until_whole(load, await blow.strike(station), str(blow))
            sent = load.sent
            marks.append(Mark(blow, steps, now_us(), sent.offered, len(sent.acknowledged)))
            await asyncio.sleep(schedule.rest_s)
    return marks


async def write_no_record(station: Station, turn: int) -> None:
    """By a connection of its own: a blow may have broken those that there were."""
    records = KafkaRecords(station.endpoints["kafka"])
    try:
        await records.append(INBOX, turn % PARTITIONS, "", NO_RECORDS[turn % len(NO_RECORDS)])
    finally:
        await records.close()


def told(schedule: Schedule, load: OpenLoad, marks: list[Mark], decisions: list[Decision]) -> str:
    """What is printed."""
    sent, kinds = load.sent, Counter(outcome for _, outcome in recorded(decisions))
    head = f"seed {schedule.seed}, {schedule.rounds} round(s), " if schedule.seed is not None else ""
    lines = [
        f"{head}{load.rate:.0f} signals/s wanted, {sent.offered / load.seconds:.1f}/s offered over {load.seconds:.0f} s",
        *(mark.line(decisions) for mark in marks),
        f"offered {sent.offered}, acknowledged {len(sent.acknowledged)}, recorded {dict(kinds)}",
        f"escalated {len(sent.escalated)} of {len(sent.escalations_tried)} tried",
    ]
    return "\n" + "\n".join(lines)


def note(
    schedule: Schedule, load: OpenLoad, marks: list[Mark], decisions: list[Decision], *, held: bool
) -> None:
    """Add a line to docs/measurements.md."""
    kinds = Counter(outcome for _, outcome in recorded(decisions))
    slowest = {blow: max(one.steps.whole for one in marks if one.blow == blow) for blow in schedule.struck}
    cells = (
        datetime.now(UTC).date(), schedule.seed, schedule.rounds, f"{load.rate:.0f}", load.sent.offered,
        len(load.sent.acknowledged), kinds.total() - kinds["retransmit"], kinds["retransmit"], len(load.sent.escalated),
        ", ".join(f"{blow} {seconds:.1f}" for blow, seconds in slowest.items()), "yes" if held else "NO",
    )  # fmt: skip
    with MEASUREMENTS.open("a", encoding="utf-8") as file:
        file.write(f"| {' | '.join(map(str, cells))} |\n")


async def survives(
    station: Station, schedule: Schedule, police: Police, capsys: pytest.CaptureFixture[str]
) -> list[Decision]:
    """Play it and judge what came of it; the whole record."""
    load = OpenLoad(station, schedule.rate)
    async with contextlib.aclosing(load):
        await until_whole(load)
        async with an_open_desk(station) as screen:
            marks = await play(schedule, station, load)
            shown, state = ([], []) if screen is None else await screen.becomes_right()
    decisions = await read_record(station.endpoints["kafka"], load.sent)
    with capsys.disabled():
        print(told(schedule, load, marks, decisions))
        print(f"the police opened {police.opened().total()} incidents for {len(police.opened())} escalations")
        print("no browser: no screen was open" if screen is None else f"{len(shown)} rows on the screen")
    held = False
    try:
        by_clock = load.sent.offered - load.sent.probes
        asked_for_by_clock = load.rate * load.seconds
        assert abs(by_clock - asked_for_by_clock) <= max(load.rate, asked_for_by_clock / 100), (
            "the load was not open"
        )
        assert load.sent.acknowledged == load.sent.tried
        check_record(load.sent, decisions)
        check_times(decisions)
        assert told_unreadable(decisions) == len(marks), "bytes that are no record were not told once each"
        check_police(police, decisions)
        assert decided_again(f"--data={station.settings.data_dir}")["differ"] == {}, (
            "decided on something that is not in the record"
        )
        assert digest(shown) == digest(state), "the screen is not what the state is"
        await judge_station(station, load.sent, patient=SOAK)
        held = True
    finally:
        if schedule.seed is not None:
            note(schedule, load, marks, decisions, held=held)
    return decisions
