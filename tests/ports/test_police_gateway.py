"""The way to a police endpoint: the simulated one and HTTP's, to one that keeps by id and to one of the worst kind.

How an endpoint fails is of each way its own: `tests/integration/police_link` for HTTP, the simulation for the other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI

from services.contracts.police import Addition, EscalationNotice
from services.police_link.adapters.http_police_gateway import HttpPoliceGateway
from services.police_link.adapters.memory_notice_book import MemoryNoticeBook
from services.police_link.adapters.police_stub import PREFIX, PoliceStub, serve
from services.police_link.http import PREFIX as CONSOLE
from services.police_link.http import router
from services.police_link.ports import PoliceGateway
from services.runtime import problem
from services.simulation.police import PoliceSide, SimulatedGateway
from services.simulation.process import Process
from services.simulation.world import World
from tests.ports.test_notice_book import addition, notice

TOKEN = "t"


@contextlib.asynccontextmanager
async def console() -> AsyncIterator[str]:
    """This installation's own endpoint; its address."""
    app = FastAPI()
    problem.install(app)
    app.include_router(router(MemoryNoticeBook(), TOKEN))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    serving = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}{CONSOLE}"
    server.should_exit = True
    await serving


@contextlib.asynccontextmanager
async def stub(incidents: Path) -> AsyncIterator[str]:
    """One that opens an incident for whatever it reads."""
    runner, port = await serve(PoliceStub(incidents, ["none"]), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{port}{PREFIX}"
    await runner.cleanup()


@pytest.fixture(params=["simulated, keeps by id", "simulated, worst", "console", "stub"])
async def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PoliceGateway]:
    name: str = request.param
    if name.startswith("simulated"):
        world = World(1)
        world.calm = True
        side = PoliceSide(world, "police", keeps_by_id="keeps" in name)
        yield SimulatedGateway(Process(world, "outbound"), side)
        return
    endpoint = console() if name == "console" else stub(tmp_path / "incidents")
    async with endpoint as address, aiohttp.ClientSession() as session:
        yield HttpPoliceGateway(session, "police", address, TOKEN)


def with_additions(escalation: str, *names: str) -> EscalationNotice:
    added: tuple[Addition, ...] = tuple(map(addition, names))
    return notice(escalation, attempt=2, additions=added)


async def test_it_is_called_as_receipts_call_it(gateway: PoliceGateway) -> None:
    assert gateway.name == "police"


async def test_what_was_never_sent_is_not_there(gateway: PoliceGateway) -> None:
    assert await gateway.status("e1") is None


async def test_what_was_delivered_is_there_under_its_id_and_nothing_else(gateway: PoliceGateway) -> None:
    await gateway.deliver(notice("e1"))
    found = await gateway.status("e1")
    assert found is not None
    assert (found.escalation, found.additions) == ("e1", ())
    assert await gateway.status("e2") is None


async def test_it_tells_which_additions_came_whatever_came_after(gateway: PoliceGateway) -> None:
    await gateway.deliver(notice("e1"))
    for sent in (("b",), ("a", "b"), ()):
        await gateway.deliver(with_additions("e1", *sent))
    found = await gateway.status("e1")
    assert found is not None
    assert found.additions == ("a", "b")
