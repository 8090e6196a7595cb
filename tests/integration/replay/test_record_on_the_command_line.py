"""`jiejing replay`, `export` and `verify` on a real log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from services.replay.bootstrap import reading_room
from services.replay.handlers.room import ReadingRoom
from services.runtime.settings import Settings
from services.station import bootstrap, record_cli
from tests.integration.replay.conftest import NOW, RECORDS, STEP, Station, put


@pytest.fixture
def run(station: Station, monkeypatch: pytest.MonkeyPatch) -> object:
    """The commands on this test's own topics."""

    @asynccontextmanager
    async def room(settings: Settings) -> AsyncIterator[ReadingRoom]:
        async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2) as pool:
            yield reading_room(settings, pool, inbox=station.inbox, events=station.events)

    monkeypatch.setattr(record_cli, "_room", room)
    where = ["--kafka", station.settings.kafka, "--postgres", station.settings.postgres]

    async def run(*words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, bootstrap.app, [*words, *where])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return run


async def test_an_inspector_takes_the_past_away_and_proves_it(
    station: Station,
    run: object,
    tmp_path: Path,
) -> None:
    assert callable(run)
    code, said = await run("replay", "--at", str(NOW + 120 * STEP), "--json")
    assert code == 0
    alarms = json.loads(said)["alarms"]
    assert len({view["partition"] for view in alarms}) == 2
    code, said = await run("replay", "--at", "2030-01-01T00:00:00Z", "--alarm", alarms[0]["id"])
    assert code == 0
    assert alarms[0]["number"] in said

    file = tmp_path / "night.zip"
    code, said = await run("export", str(file), "--from", str(NOW + 30 * STEP), "--to", str(NOW + 90 * STEP))
    assert code == 0
    assert "61 of 61 records count, offsets 31 to 91" in said
    head = f"{file}.head.json"
    assert (await run("verify", str(file), "--head", head))[0] == 0
    code, said = await run("verify", str(file), "--against-log", "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)

    await put(station.settings.kafka, station.events, 1, [b"not even a decision"])
    whole = tmp_path / "whole.zip"
    code, said = await run("export", str(whole), "--partition", "1", "--json")
    assert code == 1, "an export of a log that does not hold says so at once"
    (finding,) = json.loads(said)["findings"]
    assert (finding["kind"], finding["partition"], finding["offset"]) == ("record", 1, RECORDS)
    connection = await asyncpg.connect(station.settings.postgres)
    looks = await connection.fetch("select distinct action from audit.access where person like 'os:%'")
    await connection.close()
    assert {row[0] for row in looks} == {"history.at", "history.export"}
