"""People over the API, each as the demo's account of their role: nothing is taken on trust, all is read back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

import aiohttp

from services.station.demo.people import StoryBroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.station.demo.people import Scene
    from services.station.demo.story import Language, Step

SEEN_S = 60.0
STEP_S = 0.1
PROBLEM = "urn:jiejing:"


class HttpPeople:
    """Use as a context, since they log in. `accounts`: `{role: {username, password}}` of the demo."""

    def __init__(
        self,
        web: str,
        accounts: Mapping[str, Mapping[str, str]],
        language: Language,
        patience_s: float = SEEN_S,
    ) -> None:
        self._web, self._accounts, self._language = web, accounts, language
        self._patience_s = patience_s
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Nobody logs in before they act."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Everybody leaves."""
        await self._open.aclose()

    async def number(self, alarm: str) -> str:
        """By which people call the alarm."""
        return str((await self._get("operator", f"/api/alarms/{alarm}"))["number"])

    async def open_alarms(self, scene: Scene) -> list[str]:
        """Of the account, the site being known by it."""
        answer = await self._get("operator", f"/api/alarms?state=open&account={scene.account}")
        return [str(one["id"]) for one in answer["items"]]

    async def act(self, scene: Scene, step: Step) -> None:
        """A look needs no act: what it shows is read afterwards."""
        if step.looks:
            return
        people = await self._session(step.who)
        async with people.post(await self._path(scene, step), json=step.body) as answer:
            said = await answer.json(content_type=None)
        came = said.get("type", "").removeprefix(PROBLEM) if answer.status >= 400 else ""
        if came != step.refused:
            raise StoryBroken(f"{step.who} {step.does}: {said.get('title', said)}")

    async def read_back(self, scene: Scene, step: Step) -> None:
        """Read models are a moment behind the answer."""
        for field, wanted in step.shows.items():
            await self._see(scene, step, field, wanted)

    async def _path(self, scene: Scene, step: Step) -> str:
        if step.who != "police":
            does = step.does.format(guard=await self._guard(scene)) if "{guard}" in step.does else step.does
            return f"/api/alarms/{scene.alarm}/{does}"
        alarm = await self._get("inspector", f"/api/alarms/{scene.alarm}")
        return f"/api/escalations/{alarm['escalation']}/{step.does}"

    async def _guard(self, scene: Scene) -> str:
        """The guard who was ordered last."""
        alarm = await self._get("operator", f"/api/alarms/{scene.alarm}")
        if not alarm["guards"]:
            raise StoryBroken("the story speaks of a guard before one was ordered")
        return str(alarm["guards"][-1]["id"])

    async def _see(self, scene: Scene, step: Step, field: str, wanted: object) -> None:
        shown: object = None
        for _ in range(int(self._patience_s / STEP_S)):
            shown = _named(await self._shown(scene, step), field)
            if shown == wanted or (wanted == "" and shown is None):
                return
            await asyncio.sleep(STEP_S)
        raise StoryBroken(f"after {step.says.en!r} {field} = {shown!r}, not {wanted!r}")

    async def _shown(self, scene: Scene, step: Step) -> dict[str, Any]:
        """The alarm, or what the step looks at; of interruptions those of the site alone."""
        match step.looks:
            case "history":
                return await self._get(step.who, f"/api/history/alarms/{scene.alarm}")
            case "interruptions":
                path = f"/api/interruptions?{urlencode({'state': 'all', **step.body})}"
                items = (await self._get(step.who, path))["items"]
                return {"items": [one for one in items if one["site_name"] == scene.site]}
            case "interruption":
                items = (await self._get(step.who, "/api/interruptions?state=all"))["items"]
                newest = next((one["id"] for one in items if one["site_name"] == scene.site), None)
                return {} if newest is None else await self._get(step.who, f"/api/interruptions/{newest}")
            case _:
                who = "operator" if step.who in {"panel", "police"} else step.who
                return await self._get(who, f"/api/alarms/{scene.alarm}")

    async def _get(self, who: str, path: str) -> dict[str, Any]:
        async with (await self._session(who)).get(path) as answer:
            if answer.status != 200:
                raise StoryBroken(f"{who} asked for {path}: {await answer.text()}")
            found: dict[str, Any] = await answer.json()
        return found

    async def _session(self, role: str) -> aiohttp.ClientSession:
        if role not in self._sessions:
            jar = aiohttp.CookieJar(unsafe=True)  # the station may be reached by a number
            session = aiohttp.ClientSession(
                self._web, cookie_jar=jar, headers={"Accept-Language": self._language}
            )
            await self._open.enter_async_context(session)
            async with session.post("/api/session", json=dict(self._accounts[role])) as answer:
                if answer.status != 200:
                    raise StoryBroken(f"the demo's {role} cannot log in: {await answer.text()}")
            self._sessions[role] = session
        return self._sessions[role]


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
