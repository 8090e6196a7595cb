"""Plays a story on a running station: panels over DC-09, people over the API, each as the account of their role.

Nothing is taken on trust: what a step says that it shows is read back from the API as that person sees it, and
the story ends with an export of its alarm that is checked against its head.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import msgspec

from services.ingest.panel import contact_id_frame, send_frame
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.domain.sheet import read_sheet
from services.registry.handlers.import_sheet import ImportSheet, Report
from services.runtime.clock import now_us
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import asyncpg

    from services.runtime.settings import Address
    from services.station.demo.story import Language, Step, Story

SEEN_S = 60.0
STEP_S = 0.1
PROBLEM = "urn:jiejing:"


class StoryBroken(StationError):
    """What the story says did not come true."""


class Stage(msgspec.Struct, frozen=True):
    """Where it is played. `accounts`: `{role: {username, password}}` of the demo."""

    web: str
    dc09: Address
    accounts: Mapping[str, Mapping[str, str]]


async def register_sheet(pool: asyncpg.Pool, sheet: bytes, by: str) -> Report:
    """Import a sheet; what is there already says nothing more."""
    importer = ImportSheet(registry_store(pool), PostgresLineBook(pool))
    return await importer.run(read_sheet(sheet), by=by, now_us=now_us(), dry_run=False)


class Player:
    """One play. Use as a context, since its people log in."""

    def __init__(
        self, stage: Stage, *, speed: float, language: Language, tell: Callable[[str], None]
    ) -> None:
        """`speed`: 1 as it happened, 10 ten times as fast; `tell`: hears each sentence."""
        self._stage, self._speed, self._language, self._tell = stage, speed, language, tell
        self._people: dict[str, aiohttp.ClientSession] = {}
        self._open = AsyncExitStack()
        self._sent: dict[str, int] = {}
        self.alarm = ""
        self.number = ""

    async def __aenter__(self) -> Self:
        """Nobody logs in before they act."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Everybody leaves."""
        await self._open.aclose()

    async def play(self, story: Story) -> None:
        """From the first step to the last. Raises `StoryBroken`, `NoAnswer`."""
        self._tell(story.title.of(self._language))
        for step in story.step:
            await asyncio.sleep(step.after / self._speed)
            if step.who == "panel":
                await self._send(step, step.account or story.account)
            else:
                await self._do(step)
            self._tell(f"  {step.says.of(self._language)}")
            for field, wanted in step.shows.items():
                await self._see(step, field, wanted)

    async def _send(self, step: Step, account: str) -> None:
        host, port = self._stage.dc09
        sequence = self._sent[account] = self._sent.get(account, 0) + 1
        before = {one["id"] for one in await self._open_alarms(account)} if not self.alarm else set()
        await send_frame(host, port, contact_id_frame(account, sequence, step.sends, now_us()), sequence)
        if not self.alarm:
            await self._find(account, before)

    async def _find(self, account: str, before: set[str]) -> None:
        """The alarm that the first signal raised, or went on with."""
        for _ in range(int(SEEN_S / STEP_S)):
            found = await self._open_alarms(account)
            new = [one for one in found if one["id"] not in before] or found
            if new:
                self.alarm, self.number = new[0]["id"], new[0]["number"]
                return
            await asyncio.sleep(STEP_S)
        raise StoryBroken(
            f"no alarm of account {account} is on the desk after {SEEN_S:.0f} s: see `jiejing status`"
        )

    async def _open_alarms(self, account: str) -> list[dict[str, Any]]:
        answer = await self._get("operator", f"/api/alarms?state=open&account={account}")
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def _do(self, step: Step) -> None:
        people = await self._person(step.who)
        path = await self._path(step)
        async with people.post(path, json=step.body) as answer:
            said = await answer.json(content_type=None)
        came = said.get("type", "").removeprefix(PROBLEM) if answer.status >= 400 else ""
        if came != step.refused:
            raise StoryBroken(f"{step.who} {step.does}: {said.get('title', said)}")

    async def _path(self, step: Step) -> str:
        if step.does.startswith("/"):
            return step.does
        if step.who != "police":
            does = step.does.format(guard=await self._guard()) if "{guard}" in step.does else step.does
            return f"/api/alarms/{self.alarm}/{does}"
        alarm = await self._get("inspector", f"/api/alarms/{self.alarm}")
        return f"/api/escalations/{alarm['escalation']}/{step.does}"

    async def _guard(self) -> str:
        """The guard who was ordered last."""
        alarm = await self._get("operator", f"/api/alarms/{self.alarm}")
        if not alarm["guards"]:
            raise StoryBroken("the story speaks of a guard before one was ordered")
        return str(alarm["guards"][-1]["id"])

    async def _see(self, step: Step, field: str, wanted: object) -> None:
        """Read models are a moment behind the answer."""
        shown: object = None
        who = "operator" if step.who in {"panel", "police"} else step.who
        who, path = ("inspector", step.where) if step.where else (who, f"/api/alarms/{self.alarm}")
        for _ in range(int(SEEN_S / STEP_S)):
            shown = await self._get(who, path)
            shown = _named(shown, field)
            if shown == wanted or (wanted == "" and shown is None):
                return
            await asyncio.sleep(STEP_S)
        raise StoryBroken(f"after {step.says.en!r} {path} shows {field} = {shown!r}, not {wanted!r}")

    async def _get(self, who: str, path: str) -> dict[str, Any]:
        async with (await self._person(who)).get(path) as answer:
            if answer.status != 200:
                raise StoryBroken(f"{who} asked for {path}: {await answer.text()}")
            found: dict[str, Any] = await answer.json()
        return found

    async def _person(self, role: str) -> aiohttp.ClientSession:
        if role not in self._people:
            jar = aiohttp.CookieJar(unsafe=True)  # the station may be reached by a number
            session = aiohttp.ClientSession(
                self._stage.web, cookie_jar=jar, headers={"Accept-Language": self._language}
            )
            await self._open.enter_async_context(session)
            async with session.post("/api/session", json=dict(self._stage.accounts[role])) as answer:
                if answer.status != 200:
                    raise StoryBroken(f"the demo's {role} cannot log in: {await answer.text()}")
            self._people[role] = session
        return self._people[role]


def _named(shown: Any, field: str) -> object:
    """`tracks.escalation`, `guards.0.stage`; None where there is no such thing."""
    for name in field.split("."):
        if isinstance(shown, list) and name.lstrip("-").isdigit() and -len(shown) <= int(name) < len(shown):
            shown = shown[int(name)]
        elif isinstance(shown, dict):
            shown = shown.get(name)
        else:
            return None
    return shown
