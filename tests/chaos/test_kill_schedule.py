"""`kill -9` to each process, under an open load: nothing acknowledged is lost, nothing takes effect twice.

An operator's desk is open in a browser all the while, and shows in the end exactly what the state holds. The police are
a stub that fails in turns and opens an incident for whatever is sent to it: one for each escalation. In the end every
decision is made again from the record alone, and is the same.

Each process is killed once, in the order of their start, the next one 5 s after the whole product works again: every
process runs and a new alarm is seen on the desk. More than 60 s fail the test; more than the 15 s wished for are
printed. With SOAK=1 there are SOAK_ROUNDS rounds in an order drawn from SOAK_SEED, and a line is added to
docs/measurements.md. CHAOS_RATE is the signals a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from services.runtime.clock import now_us
from services.station.processes import expected
from tests.chaos.a_police import Police, check_police, policestub
from tests.chaos.a_screen import an_open_desk
from tests.chaos.a_station import Station
from tests.chaos.open_load import OpenLoad
from tests.chaos.the_record import check_record, decided_again, read_record, recorded, recorded_until
from tests.chaos.until_whole import Steps, until_whole
from tests.the_rows import digest

if TYPE_CHECKING:
    from services.contracts.envelope import Decision

WISHED_S = 15.0
GONE_S = 30.0  # the watchdog kills after 6 s; the rest is for a machine that is busy
MEASUREMENTS = Path(__file__).parents[2] / "docs" / "measurements.md"
HEAD = """# Measurements

One line for each `make soak`, newest last: `kill -9` to every process in each round, under an open load.

| date | seed | rounds | signals/s | offered | acknowledged | recorded | retransmitted | escalated | slowest whole again, s | held |
|---|---|---|---|---|---|---|---|---|---|---|
"""


class Schedule(msgspec.Struct, frozen=True):
    """Whom to kill, how often, and under what."""

    killed: tuple[str, ...] = expected()
    rounds: int = 1
    rate: float = 200.0
    rest_s: float = 5.0
    seed: int | None = None

    def order(self) -> Iterator[str]:
        """Everybody once a round; drawn when there is a seed."""
        drawn = random.Random(self.seed)
        for _ in range(self.rounds):
            names = list(self.killed)
            if self.seed is not None:
                drawn.shuffle(names)
            yield from names


class Mark(msgspec.Struct, frozen=True):
    """One kill, and the moment when all was whole again."""

    name: str
    steps: Steps
    at: int
    offered: int
    acknowledged: int

    def line(self, decisions: list[Decision]) -> str:
        """For the reader of the print."""
        steps = self.steps
        late = f"  over the wish of {WISHED_S:.0f} s" if steps.whole > WISHED_S else ""
        return (
            f"{self.name:<10} whole after {steps.whole:5.1f} s (all run {steps.runs:.1f}, acknowledged "
            f"{steps.acknowledges:.1f}), offered {self.offered}, acknowledged {self.acknowledged}, "
            f"recorded {recorded_until(decisions, self.at)}{late}"
        )


def asked_for() -> Schedule:
    """The schedule that the environment asks for."""
    rate = float(os.environ.get("CHAOS_RATE", "200"))
    if not os.environ.get("SOAK"):
        return Schedule(rate=rate)
    seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
    return Schedule(rate=rate, rounds=int(os.environ.get("SOAK_ROUNDS", "10")), seed=seed)


@pytest.fixture(scope="module")
def police(folder: Path) -> Iterator[Police]:
    with policestub(folder) as found:
        yield found


@pytest.fixture(scope="module")
def station(folder: Path, police: Police) -> Iterator[Station]:
    found = Station(folder, police.address)
    try:
        found.start()
        yield found
    finally:
        found.stop()


async def play(schedule: Schedule, load: OpenLoad) -> list[Mark]:
    """Kill and wait, in turn, while the load runs; when this ends, everything offered is acknowledged."""
    marks = []
    async with load.running():
        await asyncio.sleep(2)
        for name in schedule.order():
            kept = load.station.children()[name]
            os.kill(kept.pid, signal.SIGKILL)
            steps = await until_whole(load, kept)
            sent = load.sent
            marks.append(Mark(name, steps, now_us(), sent.offered, len(sent.acknowledged)))
            await asyncio.sleep(schedule.rest_s)
    return marks


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
    slowest = {name: max(one.steps.whole for one in marks if one.name == name) for name in schedule.killed}
    cells = (
        datetime.now(UTC).date(), schedule.seed, schedule.rounds, f"{load.rate:.0f}", load.sent.offered,
        len(load.sent.acknowledged), kinds.total() - kinds["retransmit"], kinds["retransmit"], len(load.sent.escalated),
        ", ".join(f"{name} {seconds:.1f}" for name, seconds in slowest.items()), "yes" if held else "NO",
    )  # fmt: skip
    if not MEASUREMENTS.exists():
        MEASUREMENTS.write_text(HEAD, encoding="utf-8")
    with MEASUREMENTS.open("a", encoding="utf-8") as file:
        file.write(f"| {' | '.join(map(str, cells))} |\n")


async def test_every_process_may_be_killed_under_load(
    station: Station, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = asked_for()
    load = OpenLoad(station, schedule.rate)
    async with contextlib.aclosing(load):
        await until_whole(load)
        async with an_open_desk(station) as screen:
            marks = await play(schedule, load)
            shown, state = ([], []) if screen is None else await screen.becomes_right()
    decisions = await read_record(station.endpoints["kafka"], load.sent)
    with capsys.disabled():
        print(told(schedule, load, marks, decisions))
        print(f"the police opened {police.opened().total()} incidents for {len(police.opened())} escalations")
        print("no browser: no screen was open" if screen is None else f"{len(shown)} rows on the screen")
    held = False
    try:
        by_clock = load.sent.offered - load.sent.probes
        assert abs(by_clock - load.rate * load.seconds) <= load.rate, "the load was not open"
        assert load.sent.acknowledged == load.sent.tried
        check_record(load.sent, decisions)
        check_police(police, decisions)
        assert decided_again(f"--data={station.settings.data_dir}")["differ"] == {}, (
            "decided on something that is not in the record"
        )
        assert digest(shown) == digest(state), "the screen is not what the state is"
        held = True
    finally:
        if schedule.seed is not None:
            note(schedule, load, marks, decisions, held=held)


async def test_a_killed_supervisor_leaves_nothing_running_and_up_starts_again(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    assert station.process is not None
    assert set(station.children()) >= set(expected())
    station.process.kill()
    station.process.wait()
    began = time.monotonic()
    while left := station.children():
        assert time.monotonic() - began < GONE_S, f"still running: {list(left)}\n{station.last_words()}"
        await asyncio.sleep(0.1)
    gone = time.monotonic() - began
    seconds = await asyncio.to_thread(station.start)
    load = OpenLoad(station, 1)
    async with contextlib.aclosing(load):
        seconds += (await until_whole(load)).whole
    with capsys.disabled():
        print(
            f"\nall gone {gone:.1f} s after kill -9 of the supervisor, whole {seconds:.1f} s after `up` again"
        )
