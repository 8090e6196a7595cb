"""The signals door, without a socket."""

from __future__ import annotations

import httpx
import pytest

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.ingest.adapters.http import SignalsHttp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.adapters.prometheus_tally import Tally
from services.ingest.handlers import Intake, ReceiverRun

TOKEN = "t0k"
SIGNAL = {
    "id": "a-1",
    "receiver": "r",
    "account": "35010211",
    "code": "130",
    "qualifier": "new",
    "zone": "003",
}


class Door:
    def __init__(self) -> None:
        self.log = MemorySignalLog()
        self.open = True
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        intake = Intake(self.log, MemoryLineDirectory(), me, lambda: 1)
        http = SignalsHttp(intake, Tally(), token=TOKEN, ready=lambda: self.open)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(http.app()), base_url="http://door")

    async def post(self, body: object, token: str = TOKEN, **headers: str) -> httpx.Response:
        return await self.client.post(
            "/v1/signals", json=body, headers={"Authorization": f"Bearer {token}", **headers}
        )

    def kept(self) -> list[SignalReceived]:
        records = [decode_inbox(value) for partition in self.log.partitions for value in partition]
        return [record for record in records if isinstance(record, SignalReceived)]


async def test_a_signal_is_kept_and_answered_with_its_id() -> None:
    door = Door()
    answer = await door.post({**SIGNAL, "panel_time": "2026-03-02T02:13:07+08:00"})
    assert (answer.status_code, answer.json()) == (202, {"ids": ["r/default/35010211/1"]})
    (signal,) = door.kept()
    assert (signal.protocol, signal.sequence, signal.code, signal.zone) == ("http", "a-1", "130", "3")
    assert signal.panel_time == 1_772_388_787_000_000


async def test_a_list_is_kept_in_its_order() -> None:
    door = Door()
    answer = await door.post([{**SIGNAL, "id": f"a-{n}", "zone": n} for n in range(1, 4)])
    assert answer.json()["ids"] == [f"r/default/35010211/{n}" for n in range(1, 4)]
    assert [signal.zone for signal in door.kept()] == ["1", "2", "3"]


async def test_contact_id_qualifiers_are_understood() -> None:
    door = Door()
    await door.post({**SIGNAL, "qualifier": 3})
    assert door.kept()[0].qualifier == "restore"


async def test_a_stranger_gets_401() -> None:
    answer = await Door().post(SIGNAL, token="other")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [{}, [], [1], {**SIGNAL, "x": 1}, {**SIGNAL, "account": "../"}, {**SIGNAL, "panel_time": "yesterday"}],
)
async def test_a_wrong_body_is_told_where_and_keeps_nothing(body: object) -> None:
    door = Door()
    answer = await door.post(body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jiejing:problem:signals.invalid")
    assert answer.json()["errors"]
    assert door.kept() == []


async def test_a_body_that_is_no_json_is_told() -> None:
    answer = await Door().client.post(
        "/v1/signals", content=b"\xff{", headers={"Authorization": "Bearer t0k"}
    )
    assert answer.status_code == 422


async def test_a_problem_speaks_chinese_or_english() -> None:
    door = Door()
    assert (await door.post({})).json()["title"] == "报文格式不符合要求"
    english = await door.post({}, **{"Accept-Language": "en-GB,en;q=0.9"})
    assert english.json()["title"] == "The body does not have the required form"


async def test_too_much_is_refused() -> None:
    answer = await Door().post({**SIGNAL, "receiver": "x" * 1_100_000})
    assert answer.status_code == 413


async def test_what_was_not_kept_is_not_accepted() -> None:
    door = Door()
    door.log.down = True
    answer = await door.post(SIGNAL)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jiejing:problem:signals.not_kept")


async def test_before_the_directory_is_read_nothing_is_accepted() -> None:
    door = Door()
    door.open = False
    assert (await door.post(SIGNAL)).status_code == 503
    assert (await door.client.get("/readyz")).status_code == 503
    assert (await door.client.get("/livez")).status_code == 200


async def test_it_counts() -> None:
    door = Door()
    await door.post(SIGNAL)
    assert 'jiejing_ingest_signals_kept_total{door="http"} 1.0' in (await door.client.get("/metrics")).text
