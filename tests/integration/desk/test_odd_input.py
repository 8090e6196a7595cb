"""Odd input: a problem for whoever sent it, and nothing for anybody else."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
import pytest

from services.contracts import alarm as a
from services.contracts.stored import Actor
from services.desk.adapters.static_pages import StaticPages
from services.runtime.ids import uuid7
from tests.integration.desk.stand_in import raised
from tests.integration.desk.test_desk_over_http import as_

if TYPE_CHECKING:
    import httpx

    from tests.integration.desk.conftest import DecisionLog

BY = Actor(id="operator-1", roles=("operator",), provider="p1")
UNKNOWN = "0190d0e0-0000-7000-8000-00000000abcd"


def mark(*keys: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(keys)).decode()


LOOKS = (
    "/api/alarms/a%00b",
    "/api/alarms/%ff",
    f"/api/alarms/{'x' * 20_000}",
    "/api/search?q=%00",
    "/api/alarms?account=%00",
    "/api/alarms?state=closed&limit=0",
    f"/api/alarms?state=open&after={mark(2**40, 1, 'x')}",
    f"/api/alarms?state=open&after={mark(1, 1, chr(0))}",
    f"/api/alarms?state=closed&after={mark(2**63, 'x')}",
    "/api/alarms?after=%F0%9F%98%80",
    f"/api/tickets/99/{UNKNOWN}",
    f"/api/tickets/-1/{UNKNOWN}",
    f"/api/tickets/{10**30}/{UNKNOWN}",
    "/api/tickets/0/a%00b",
    "/api/tickets/0/not-a-uuid",
)
ACTS: tuple[tuple[str, object], ...] = (
    ("/api/alarms/a%00b/claim", {}),
    ("/api/alarms/alarm-1/hand-over", {"to": ["x"]}),
    ("/api/alarms/alarm-1/hand-over", {"to": "x\0"}),
    ("/api/alarms/alarm-1/take-over", {"reason": 7}),
    ("/api/alarms/alarm-1/note", {"note": " \n"}),
    ("/api/alarms/alarm-1/note", {"note": "x" * 4001}),
    ("/api/alarms/alarm-1/note", {"note": "a\0b"}),
    ("/api/alarms/alarm-1/verify", {"result": "confirmed", "evidence": "call"}),
    ("/api/alarms/alarm-1/verify", {"result": "confirmed", "evidence": [{"kind": "call", "note": "a\0b"}]}),
    ("/api/alarms/alarm-1/verify", {"result": "confirmed", "evidence": [{"kind": "call", "note": "警" * 4000}] * 20}),
    ("/api/alarms/alarm-1/close", [1]),
    ("/api/undecided/99/0/note", {"note": "x"}),
    ("/api/undecided/-1/0/note", {"note": "x"}),
    ("/api/undecided/0/-1/note", {"note": "x"}),
    (f"/api/undecided/0/{10**30}/note", {"note": "x"}),
    ("/api/undecided/0/1.5/note", {"note": "x"}),
)  # fmt: skip


async def test_it_is_answered_with_a_problem_document(web: httpx.AsyncClient) -> None:
    operator = as_("operator-1")
    for path in LOOKS:
        answer = await web.get(path, headers=operator)
        assert answer.status_code in {404, 422}, (path[:60], answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json", path[:60]
    for path, body in ACTS:
        answer = await web.post(path, json=body, headers=operator)
        assert answer.status_code in {404, 422}, (path, answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json", path


@pytest.mark.parametrize("page", ["/a%00b", "/" + "x" * 5000])
def test_a_page_of_an_impossible_name_is_the_shell_or_nothing(page: str) -> None:
    assert StaticPages(Path("no-such-folder")).answer(unquote(page)).status_code == 404


async def test_a_nul_in_the_record_does_not_stop_the_screens(
    web: httpx.AsyncClient, log: DecisionLog
) -> None:
    await log.append("escalate", a.AlarmEscalated(alarm="alarm-1", escalation="esc-1", bureau="b1", by=BY))
    said = a.EscalationDelivered(
        alarm="alarm-1",
        escalation="esc-1",
        attempt=1,
        outcome="refused",
        endpoint="x",
        detail="no\0such \\u0000 \\\0",
    )
    await log.append("receipt/esc-1/1/refused", said)
    await log.append("run/default/1001/2", raised("alarm-2", account="10\x0001"))
    found = await web.get("/api/alarms/alarm-2", headers=as_("operator-1"))
    assert (found.status_code, found.json()["account"]) == (200, "10\ufffd01")
    (report,) = (await web.get("/api/escalations", headers=as_("police-1"))).json()["items"]
    assert report["delivery_detail"] == "no\ufffdsuch \\u0000 \\\ufffd"


async def test_the_key_of_somebody_else_tells_nothing_of_what_they_did(
    web: httpx.AsyncClient, log: DecisionLog
) -> None:
    await log.append("run/default/2001/1", raised("alarm-3", provider="p2", bureau="b2"))
    key = uuid7()
    claimed = await web.post(
        "/api/alarms/alarm-1/claim", headers={**as_("operator-1"), "idempotency-key": key}
    )
    assert claimed.status_code == 200
    again = await web.post("/api/alarms/alarm-1/claim", headers={**as_("operator-1"), "idempotency-key": key})
    assert again.json() == claimed.json()
    other = await web.post("/api/alarms/alarm-3/claim", headers={**as_("operator-3"), "idempotency-key": key})
    assert other.status_code == 404
    assert "alarm-1" not in other.text
