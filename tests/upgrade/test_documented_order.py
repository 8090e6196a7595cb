"""A station of the previous version becomes today's as docs/operations.md says, while signals arrive and people work.

All its processes are old. `jiejing shadow` and `jiejing furnish` of today's version run beside them; then one process
after the other is replaced, in the order that the document itself names: it is read from there, so what is documented is
what is tried. After each step work goes on with that mixture, and nobody comes upon what is younger than they are: that is
what the order is for. In the end what was offered is recorded once, every act took effect once, the police have each report
once, and the judge of the simulation holds the whole record and the read models to every promise; what the previous version
decided it takes as it was decided, what today's decided it decides again.

What fails here does not say which pair of versions it was; for that there is `test_one_old_process`. It takes as much of a
processor as those three runs together, so it runs with SOAK=1 alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from services.alarm_router.bootstrap import code_version
from services.station.processes import WORKERS
from tests.chaos.a_police import Police, check_police
from tests.chaos.a_schedule import SOAK
from tests.chaos.open_load import OpenLoad
from tests.chaos.the_judge import AsRecorded, judge_station
from tests.chaos.the_record import check_record, check_times, read_record
from tests.upgrade.a_mixed_station import MixedStation
from tests.upgrade.at_work import RATE, until, who_waits
from tests.upgrade.the_previous import PROJECT, Previous

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.upgrade.a_mixed_station import Renew

CHAPTER = "\n## A new version, process by process\n"


def documented_order() -> list[str]:
    """The processes as the step of the document that replaces them names them."""
    _, chapter = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8").split(CHAPTER)
    step = chapter.partition("\n3. Replace one process after the other")[2].partition("\n4. ")[0]
    return re.findall(r"`(\w+)`", step)


async def amid_work(
    station: MixedStation, before: OpenLoad | None, step: Callable[[OpenLoad], Awaitable[None]]
) -> OpenLoad:
    """Take the step when it is seen that everybody works as they are now; what was offered by its end is acknowledged.

    The load has lines of its own: a reported alarm stays open, and takes in whatever its line says later.
    """
    load = OpenLoad(station, RATE, before)
    async with contextlib.aclosing(load), load.running():
        waiting = await who_waits(load, station, WORKERS)
        assert not waiting, f"{waiting} came upon what is younger\n{station.last_words()}"
        await step(load)
    return load


async def become_todays(station: MixedStation, renew: Renew) -> OpenLoad:
    """Step by step, as the document says."""

    async def prepare(_: OpenLoad) -> None:
        await asyncio.to_thread(station.decided_otherwise)
        await station.furnish()

    async def replace(name: str, load: OpenLoad) -> None:
        await until(partial(station.has_successor, renew(name)), load)

    async def rest(_: OpenLoad) -> None:
        """All are today's."""

    load = await amid_work(station, None, prepare)
    for name in documented_order():
        load = await amid_work(station, load, partial(replace, name))
    return await amid_work(station, load, rest)


def test_the_document_names_every_process_once() -> None:
    assert sorted(documented_order()) == sorted(WORKERS)


@pytest.mark.skipif(not SOAK, reason="a station begun anew, and replaced in eight steps amid work: make soak")
async def test_the_documented_order_loses_nothing_and_nobody_waits(
    previous: Previous, folder: Path, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    station = MixedStation(folder, previous, police.address)
    async with station.running(WORKERS) as renew:
        load = await become_todays(station, renew)
        decisions = await read_record(station.settings.kafka, load.sent)
        check_record(load.sent, decisions)
        check_times(decisions)
        check_police(police, decisions)
        old, today = previous.code(station.told_previous()), code_version(station.law())
        assert {one.code for one in decisions if one.source.offset >= 0} == {old, today}
        by_old = AsRecorded(station.law(), [one for one in decisions if one.code == old])
        await judge_station(station, load.sent, patient=False, before={old: lambda: by_old})
        differ = station.decided_otherwise()
    with capsys.disabled():
        print(f"\n{len(decisions)} decisions, {time.monotonic() - began:.0f} s")
        print(f"decided otherwise by today's code: {differ or 'nothing'}")
