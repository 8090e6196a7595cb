"""What became of every signal, by day, line and minute: from the sockets and the record, down to the signals."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.contracts.alarm import AlarmRaised, SignalRecorded
from services.contracts.codec import decode_inbox
from services.contracts.receiving import ReceiverTroubled
from services.contracts.signals import SignalReceived
from services.desk.accounting_worker import read_sockets
from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.book_reader import read_into
from services.desk.domain.line_accounting import MINUTE_US
from services.ingest import bootstrap as ingest
from services.ingest.adapters.kafka_signal_log import KafkaSignalLog
from services.ingest.ports import Entry
from services.runtime.kafka_event_log import KafkaEventLog
from tests.integration.desk.conftest import DecisionLog, World, open_web
from tests.integration.desk.screen import as_
from tests.integration.desk.stand_in import raised, running
from tests.integration.desk.test_accounting import TOKEN, post, received
from tests.the_register import line, site

LINE = "default/101"


async def record_all(world: World, partition: int) -> None:
    """Record what comes into one partition as the router would: surfaced, with an alarm."""
    log = DecisionLog(KafkaEventLog(world.settings.kafka, world.events, partition), partition)
    await log.begin()
    inbox, offset = KafkaEventLog(world.settings.kafka, world.inbox, partition), 0
    try:
        while True:
            for record in await inbox.read(offset, most=100, wait_s=0.2):
                offset = record.offset + 1
                one = decode_inbox(record.value)
                assert isinstance(one, SignalReceived)
                recorded = SignalRecorded(
                    signal=one.id, outcome="surfaced", code=one.code, received_at=one.received_at
                )
                name = f"{one.id.run}/{one.id.line}/{one.id.counter}"
                alarm: AlarmRaised = raised(f"alarm-{one.id.counter}", account=one.account)
                await log.append(name, recorded, alarm, source=record.offset)
    finally:
        await inbox.close()


async def lines_of(world: World) -> None:
    """Account 101 is provider p1's, 102 is provider p2's; 103 nobody registered."""
    connection = await asyncpg.connect(world.settings.postgres)
    await site(connection, "site", "中心花园", ("p1", "b1"))
    await site(connection, "site-2", "别处花园", ("p2", "b2"))
    await line(connection, LINE, "assigned", "site")
    await line(connection, "default/102", "assigned", "site-2")
    await connection.close()


@contextlib.asynccontextmanager
async def a_desk(world: World, folder: Path) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A receiver, a router's stand-in, the accountant and the desk's HTTP."""
    await lines_of(world)
    recorders = [record_all(world, number) for number in range(12)]
    async with received(world, folder) as here, running(*recorders):
        book = read_into(PostgresLineAccounting, here.settings, topic=here.events)
        works = (book, read_sockets(here.settings))
        async with open_web(here, *works) as web:
            yield here, web


async def asked(web: httpx.AsyncClient, level: str, who: str = "supervisor-1", **query: Any) -> Any:
    answer = await web.get(f"/api/accounting/{level}", params=query, headers=as_(who)["additional_headers"])
    assert answer.status_code == 200, answer.text
    return answer.json()


async def when(
    web: httpx.AsyncClient, level: str, fits: Callable[[Any], bool], who: str = "supervisor-1", **query: Any
) -> Any:
    """The first answer that fits."""
    async with asyncio.timeout(40):
        while not fits(found := await asked(web, level, who, **query)):
            await asyncio.sleep(0.2)
    return found


def all_five(found: Any) -> bool:
    """Both sides have seen what was posted: one refused, four recorded."""
    return (found["total"]["received"], found["total"]["recorded"]) == (5, 4)


def counts(item: Any) -> dict[str, int]:
    return {name: value for name, value in item["counts"].items() if value}


async def test_every_signal_is_accounted_for_down_to_itself(world: World, tmp_path: Path) -> None:
    async with a_desk(world, tmp_path) as (here, web):
        await post(here.settings.signals, TOKEN, "1", "1", "2", "3")
        await post(here.settings.signals, "wrong", "9")
        days = await when(web, "days", all_five)
        assert len(days["items"]) == 1
        assert counts(days["items"][0]) == {"received": 5, "recorded": 4, "refused": 1, "surfaced": 4}
        assert days["total"]["reasons"] == {"unauthorized": 1}
        day = days["items"][0]["key"]
        lines = (await asked(web, "lines", day=day))["items"]
        assert {one["key"]: one["counts"]["received"] for one in lines} == {
            LINE: 2, "default/102": 1, "default/103": 1, "": 1
        }  # fmt: skip
        assert {one["key"]: one["site_name"] for one in lines}[LINE] == "中心花园"
        minutes = (await asked(web, "minutes", day=day, line=LINE))["items"]
        assert sum(one["counts"]["recorded"] for one in minutes) == 2
        signals = (await asked(web, "signals", line=LINE, minute=minutes[0]["key"]))["items"]
        assert [(one["code"], one["outcome"]) for one in signals][:1] == [("130", "surfaced")]
        assert signals[0]["alarm"].startswith("alarm-")


