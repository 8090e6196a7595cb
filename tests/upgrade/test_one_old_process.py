"""One process of the previous version works beside those of today, on one data folder that it began.

Three runs on that folder, one with an old router, one with an old projector, one with an old web. In each, signals
arrive and people work; then the old process is replaced by today's while all that goes on. After each run what was
offered is recorded once, every act took effect once, the police have each report once, and the desk's read models are
what the record folds to. In the end every decision is made again: today's code says the same where it decided, and
where the previous one did, what differs is what a release would list.

An old process may come upon a tag that is younger than it, where today's router says one. It has to say so and wait
for its successor: that is why readers are renewed before the router, and the router before the gateways.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from services.contracts.topics import partition_of
from services.desk.adapters.postgres_projection import load_board
from services.picture.alarm_view import Views, changes
from tests.chaos.a_police import Police, check_police
from tests.chaos.open_load import OpenLoad
from tests.chaos.the_record import check_record, read_record
from tests.chaos.until_whole import BOUND_S
from tests.upgrade import the_previous
from tests.upgrade.a_mixed_station import MixedStation
from tests.upgrade.at_work import RATE, who_waits, work_goes_on
from tests.upgrade.the_previous import Previous, code_of

if TYPE_CHECKING:
    from services.contracts.envelope import Decision
    from services.desk.domain.feed_board import Board

RUNS = ("router", "projector", "web")


async def a_run(
    station: MixedStation, old: str, before: OpenLoad | None
) -> tuple[OpenLoad, list[Decision], str]:
    """The load, the whole record after it, and what is printed."""
    began = time.monotonic()
    async with station.running({old}) as renew:
        load = OpenLoad(station, RATE, before)
        async with contextlib.aclosing(load), load.running():
            waits = await who_waits(load, station, [old])
            await work_goes_on(load, renew(old))
        decisions = await read_record(station.settings.kafka, load.sent)
        check_record(load.sent, decisions)
        await check_desk(station, load, decisions)
        does = "waits for its successor" if waits else "works"
        told = f"old {old} {does}: {len(decisions)} decisions by now, {time.monotonic() - began:.0f} s"
        if old == RUNS[-1]:
            told += f"\ndecided otherwise by today's code: {station.decided_otherwise() or 'nothing'}"
    return load, decisions, told


async def check_desk(station: MixedStation, load: OpenLoad, decisions: list[Decision]) -> None:
    """The read models are what the record folds to, up to where they go, and that is not behind `decisions`."""
    wanted = {partition_of(one.subject): one.lies_at for one in decisions}
    board = await _board(station)
    end = time.monotonic() + BOUND_S
    while any(board.places[partition].offset < offset for partition, offset in wanted.items()):
        assert time.monotonic() < end, f"the projector stays behind.\n{station.last_words()}"
        await asyncio.sleep(0.1)
        board = await _board(station)
    folded = Views()
    for one in await read_record(station.settings.kafka, load.sent):
        partition = partition_of(one.subject)
        if one.lies_at <= board.places[partition].offset:
            folded.take(changes(folded, partition, one.lies_at, one))
    assert folded.alarms
    assert (board.views.alarms, board.views.reports) == (folded.alarms, folded.reports)


async def _board(station: MixedStation) -> Board:
    connection = await asyncpg.connect(station.settings.postgres)
    try:
        return await load_board(connection)
    finally:
        await connection.close()


async def test_one_old_process_at_a_time_loses_nothing_and_is_replaced_while_people_work(
    previous: Previous, folder: Path, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    station = MixedStation(folder, previous, police.address)
    load: OpenLoad | None = None
    for old in RUNS:
        load, decisions, told = await a_run(station, old, load)
        with capsys.disabled():
            print(f"\n{told}")
        check_police(police, decisions)
        if old == "router":
            both = {previous.code(station.told_previous()), code_of(station.settings.environment())}
            assert {one.code for one in decisions if one.source.offset >= 0} == both


def test_who_would_run_other_code_than_the_previous_does_not_run() -> None:
    nowhere = Previous(the_previous.PROJECT / "docs")
    command = nowhere.argv("services.station", "--help")
    told = subprocess.run(
        command, env=nowhere.environment({}), cwd="/", capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "instead of" in told.stderr
