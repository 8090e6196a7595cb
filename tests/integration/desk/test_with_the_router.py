"""The desk before the real router: who comes first, a whole story, and an alarm whose site was merged."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import connect

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis, mend_partition
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.mending import Order
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import encode
from services.contracts.directory import ProviderEntry, ProviderSet, SiteEntry, SiteSet
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import partition_of, shell_site
from services.contracts.views import Snapshot, UndecidedChanged
from services.law.shelf import shipped
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from tests.integration.desk import screen
from tests.integration.desk.conftest import open_feed, open_web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.integration.desk.conftest import World

SHELL = shell_site("default", "7007")
PARTITIONS = sorted({partition_of("site"), partition_of(SHELL)})


class Unwatched:
    """Nobody is told how the partitions fare; the screens tell."""

    def whole(self, partition: int) -> None:
        """See the port."""

    def stopped(self, partition: int, reason: str) -> None:
        """See the port."""


class Inbox:
    """What the world says to the router."""

    def __init__(self, world: World) -> None:
        self._world, self._counter = world, 0

    async def put(self, subject: str, value: bytes) -> None:
        log = KafkaEventLog(self._world.settings.kafka, self._world.inbox, partition_of(subject))
        writer = await log.open_writer()
        await writer.append([value])
        await writer.close()

    async def signal(self, subject: str, account: str, code: str = "130", zone: str = "3") -> None:
        self._counter += 1
        now = now_us()
        one = SignalReceived(
            id=SignalId(run="run", line=f"default/{account}", counter=self._counter),
            sender="ingest",
            sent_at=now,
            received_at=now,
            subject=subject,
            protocol="http",
            account_space="default",
            account=account,
            code=code,
            zone=zone,
        )
        await self.put(subject, encode(one))

    async def site(self, position: int, subject: str, **entry: Any) -> None:
        values: dict[str, Any] = {
            "id": subject,
            "provider": "p1",
            "site_class": "other",
            "division": "350102",
            "bureau": "b1",
        }
        site = SiteEntry(**{**values, **entry})
        now = now_us()
        await self.put(subject, encode(SiteSet(sender="relay", sent_at=now, position=position, site=site)))

    async def provider(self, position: int, subject: str) -> None:
        now = now_us()
        entry = ProviderEntry(id="p1")
        told = ProviderSet(sender="relay", sent_at=now, position=position, provider=entry)
        await self.put(subject, encode(told))


@pytest.fixture
async def inbox(world: World) -> Inbox:
    for partition in PARTITIONS:
        writer = await KafkaEventLog(world.settings.kafka, world.events, partition).open_writer()
        await writer.append([encode(genesis(partition, uuid7(), now_us(), "test"))])
        await writer.close()
    inbox = Inbox(world)
    for subject in ("site", SHELL):
        await inbox.provider(1, subject)
    await inbox.site(2, "site")
    return inbox


@pytest.fixture
async def web(world: World, inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    async with contextlib.AsyncExitStack() as logs:
        workers = [_worker(world, partition, logs).run() for partition in PARTITIONS]
        async with open_web(world, *workers) as client:
            yield client


def _worker(world: World, partition: int, logs: contextlib.AsyncExitStack) -> PartitionWorker:
    inbox, events = (
        KafkaEventLog(world.settings.kafka, topic, partition) for topic in (world.inbox, world.events)
    )
    logs.push_async_callback(inbox.close)
    logs.push_async_callback(events.close)
    return PartitionWorker(
        partition,
        inbox=inbox,
        events=events,
        clock=now_us,
        watcher=Unwatched(),
        code="test",
        company=Company(),
        snapshots=MemorySnapshots(),
        law=shipped(),
    )


def as_(person: str) -> dict[str, str]:
    return {"cookie": f"jiejing_session=cookie-{person}"}


async def the_alarm(web: httpx.AsyncClient, person: str, **wanted: object) -> dict[str, Any]:
    """The one open alarm, as soon as it looks so."""
    async with asyncio.timeout(60):
        while True:
            items = (await web.get("/api/alarms?state=open", headers=as_(person))).json()["items"]
            if len(items) == 1 and all(items[0][name] == value for name, value in wanted.items()):
                alarm: dict[str, Any] = items[0]
                return alarm
            await asyncio.sleep(0.05)


async def test_of_two_claims_at_once_one_wins_and_the_other_is_told_who(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001")
    at = f"/api/alarms/{(await the_alarm(web, 'operator-1'))['id']}/claim"
    people = ("operator-1", "operator-2")
    answers = await asyncio.gather(*(web.post(at, headers=as_(one)) for one in people))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = people[[answer.status_code for answer in answers].index(200)]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["type"] == "urn:jiejing:alarm.claimed_by_other"
    assert refused["params"] == {"holder": winner, "holder_name": f"{winner}先生"}
    assert refused["title"] == f"{winner}先生 has claimed it"
    assert (await the_alarm(web, "operator-1"))["claimed_by"] == winner


async def test_a_burglary_is_worked_from_the_first_signal_to_the_final_feedback(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", zone="3")
    await inbox.signal("site", "1001", zone="4")
    alarm = await the_alarm(web, "operator-1", occurrence_count=2)
    assert (alarm["priority"], alarm["suggests"]) == (1, "two_zones_or_principles")
    acts: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("operator-1", "claim", {}),
        ("operator-1", "hand-over", {"to": "operator-2"}),
        ("supervisor-1", "take-over", {"reason": "换岗"}),
        ("supervisor-1", "release", {}),
        ("operator-1", "claim", {}),
        ("operator-2", "note", {"note": "邻居来电"}),
        ("operator-1", "verify", {"result": "confirmed", "evidence": [{"kind": "video", "note": "两人"}]}),
        ("operator-1", "escalate", {}),
    )
    for person, act, body in acts:
        answer = await web.post(f"/api/alarms/{alarm['id']}/{act}", json=body, headers=as_(person))
        assert answer.status_code == 200, (act, answer.text)
    (report,) = (await web.get("/api/escalations", headers=as_("police-1"))).json()["items"]
    assert [one["zone"] for one in report["occurrences"]] == ["3", "4"]
    early = await web.post(
        f"/api/escalations/{report['id']}/feedback", json={"text": "x"}, headers=as_("police-1")
    )
    assert (early.status_code, early.json()["type"]) == (409, "urn:jiejing:escalation.not_signed_for")
    for act, said in (
        ("police-dispatch", {"unit": "2 组"}),
        ("sign-for", {"police_incident_no": "110-7"}),
        ("on-scene", {}),
        ("feedback", {"text": "抓获2人", "disposition": "valid", "final": True}),
    ):
        answer = await web.post(f"/api/escalations/{report['id']}/{act}", json=said, headers=as_("police-1"))
        assert answer.status_code == 200, (act, answer.text)
    late = await web.post(f"/api/escalations/{report['id']}/on-scene", headers=as_("police-1"))
    assert late.json()["answer"] == {"type": "already"}
    closed = await web.post(
        f"/api/alarms/{alarm['id']}/close", json={"reason": "已处置"}, headers=as_("operator-1")
    )
    assert closed.status_code == 200, closed.text
    detail = (await web.get(f"/api/alarms/{alarm['id']}", headers=as_("operator-1"))).json()
    assert (detail["state"], detail["tracks"]["escalation"], detail["note_count"]) == ("closed", "final", 1)


async def test_an_alarm_of_a_merged_site_is_its_operators_and_can_be_worked_on(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal(SHELL, "7007")
    assert (await the_alarm(web, "supervisor-1"))["site_known"] is False
    assert (await web.get("/api/alarms", headers=as_("operator-1"))).json()["items"] == []
    await inbox.site(3, SHELL, merged_into="site")
    alarm = await the_alarm(web, "operator-1", site="site", site_name="中心花园")
    claimed = await web.post(f"/api/alarms/{alarm['id']}/claim", headers=as_("operator-1"))
    assert claimed.status_code == 200, claimed.text
    assert (await the_alarm(web, "operator-1"))["claimed_by"] == "operator-1"


async def test_a_stopped_partition_is_worked_by_telephone_and_goes_on_when_it_was_mended(
    web: httpx.AsyncClient, inbox: Inbox, world: World
) -> None:
    async with open_feed(world) as feed, connect(feed.address, **screen.as_("operator-1")) as client:
        assert (await screen.frame(client, Snapshot)).undecided == ()
        await inbox.put("site", b'{"type":"signal.received.v9","subject":"site","account":"1001"}')
        await inbox.signal("site", "1001", code="121")
        lane = await screen.frame(client, UndecidedChanged)
        assert [(one.class_, one.account) for one in lane.signals] == [
            ("malformed", "1001"),
            ("duress", "1001"),
        ]
        duress = lane.signals[1]
        typed = await web.post(
            f"/api/undecided/{duress.partition}/{duress.offset}/note",
            json={"note": "已派保安，未回拨"},
            headers=as_("operator-1"),
        )
        assert typed.status_code == 202, typed.text
        order = Order(by=("one", "two"), reason="an older router met a younger receiver")
        await mend_partition(
            world.settings.kafka, duress.partition, order, inbox=world.inbox, events=world.events
        )
        alarm = await the_alarm(web, "operator-1", note_count=1)
        assert (alarm["class"], alarm["priority"]) == ("duress", 1)
        while (await screen.frame(client, UndecidedChanged)).signals:
            pass
        decided = await web.get(typed.json()["ticket"], headers=as_("operator-1"))
        assert (decided.status_code, decided.json()["answer"]) == (200, {"type": "accepted"})
    detail = (await web.get(f"/api/alarms/{alarm['id']}", headers=as_("operator-1"))).json()
    (note,) = [one["event"] for one in detail["events"] if one["type"] == "alarm.noted.v1"]
    assert (note["note"], note["undecided"]) == ("已派保安，未回拨", True)


async def test_a_guard_goes_out_before_the_alarm_is_taken_and_what_it_finds_is_suggested(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", zone="3")
    alarm = await the_alarm(web, "operator-1", claimed_by=None)
    assert alarm["guard_due"] == alarm["raised_at"] + 30_000_000
    guards = f"/api/alarms/{alarm['id']}/guards"
    ordered = await web.post(guards, json={"unit": "3号车"}, headers=as_("operator-1"))
    guard = ordered.json()["events"][0]["guard"]
    for where, body in (
        ("step", {"step": "arrived"}),
        ("result", {"finding": "person_present", "note": "门开着"}),
    ):
        told = await web.post(f"{guards}/{guard}/{where}", json=body, headers=as_("operator-2"))
        assert told.status_code == 200, told.text
    late = await web.post(f"{guards}/{guard}/step", json={"step": "accepted"}, headers=as_("operator-2"))
    assert (late.status_code, late.json()["type"]) == (409, "urn:jiejing:guard.step_passed")
    seen = await the_alarm(web, "operator-1", suggests="guard_confirmed")
    assert (seen["priority"], seen["tracks"]["guard"], seen["claimed_by"]) == (1, "result", None)
    (shown,) = seen["guards"]
    assert (shown["unit"], shown["finding"], shown["note"]) == ("3号车", "person_present", "门开着")
    assert shown["ordered_at"] <= shown["arrived_at"] <= shown["found_at"]
    (suggestion,) = seen["suggestions"]
    assert (suggestion["article"], suggestion["inputs"]["guard"]) == ("SH-2010:(3)", "person_present")


async def test_under_duress_one_request_takes_verifies_and_reports_and_nobody_calls(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", code="121", zone="002")
    alarm = await the_alarm(web, "operator-1", suggests="duress")
    at = f"/api/alarms/{alarm['id']}"
    call = {"result": "confirmed", "evidence": [{"kind": "call", "found": "confirmed"}]}
    reported = await web.post(f"{at}/escalate", json={}, headers=as_("operator-1"))
    assert [event["type"] for event in reported.json()["events"]] == [
        "alarm.claimed.v1",
        "alarm.verified.v1",
        "alarm.escalated.v1",
    ]
    called = await web.post(f"{at}/verify", json=call, headers=as_("operator-1"))
    assert (called.status_code, called.json()["type"]) == (409, "urn:jiejing:duress.no_call")
    ordered = await web.post(f"{at}/guards", json={"unit": "5号车"}, headers=as_("operator-1"))
    assert ordered.json()["events"][0]["stand_off"] is True
    why = (await web.get(f"{at}/why", headers=as_("operator-1"))).json()
    assert [(one["rule"], one["outcome"], one["holds"]) for one in why["reasons"]] == [
        ("alarm.class", "duress", True),
        ("alarm.priority", "1", True),
        ("report_at_once.duress", "met", True),
        ("duress.no_call", "accepted", True),
        ("escalation.verified", "accepted", True),
        ("duress.no_call", "duress.no_call", True),
        ("guard.stands_off", "stands_off", True),
    ]
    for stranger, status in (("police-1", 404), ("operator-3", 404)):
        assert (await web.get(f"{at}/why", headers=as_(stranger))).status_code == status
    (report,) = (await web.get("/api/escalations", headers=as_("operator-1"))).json()["items"]
    assert (report["rule"], report["guards"][0]["stand_off"]) == ("duress", True)


async def test_evidence_that_its_kind_cannot_find_is_refused(web: httpx.AsyncClient, inbox: Inbox) -> None:
    await inbox.signal("site", "1001")
    alarm = await the_alarm(web, "operator-1")
    body = {"result": "confirmed", "evidence": [{"kind": "video", "found": "unreachable"}]}
    answer = await web.post(f"/api/alarms/{alarm['id']}/verify", json=body, headers=as_("operator-1"))
    assert answer.status_code == 422


async def escalated(web: httpx.AsyncClient, inbox: Inbox) -> dict[str, Any]:
    """A report of a burglary, as the police see it, with the alarm's id beside it."""
    await inbox.signal("site", "1001")
    alarm = (await the_alarm(web, "operator-1"))["id"]
    for act, body in (
        ("claim", {}),
        ("verify", {"result": "confirmed", "evidence": [{"kind": "video", "note": "两人"}]}),
        ("escalate", {}),
    ):
        answer = await web.post(f"/api/alarms/{alarm}/{act}", json=body, headers=as_("operator-1"))
        assert answer.status_code == 200, answer.text
    return await the_report(web)


