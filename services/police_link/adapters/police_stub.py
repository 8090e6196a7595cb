"""A police endpoint for tests and demonstrations, which fails in the ways that real ones do.

It is of the worst kind: whatever is POSTed and read opens an incident, also under an id that it has had before. So
that there is one incident for each escalation is the work of whoever sends. Incidents are lines of a file, which
outlives the stub; tests count them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import msgspec
from aiohttp import web

from services.contracts.police import EscalationNotice, NoticeStatus, NoticeTaken

PREFIX: Final = "/in"
LATE_SECONDS: Final = 2.0
FOR_EVER_SECONDS: Final = 3600.0
MANY: Final = 1_000_000
FaultMode: TypeAlias = Literal[
    "none", "timeout_before", "timeout_after", "5xx", "4xx", "reset", "hang", "duplicate", "late"
]
MODES: Final[tuple[FaultMode, ...]] = get_args(FaultMode)


class PoliceStub:
    """`faults`: one for each POST, in turn. `hang` leaves the next question for the status without an answer too."""

    def __init__(
        self, incidents: Path, faults: Sequence[FaultMode], *, late_seconds: float = LATE_SECONDS
    ) -> None:
        """`incidents`: the file; made where it is not there."""
        self._file, self._late_seconds = incidents, late_seconds
        self._turns = cycle(faults)
        self._hangs = 0
        self._file.touch()

    def application(self) -> web.Application:
        """POST and GET below `PREFIX`, and PUT /fault/MODE, which ends the turns."""
        app = web.Application()
        app.router.add_post(PREFIX + "/{escalation}", self._take)
        app.router.add_get(PREFIX + "/{escalation}", self._status)
        app.router.add_put("/fault/{mode}", self._set_fault)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        notice = msgspec.json.decode(await request.read(), type=EscalationNotice)
        fault = next(self._turns)
        self._hangs = int(fault == "hang")
        match fault:
            case "5xx":
                return web.Response(status=503, text="overloaded")
            case "4xx":
                return web.Response(status=422, text="no such bureau here")
            case "timeout_before" | "hang":
                await asyncio.sleep(FOR_EVER_SECONDS)
            case "reset" if request.transport is not None:
                request.transport.abort()
                return web.Response()
            case _:
                pass
        return await self._opened(notice, fault)

    async def _opened(self, notice: EscalationNotice, fault: FaultMode) -> web.StreamResponse:
        again = notice.escalation in [one["escalation"] for one in self._incidents()]
        self._open(notice)
        if fault == "timeout_after":
            await asyncio.sleep(FOR_EVER_SECONDS)
        if fault == "late":
            await asyncio.sleep(self._late_seconds)
        taken = NoticeTaken(escalation=notice.escalation, first_at=0, again=again or fault == "duplicate")
        return _json(taken)

    def _open(self, notice: EscalationNotice) -> None:
        """A new incident, whatever was opened before."""
        incident = {
            "escalation": notice.escalation,
            "mark": notice.mark,
            "additions": [one.id for one in notice.additions],
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(incident) + "\n")

    async def _status(self, request: web.Request) -> web.StreamResponse:
        if self._hangs:
            self._hangs -= 1
            await asyncio.sleep(FOR_EVER_SECONDS)
        name = request.match_info["escalation"]
        has = [one for one in self._incidents() if one["escalation"] == name]
        if not has:
            return web.Response(status=404)
        additions = sorted({addition for one in has for addition in one["additions"]})
        return _json(NoticeStatus(escalation=name, first_at=0, additions=tuple(additions)))

    async def _set_fault(self, request: web.Request) -> web.StreamResponse:
        mode = request.match_info["mode"]
        if mode not in MODES:
            return web.Response(status=422, text=f"use one of {', '.join(MODES)}")
        self._turns, self._hangs = cycle((mode,)), MANY if mode == "hang" else 0
        return web.Response(status=204)

    def _incidents(self) -> list[dict[str, list[str] | str]]:
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]


def _json(said: msgspec.Struct) -> web.Response:
    return web.Response(body=msgspec.json.encode(said), content_type="application/json")


async def serve(stub: PoliceStub, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; the runner, which the caller cleans up, and the port."""
    runner = web.AppRunner(stub.application(), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner, int(runner.addresses[0][1])
