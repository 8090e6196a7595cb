"""Plays a story on a running station: panels over DC-09, people as whoever brings them has them act (`people.py`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from services.ingest.panel import contact_id_frame, send_frame
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.domain.bureau import SetBureau
from services.registry.domain.keys import bureau_stream
from services.registry.domain.sheet import read_sheet
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.registry.handlers.import_sheet import ImportSheet, Report
from services.runtime.clock import now_us
from services.station.demo.people import People, Scene, StoryBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import asyncpg

    from services.runtime.settings import Address
    from services.station.demo.story import Language, Step, Story

RAISED_S = 60.0
TOLD_S = 60.0
STEP_S = 0.1


async def register_sheet(pool: asyncpg.Pool, sheet: bytes, by: str) -> Report:
    """Import a sheet; what is there already says nothing more."""
    importer = ImportSheet(registry_store(pool), PostgresLineBook(pool))
    return await importer.run(read_sheet(sheet), by=by, now_us=now_us(), dry_run=False)


async def register_bureaus(pool: asyncpg.Pool, names: Mapping[str, str], by: str) -> None:
    """Name bureaus by their codes, whose first six digits are the division; what somebody named already stays so."""
    entries = ChangeEntry(registry_store(pool))
    for code, name in names.items():
        known = SetBureau(id=code, name=name, divisions=(code[:6],), now_us=now_us())
        wanted = Wanted(stream=bureau_stream(code), commands=(known,), version=0)
        await entries.run(wanted, by=by, request="")


async def until_told(pool: asyncpg.Pool, position: int) -> None:
    """Wait until decisions show that the router knows the register up to `position`. Raises `StoryBroken`."""
    for _ in range(int(TOLD_S / STEP_S)):
        known = await pool.fetchval("select max(position) from registry.relay")
        if (known or 0) >= position:
            return
        await asyncio.sleep(STEP_S)
    raise StoryBroken(f"the register was not told on within {TOLD_S:.0f} s: see `jiejing status`")


async def until_received(signals: str, token: str, accounts: Iterable[str]) -> None:
    """Wait until the receivers know whose lines these are. Raises `StoryBroken`.

    A signal that is faster than its line's entry raises its alarm at a shell site, which is merged a moment later.
    `signals`: the receivers' address; `token`: of whoever may post there.
    """
    heads = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(signals, headers=heads, raise_for_status=True) as receivers:
        for account in accounts:
            for _ in range(int(TOLD_S / STEP_S)):
                async with receivers.get(f"/v1/lines/{account}") as answer:
                    if (await answer.json())["site"] is not None:
                        break
                await asyncio.sleep(STEP_S)
            else:
                raise StoryBroken(
                    f"the receivers do not know account {account} after {TOLD_S:.0f} s: see `jiejing status`"
                )


class Player:
    """One play of one story."""

    def __init__(
        self,
        people: People,
        dc09: Address,
        *,
        speed: float,
        language: Language = "zh",
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`speed`: 1 as it happened, 10 ten times as fast; `tell`: hears each sentence."""
        self._people, self._dc09, self._speed = people, dc09, speed
        self._language, self._tell = language, tell
        self._sent: dict[str, int] = {}
        self._alarm = ""

    async def play(self, story: Story) -> str:
        """From the first step to the last; the alarm's id. Raises `StoryBroken`, `NoAnswer`."""
        self._tell(story.title.of(self._language))
        for step in story.step:
            await asyncio.sleep(step.after / self._speed)
            account = step.account or story.account
            scene = Scene(account, story.site(account), self._alarm)
            if step.who == "panel":
                scene = await self._send(scene, step)
            else:
                await self._people.act(scene, step)
            self._tell(f"  {step.says.of(self._language)}")
            await self._people.read_back(scene, step)
        return self._alarm

    async def _send(self, scene: Scene, step: Step) -> Scene:
        """The first signal of a story raises its alarm, or goes on with one."""
        sequence = self._sent[scene.account] = self._sent.get(scene.account, 0) + 1
        frame = contact_id_frame(scene.account, sequence, step.sends, now_us())
        before = [] if self._alarm else await self._people.open_alarms(scene)
        await send_frame(*self._dc09, frame, sequence)
        if not self._alarm:
            self._alarm = await self._raised(scene, before)
        return Scene(scene.account, scene.site, self._alarm)

    async def _raised(self, scene: Scene, before: list[str]) -> str:
        for _ in range(int(RAISED_S / STEP_S)):
            found = await self._people.open_alarms(scene)
            if found:
                return next((one for one in found if one not in before), found[0])
            await asyncio.sleep(STEP_S)
        raise StoryBroken(
            f"no alarm of account {scene.account} is on the desk after {RAISED_S:.0f} s: see `jiejing status`"
        )
