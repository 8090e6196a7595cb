"""Each way in which an endpoint fails, against a stub that opens an incident for whatever it is sent: one for each id."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from services.contracts.reports import DeliveryOutcome
from services.contracts.views import AdditionView
from services.police_link.adapters.http_police_gateway import HttpPoliceGateway
from services.police_link.adapters.police_stub import PREFIX, PoliceStub, serve
from services.police_link.handlers.delivering import Delivery
from tests.unit.police_link.test_delivering import NOW, REPORT, Inbox, Reports, order

PATIENCE_S = 1.0


class Stub:
    """The process, and its incidents."""

    def __init__(self, address: str, incidents: Path) -> None:
        self.address, self._incidents = address, incidents

    def incidents(self) -> list[str]:
        return [json.loads(line)["escalation"] for line in self._incidents.read_text().splitlines()]

    async def fails(self, session: aiohttp.ClientSession, mode: str) -> None:
        async with session.put(f"{self.address.removesuffix('/in')}/fault/{mode}") as answer:
            assert answer.status == 204


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[Stub]:
    """In the loop of the test."""
    incidents = tmp_path / "incidents"
    runner, port = await serve(PoliceStub(incidents, ["none"]), "127.0.0.1", 0)
    yield Stub(f"http://127.0.0.1:{port}{PREFIX}", incidents)
    await runner.cleanup()


@contextlib.asynccontextmanager
async def policestub(incidents: Path) -> AsyncIterator[Stub]:
    """`jiejing policestub`; it ends by SIGKILL."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.station", "policestub", str(incidents)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            said = await process.stdout.readline()
        yield Stub(json.loads(said)["address"], incidents)
    finally:
        process.kill()
        await process.communicate()


@contextlib.asynccontextmanager
async def delivering(stub: Stub, inbox: Inbox) -> AsyncIterator[tuple[Delivery, aiohttp.ClientSession]]:
    async with aiohttp.ClientSession() as session:
        gateway = HttpPoliceGateway(session, "鼓楼分局", stub.address, "", seconds=PATIENCE_S)
        yield Delivery(Reports(REPORT), lambda _: gateway, inbox, lambda: NOW), session


@pytest.mark.parametrize(
    ("fault", "outcome", "opened", "asked"),
    [
        ("none", "delivered", 1, True),
        ("timeout_before", "unknown", 0, False),
        ("timeout_after", "unknown", 1, True),
        ("5xx", "unknown", 0, False),
        ("4xx", "refused", 0, False),
        ("reset", "unknown", 0, False),
        ("hang", "unknown", 0, False),
        ("duplicate", "delivered", 1, True),
        ("late", "unknown", 1, True),
    ],
)
async def test_whatever_fails_first_in_the_end_there_is_one_incident(
    stub: Stub, fault: str, outcome: DeliveryOutcome, opened: int, asked: bool
) -> None:
    inbox = Inbox()
    async with delivering(stub, inbox) as (delivery, session):
        await stub.fails(session, fault)
        await delivery.deliver(order(attempt=1))
        assert (inbox.receipts[0].outcome, len(stub.incidents())) == (outcome, opened)
        await stub.fails(session, "none")
        await delivery.deliver(order(attempt=2))
        assert (inbox.receipts[1].outcome, inbox.receipts[1].asked) == ("delivered", asked)
        assert stub.incidents() == ["e1"]


async def test_while_the_endpoint_hangs_even_its_status_is_not_known_and_nothing_is_sent(stub: Stub) -> None:
    inbox = Inbox()
    async with delivering(stub, inbox) as (delivery, session):
        await stub.fails(session, "hang")
        await delivery.deliver(order(attempt=1))
        await delivery.deliver(order(attempt=2))
        assert [one.outcome for one in inbox.receipts] == ["unknown", "unknown"]
        assert stub.incidents() == []


async def test_what_the_endpoint_had_it_still_has_after_it_was_killed(tmp_path: Path) -> None:
    inbox = Inbox()
    for _ in range(2):
        async with (
            policestub(tmp_path / "incidents") as stub,
            delivering(stub, inbox) as (delivery, _session),
        ):
            await delivery.deliver(order(attempt=1))
            assert stub.incidents() == ["e1"]
    assert [one.asked for one in inbox.receipts] == [False, True]


async def test_an_addition_is_sent_once_and_then_the_endpoint_has_it(stub: Stub) -> None:
    inbox = Inbox()
    added = (AdditionView(id="u1", kind="supplement", at=1, by="p1", text="往北走"),)
    async with delivering(stub, inbox) as (delivery, _session):
        await delivery.deliver(order(attempt=1))
        more = replace(delivery, reports=Reports(replace(REPORT, additions=added)))
        await more.deliver(order(attempt=2))
        await more.deliver(order(attempt=2))
        assert [one.asked for one in inbox.receipts] == [False, False, True]
        assert len(stub.incidents()) == 2
