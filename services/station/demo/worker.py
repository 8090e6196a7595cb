"""The process `demo`: two hundred panels over real sockets, each dialling the receiver as panels do.

Each panel has a line of its own, its own sequence numbers, and waits for its acknowledgement; one that gets none
keeps its event and tries again. At the start every panel is new: it begins at sequence 1, as after a power cut.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import asyncpg
import structlog

from services.eventsourcing.event_store import Retry
from services.ingest.panel import NoAnswer, contact_id_frame, null_frame, send_frame
from services.runtime.clock import now_us
from services.runtime.health import mark_ready
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings
from services.station.demo.day import quiet_day
from services.station.demo.player import register_bureaus, register_sheet
from services.station.demo.sites import DISTRICTS, POLL_S, DemoSite, sheet, sites

SHANGHAI = timezone(timedelta(hours=8))
LONGEST_SLEEP_S = 600.0
AGAIN_S = 5.0
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Keep the register as the demo has it, then play every panel's day, for ever."""
    await _register(settings)
    mark_ready(settings, "demo")
    async with asyncio.TaskGroup() as group:
        for site in sites():
            group.create_task(_panel(settings, site))
            if site.supervised:
                group.create_task(_poll(settings, site))


async def _register(settings: Settings) -> None:
    """Import the sheet; what is there already says nothing more."""
    while True:
        try:
            async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2) as pool:
                report = await register_sheet(pool, sheet(), by="demo")
                await register_bureaus(pool, {one.bureau_code: one.bureau for one in DISTRICTS}, by="demo")
        except (*POSTGRES_AWAY, Retry) as error:
            _log.warning("demo.register_again", error=repr(error))
            await asyncio.sleep(AGAIN_S)
            continue
        if report.faults:  # somebody registered one of these lines otherwise: theirs stands
            _log.warning("demo.not_registered", faults=len(report.faults), first=str(report.faults[0]))
        return


async def _panel(settings: Settings, site: DemoSite) -> None:
    sequences = count()
    done = datetime.fromtimestamp(now_us() / 1_000_000, UTC)
    while True:
        at, data = _next(site, done)
        while (left := at - now_us() / 1_000_000) > 0:
            await asyncio.sleep(min(left, LONGEST_SLEEP_S))
        await _say(settings, site, data, next(sequences) % 9_999 + 1)
        done = datetime.fromtimestamp(at, UTC)


async def _poll(settings: Settings, site: DemoSite) -> None:
    """Say that the panel is there, each at a second of its own."""
    await asyncio.sleep(int(site.account) % POLL_S)
    host, port = settings.dc09
    while True:
        try:
            await send_frame(host, port, null_frame(site.account), 0)
        except NoAnswer as error:
            _log.warning("demo.no_answer", account=site.account, why=str(error))
        await asyncio.sleep(POLL_S)


def _next(site: DemoSite, after: datetime) -> tuple[float, str]:
    """The first event after an instant: when (UTC seconds) and what."""
    midnight = after.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        for due in quiet_day(site, midnight.date().isoformat()):
            at = midnight.timestamp() + due.at
            if at > after.timestamp():
                return at, due.data
        midnight += timedelta(days=1)


async def _say(settings: Settings, site: DemoSite, data: str, sequence: int) -> None:
    host, port = settings.dc09
    frame = contact_id_frame(site.account, sequence, data, now_us())
    while True:
        try:
            await send_frame(host, port, frame, sequence)
        except NoAnswer as error:
            _log.warning("demo.no_answer", account=site.account, why=str(error))
            await asyncio.sleep(AGAIN_S)
        else:
            return
