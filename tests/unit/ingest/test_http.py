"""The signals door, without a socket."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from services.contracts.codec import decode_inbox
from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalReceived
from services.ingest.adapters.http import SignalsHttp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.handlers.intake import Intake, ReceiverRun

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
        self.directory = MemoryLineDirectory()
        intake = Intake(self.log, self.directory, me, lambda: 1)
        self.accounting = intake.accounting
        self.spool = MemorySpool()
        http = SignalsHttp(intake, self.spool, token=TOKEN, ready=lambda: self.open)
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


async def test_items_of_several_accounts_are_answered_in_the_order_posted() -> None:
    door = Door()
    accounts = ["1", "2", "1", "3", "2"]
    answer = await door.post([{**SIGNAL, "id": f"a-{n}", "account": a} for n, a in enumerate(accounts)])
    assert [told.split("/")[2] for told in answer.json()["ids"]] == accounts
    assert len(set(answer.json()["ids"])) == 5


@pytest.mark.parametrize(
    "field",
    [
        {"id": "x" * 129},
        {"id": "a\u0000b"},
        {"account": "1" * 33},
        {"code": "1" * 9},
        {"area": "1" * 17},
        {"zone": "1" * 17},
        {"zone": "\u202e"},
        {"receiver": "x" * 65},
    ],
)
async def test_a_field_that_is_too_long_or_unprintable_is_told_and_keeps_nothing(
    field: dict[str, str],
) -> None:
    door = Door()
    answer = await door.post([SIGNAL, {**SIGNAL, **field}])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == f"1/{next(iter(field))}"
    assert door.kept() == []
    assert (door.accounting.refused, door.accounting.in_flight) == ({"invalid": 2}, 0)


async def test_it_counts() -> None:
    door = Door()
    await door.post([SIGNAL, {**SIGNAL, "account": "2"}])
    await door.post({})
    await door.post(SIGNAL, token="other")
    door.log.down = True
    await door.post(SIGNAL)
    shown = (await door.client.get("/metrics")).text.splitlines()
    assert {
        'jiejing_ingest_received_total{source="http"} 5.0',
        "jiejing_ingest_recorded_total 2.0",
        'jiejing_ingest_refused_total{reason="invalid"} 1.0',
        'jiejing_ingest_refused_total{reason="unauthorized"} 1.0',
        'jiejing_ingest_refused_total{reason="not_kept"} 1.0',
        "jiejing_ingest_in_flight 0.0",
    } <= set(shown)


async def test_the_readme_posts_what_is_accepted() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"-d '(\{.*\})'", text)
    assert (await Door().post(json.loads(shown))).status_code == 202
    shown_names = set(re.findall(r"jiejing_ingest_[a-z_]+", text))
    metrics = (await Door().client.get("/metrics")).text
    assert shown_names and all(f"# HELP {name} " in metrics for name in shown_names)


async def test_what_was_counted_is_told_to_who_may_post() -> None:
    door = Door()
    await door.post([SIGNAL, {**SIGNAL, "id": "a-2"}])
    await door.post({"id": ""})
    asked = await door.client.get("/v1/accounting", headers={"authorization": f"Bearer {TOKEN}"})
    assert asked.json() == {
        "run": "r",
        "received": 3,
        "recorded": 2,
        "refused": {"invalid": 1},
        "under_way": 0,
        "spool": {"signals": 0, "bytes": 0},
        "troubles": {},
    }
    assert (await door.client.get("/v1/accounting")).status_code == 401


async def test_what_waits_in_the_spool_is_under_way_and_shown() -> None:
    door = Door()
    await door.post([SIGNAL, {**SIGNAL, "account": "2"}])
    await door.spool.keep(door.kept()[:1])
    door.accounting.spooled = 1
    headers = {"authorization": f"Bearer {TOKEN}"}
    shown = (await door.client.get("/v1/accounting", headers=headers)).json()
    assert (shown["received"], shown["recorded"], shown["under_way"]) == (2, 1, 1)
    assert shown["spool"] == {"signals": 1, "bytes": door.spool.size}
    metrics = (await door.client.get("/metrics")).text.splitlines()
    assert "jiejing_ingest_spool_signals 1.0" in metrics


async def test_a_receiver_in_trouble_is_not_ready_and_says_why() -> None:
    door = Door()
    door.accounting.trouble("not_kept", 5, 3)
    answer = await door.client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "in trouble: not_kept\n")
    headers = {"authorization": f"Bearer {TOKEN}"}
    shown = (await door.client.get("/v1/accounting", headers=headers)).json()
    assert shown["troubles"] == {"not_kept": 3}


async def test_lines_are_told_by_minute_to_whoever_may_post_and_only_what_changed_since() -> None:
    door = Door()
    headers = {"authorization": f"Bearer {TOKEN}"}
    await door.post([SIGNAL, {**SIGNAL, "id": "a-2"}])
    await door.post(SIGNAL, token="wrong")
    assert (await door.client.get("/v1/accounting/lines")).status_code == 401
    await door.spool.keep(door.kept()[:1])
    told = (await door.client.get("/v1/accounting/lines", headers=headers)).json()
    assert (told["run"], told["more"], told["spooled"]) == ("r", False, 1)
    assert {one["line"]: (one["received"], one["kept"], one["refused"]) for one in told["lines"]} == {
        "default/35010211": (2, 2, {}),
        "": (1, 0, {"unauthorized": 1}),
    }
    newest = {"run": "r", "after": max(one["number"] for one in told["lines"])}
    assert (await door.client.get("/v1/accounting/lines", params=newest, headers=headers)).json()[
        "lines"
    ] == []
    of_another = {**newest, "run": "another"}
    again = (await door.client.get("/v1/accounting/lines", params=of_another, headers=headers)).json()
    assert len(again["lines"]) == 2


async def test_whoever_may_post_learns_whose_line_an_account_is_by_now() -> None:
    door = Door()
    headers = {"authorization": f"Bearer {TOKEN}"}
    path = f"/v1/lines/{SIGNAL['account']}"
    assert (await door.client.get(path)).status_code == 401
    assert (await door.client.get(path, headers=headers)).json() == {"site": None}
    line = LineAssigned(position=1, account_space="default", account=SIGNAL["account"], site="site-7")
    door.directory.assign(line)
    assert (await door.client.get(path, headers=headers)).json() == {"site": "site-7"}