async def the_report(web: httpx.AsyncClient, person: str = "police-1") -> dict[str, Any]:
    (report,) = (await web.get("/api/escalations", headers=as_(person))).json()["items"]
    found: dict[str, Any] = report
    return found


async def test_a_report_is_added_to_returned_signed_for_again_and_named_a_duplicate(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    report = await escalated(web, inbox)
    for person, act, body in (
        ("operator-1", "supplement", {"text": "两人往北走"}),
        ("operator-2", "phone-report", {"told": "110 接警员 0032", "police_incident_no": "110-7"}),
        ("police-1", "return", {"reason": "unclear", "text": "哪个门？"}),
        ("operator-1", "stand-down-request", {"reason": "户主误触"}),
        ("police-1", "sign-for", {}),
    ):
        answer = await web.post(f"/api/escalations/{report['id']}/{act}", json=body, headers=as_(person))
        assert answer.status_code == 200, (act, answer.text)
    shown = await the_report(web)
    assert (shown["state"], shown["mark"], shown["police_incident_no"]) == ("signed_for", "actual", "110-7")
    assert [(one["kind"], one["text"]) for one in shown["additions"]] == [
        ("supplement", "两人往北走"),
        ("stand_down_request", "户主误触"),
    ]
    assert (shown["returned_text"], shown["phone_told"]) == ("哪个门？", "110 接警员 0032")
    named = await web.post(
        f"/api/escalations/{report['id']}/duplicate-of",
        json={"duplicate_of": "110-6"},
        headers=as_("police-1"),
    )
    assert named.status_code == 200, named.text
    late = await web.post(
        f"/api/escalations/{report['id']}/supplement", json={"text": "x"}, headers=as_("operator-1")
    )
    assert (late.status_code, late.json()["type"]) == (409, "urn:jiejing:escalation.duplicate_of")


async def test_a_transferred_report_is_the_other_bureaus(web: httpx.AsyncClient, inbox: Inbox) -> None:
    report = await escalated(web, inbox)
    at = f"/api/escalations/{report['id']}/transfer"
    wrong = await web.post(at, json={"to": "110"}, headers=as_("police-1"))
    assert wrong.status_code == 422
    moved = await web.post(at, json={"to": "350102000000"}, headers=as_("police-1"))
    assert moved.status_code == 200, moved.text
    assert (await web.get("/api/escalations", headers=as_("police-1"))).json()["items"] == []
    shown = await the_report(web, "supervisor-1")
    assert (shown["state"], shown["bureau"], shown["transferred_from"]) == (
        "transferred",
        "350102000000",
        "b1",
    )


async def test_a_drill_without_a_test_endpoint_or_a_window_goes_nowhere(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001")
    alarm = (await the_alarm(web, "supervisor-1"))["id"]
    at = f"/api/alarms/{alarm}/escalate"
    refused = await web.post(at, json={"mark": "exercise"}, headers=as_("supervisor-1"))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:drill.nowhere")
    unknown = await web.post(at, json={"mark": "real"}, headers=as_("supervisor-1"))
    assert unknown.status_code == 422
    assert (await web.get("/api/escalations", headers=as_("supervisor-1"))).json()["items"] == []