class Lossy(KafkaSignalLog):
    """Says that all is kept, and drops one signal of line 101 on the way."""

    dropped = 0

    async def append(self, records: Sequence[Entry]) -> None:
        kept = list(records)
        for one in kept:
            if not isinstance(one, ReceiverTroubled) and one.id.line == LINE and not Lossy.dropped:
                Lossy.dropped += 1
                kept.remove(one)
                break
        if kept:
            await super().append(kept)


async def test_a_signal_dropped_behind_the_socket_is_one_missing_on_its_line_and_minute(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "KafkaSignalLog", Lossy)
    monkeypatch.setattr("services.desk.handlers.accounting.GRACE_US", 1_000_000)
    Lossy.dropped = 0
    async with a_desk(world, tmp_path) as (here, web):
        await post(here.settings.signals, TOKEN, "1", "2", "3")
        days = await when(web, "days", lambda found: found["total"]["missing"])
        assert counts(days["items"][0]) == {"received": 3, "recorded": 2, "missing": 1, "surfaced": 2}
        lines = (await asked(web, "lines"))["items"]
        assert lines[0]["key"] == LINE
        assert counts(lines[0]) == {"received": 1, "missing": 1}
        minutes = (await asked(web, "minutes", line=LINE))["items"]
        assert [counts(one) for one in minutes] == [{"received": 1, "missing": 1}]
        assert int(minutes[0]["key"]) % MINUTE_US == 0
        assert (await asked(web, "signals", line=LINE, minute=minutes[0]["key"]))["items"] == []
        in_minute = (await asked(web, "lines", minute=minutes[0]["key"]))["items"]
        assert in_minute[0]["counts"]["missing"] == 1
    assert Lossy.dropped == 1


async def test_everybody_sees_the_lines_of_their_scope_and_who_may_not_is_told(
    world: World, tmp_path: Path
) -> None:
    async with a_desk(world, tmp_path) as (here, web):
        await post(here.settings.signals, TOKEN, "1", "2", "3")
        await when(web, "days", lambda found: found["total"]["recorded"] == 3)
        engineer = (await asked(web, "lines", "engineer-1"))["items"]
        assert [one["key"] for one in engineer] == [LINE]
        inspector = (await asked(web, "lines", "inspector-1"))["items"]
        assert {one["key"] for one in inspector} == {LINE, "default/103"}
        minute = (await asked(web, "minutes", line="default/102"))["items"][0]["key"]
        assert (await asked(web, "signals", "engineer-1", line="default/102", minute=minute))["items"] == []
        await post(here.settings.signals, "wrong", "9")
        await when(web, "days", lambda found: found["total"]["reasons"] == {"unauthorized": 1})
        assert (await asked(web, "days", "inspector-1"))["total"]["reasons"] == {"unauthorized": 1}
        assert (await asked(web, "days", "engineer-1"))["total"]["reasons"] == {}
        assert (await asked(web, "days", line=LINE))["total"]["reasons"] == {}
        for who in ("operator-1", "police-1", "administrator-1"):
            answer = await web.get("/api/accounting/days", headers=as_(who)["additional_headers"])
            assert answer.status_code == 403
        connection = await asyncpg.connect(here.settings.postgres)
        noted = await connection.fetch(
            "select person, action, subject from audit.access where action like 'accounting.%'"
        )
        await connection.close()
        assert ("engineer-1", "accounting.signals", "default/102") in {tuple(row) for row in noted}


@pytest.mark.parametrize(
    "query",
    [{"day": "yesterday"}, {"day": "9999-01-01"}, {"minute": "7"}, {"minute": "-60000000"}, {"limit": "0"}],
)
async def test_a_question_that_makes_no_sense_is_told_so(
    web: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await web.get(
        "/api/accounting/lines", params=query, headers=as_("supervisor-1")["additional_headers"]
    )
    assert answer.status_code == 422
    assert answer.json()["what_to_do"]
