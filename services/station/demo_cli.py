"""`jiejing demo STORY`: a day in the life, played and told on a running station. Exit codes: 0 done, 1 not, 2 misused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import aiohttp
import asyncpg
import typer

from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Address, Settings, read_settings
from services.station.adapters.data_folder import is_held, read_run_file
from services.station.errors import Misused, StationError

if TYPE_CHECKING:
    from services.station.demo.story import Language, Story

FAST = 20.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    story: Annotated[str, typer.Argument(help="Name of a shipped story, or a .toml file.")] = "burglary",
    speed: Annotated[
        float, typer.Option(min=0.01, help="1: as it happened; 20: twenty times as fast.")
    ] = FAST,
    lang: Annotated[str, typer.Option(help="zh or en: the language it is told in.")] = "zh",
    data: Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")] = None,
) -> None:
    """Play a story on the running demo: panels, operator, police; it ends with an export of the alarm that verifies.

    Watch it on the desk while it plays.
    """
    from services.station.demo.story import StoryUnreadable, read_story

    if lang not in {"zh", "en"}:
        raise Misused(f"--lang {lang}: zh or en")
    try:
        found = read_story(story)
    except StoryUnreadable as problem:
        raise Misused(str(problem)) from problem
    settings = read_settings(data_dir=data)
    endpoints = read_run_file(settings, "endpoints.json") if is_held(settings) else None
    if endpoints is None:
        raise StationError(f"nothing runs on {settings.data_dir}: start it with `jiejing up --demo`")
    if "accounts" not in endpoints:
        raise StationError("the station runs without --demo: a story needs the demo's accounts")
    language: Language = "en" if lang == "en" else "zh"
    asyncio.run(_play(settings, endpoints, found, speed, language))


async def _play(
    settings: Settings, endpoints: dict[str, Any], story: Story, speed: float, language: Language
) -> None:
    from services.ingest.panel import NoAnswer
    from services.station.demo.http_people import HttpPeople
    from services.station.demo.player import (
        Player,
        register_bureaus,
        register_sheet,
        until_received,
        until_told,
    )

    dc09 = Address.parse(endpoints["dc09"])
    try:
        async with asyncpg.create_pool(endpoints["postgres"], min_size=1, max_size=2) as pool:
            report = await register_sheet(pool, story.sheet(), by="demo")
            await register_bureaus(pool, story.bureaus, by="demo")
            if report.faults:
                raise StationError(f"the story's sites cannot be registered: {report.faults[0]}")
            await until_told(pool, report.position)
            await until_received(endpoints["signals"], endpoints["signal_token"], story.accounts())
            async with HttpPeople(endpoints["web"], endpoints["accounts"], language) as people:
                player = Player(people, dc09, speed=speed, language=language, tell=typer.echo)
                alarm = await player.play(story)
                number = await people.number(alarm)
            told = settings.model_copy(
                update={"kafka": endpoints["kafka"], "postgres": endpoints["postgres"]}
            )
            await _prove(told, pool, alarm, number, language)
    except (*POSTGRES_AWAY, aiohttp.ClientError, NoAnswer) as error:
        raise StationError(f"the story broke off ({error}): see `jiejing status`") from error


async def _prove(settings: Settings, pool: asyncpg.Pool, alarm: str, number: str, language: Language) -> None:
    """Export what was played and check it against its head."""
    from services.replay.bootstrap import reading_room
    from services.replay.handlers.exporting import Stretch
    from services.runtime.clock import now_us
    from services.station.record_cli import somebody
    from services.station.record_files import head_beside, verify_export, write_export

    folder = settings.data_dir / "exports"
    folder.mkdir(exist_ok=True)
    file = folder / f"{number}-{now_us()}.zip"
    room = reading_room(settings, pool)
    await write_export(room, somebody(), Stretch(None, None, None, alarm), file)
    found = verify_export(file, head_beside(file))
    records = sum(one.counting for one in found.partitions)
    if not found.ok:
        raise StationError(f"the export does not hold: {found.findings[0]}")
    typer.echo(
        f"报警 {number} 的记录已导出并核验：{records} 条决定前后相接，与另存的链头一致\n  {file}"
        if language == "zh"
        else f"the record of alarm {number} is exported and verified: {records} decisions, each naming the one "
        f"before it, and the head kept apart agrees\n  {file}"
    )
