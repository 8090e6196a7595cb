"""A copy is made while people work, more happens, the station is lost, and the copy goes on in its place.

What the copy holds is there again, byte for byte, at the same offsets and with the same stamps; what its inbox held
beyond its record is decided; nothing that the lost station named is named again; the police have one incident for each
report, and people work on. Who was registered is known by the same words, and the register goes on where the copy ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.contracts import alarm as a
from services.contracts.codec import decode_decision
from services.contracts.directory import ProviderNoted, SiteNoted
from services.contracts.envelope import LogResumed
from services.contracts.guard import GuardOrdered
from services.contracts.interruption import InterruptionBegan, MaintenanceWindowOpened
from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.eventsourcing.ports import Record
from services.station.copies.manifest import Manifest, read_manifest
from tests.chaos.a_police import Police, policestub
from tests.chaos.a_station import Station
from tests.chaos.open_load import BURGLARY, OpenLoad, log_in
from tests.chaos.the_lists import Logs, decisions, desk, folded, jiejing, read, rows, until, until_read
from tests.chaos.the_record import decided_again
from tests.conftest import run_apart

PETROL, JEWELLER, LATER = "21010207", "35010211", "35010399"  # the last is registered after the copy was made
REGISTERED = (
    *("site", "site_known", "site_name", "site_class", "division", "bureau"),
    *("provider", "provider_name", "filing"),
)
RATE = 60.0  # of 24 lines, so that there is always one more alarm to report
SHEET = Path(__file__).parents[2] / "docs" / "example-sites.csv"


class Lost(NamedTuple):
    """All that the lost station had on record, more than any copy of it.

    `register`: as it was copied; `known`: an alarm at a registered site.
    """

    events: Logs
    inbox: Logs
    register: list[tuple[Any, ...]]
    known: dict[str, Any]


class Again(NamedTuple):
    """The station that goes on, the copy it goes on from, and what was lost."""

    station: Station
    copy: Path
    manifest: Manifest
    lost: Lost
    police: Police

    def ends(self, topic: str) -> dict[int, int]:
        """How far the copy of a topic reaches."""
        return {one.partition: one.end for one in self.manifest.topics if one.topic == topic}


def named(records: list[Record]) -> set[str]:
    """The ids that these records gave to alarms, reports, guards, interruptions and windows."""
    events = [event for one in records for event in decode_decision(one.value).events]
    return {
        *(one.alarm for one in events if isinstance(one, a.AlarmRaised)),
        *(one.escalation for one in events if isinstance(one, a.AlarmEscalated)),
        *(one.guard for one in events if isinstance(one, GuardOrdered)),
        *(one.interruption for one in events if isinstance(one, InterruptionBegan)),
        *(one.window for one in events if isinstance(one, MaintenanceWindowOpened)),
    }


REGISTER = "select position, stream, version, type, body::text, by from registry.event order by position"


async def copied_while_people_work(station: Station, folder: Path) -> Lost:
    """A copy in the midst of a load; all that the station has on record when it is lost."""
    await imported(station, SHEET)
    load = OpenLoad(station, RATE)
    async with contextlib.aclosing(load), load.running():
        known = await alarm_at(station, load, PETROL)
        assert known["site_known"]
        await until("some were reported", _reported(load, 2), station)
        said = await asyncio.to_thread(jiejing, "backup", folder, f"--data={station.settings.data_dir}")
        assert said.returncode == 0, said.stdout + said.stderr
        register = await rows(station.endpoints["postgres"], REGISTER)
        await imported(station, later_sheet(folder.with_name("later.csv")))
        assert (await alarm_at(station, load, LATER))["site_known"]
        await until("more were reported", _reported(load, len(load.sent.escalated) + 2), station)
    kafka = station.endpoints["kafka"]
    return Lost(await read(kafka, EVENTS), await read(kafka, INBOX), register, known)


def later_sheet(file: Path) -> Path:
    """One site more, of a provider that is known."""
    head, first, *_ = SHEET.read_text(encoding="utf-8").splitlines()
    row = dict(zip(head.split(","), first.split(","), strict=True))
    row |= {"site": "later", "name": "福州台江区药店", "account": LATER}
    file.write_text(f"{head}\n{','.join(row.values())}\n", encoding="utf-8")
    return file


async def imported(station: Station, sheet: Path) -> None:
    """The register has the sheet, and every decision from here on knows it."""
    data = f"--data={station.settings.data_dir}"
    said = await asyncio.to_thread(jiejing, "registry", "import", sheet, data)
    assert said.returncode == 0, said.stdout + said.stderr
    ((newest,),) = await rows(station.endpoints["postgres"], "select max(position) from registry.event")

    async def noted() -> bool:
        now = await read(station.endpoints["kafka"], EVENTS)
        events = [event for one in now.values() for _, said in decisions(one) for event in said.events]
        positions = [one.position for one in events if isinstance(one, SiteNoted | ProviderNoted)]
        return bool(max(positions, default=0) >= newest)

    await until("the register's entries are noted", noted, station)


async def alarm_at(station: Station, load: OpenLoad, account: str) -> dict[str, Any]:
    """A burglary from this account, as the desk shows it."""
    await load.post(account, 1, BURGLARY)
    found: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=station.endpoints["web"], timeout=30) as client:
        await log_in(client, station, "shift_supervisor")

        async def shown() -> bool:
            found[:] = (await client.get("/api/alarms", params={"account": account})).json()["items"]
            return bool(found)

        await until(f"the alarm of {account} is on the desk", shown, station)
    return found[0]


def _reported(load: OpenLoad, many: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(load.sent.escalated) >= many

    return holds


def lose(station: Station) -> None:
    """The whole station and all of its data, at once."""
    assert station.process is not None
    for child in station.children().values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    station.process.kill()
    station.process.wait()
    shutil.rmtree(station.settings.data_dir)


@pytest.fixture(scope="module")
def again(folder: Path) -> Iterator[Again]:
    (folder / "first").mkdir()
    (folder / "second" / "data").mkdir(parents=True)
    copy = folder / "copy"
    with policestub(folder) as police:
        first, second = Station(folder / "first", police.address), Station(folder / "second", police.address)
        first.start()
        try:
            lost = run_apart(copied_while_people_work(first, copy))
            shutil.copytree(first.settings.secrets_dir, second.settings.secrets_dir)
        finally:
            lose(first)
        said = jiejing("restore", copy, f"--data={second.settings.data_dir}")
        assert said.returncode == 0, said.stdout + said.stderr
        second.start()
        try:
            yield Again(second, copy, read_manifest(copy), lost, police)
        finally:
            second.stop()


@pytest.fixture(scope="module")
def record(again: Again) -> Logs:
    """The record of the station that goes on, once every signal of the copied inbox is decided."""
    return run_apart(_decided(again))


async def _decided(again: Again) -> Logs:
    waiting = {
        (partition, one.offset)
        for partition, end in again.ends(INBOX).items()
        for one in again.lost.inbox[partition][:end]
        if one.value.startswith(b'{"type":"signal.')
    }
    found: Logs = {}

    async def holds() -> bool:
        found.update(await read(again.station.endpoints["kafka"], EVENTS))
        sources = {
            (partition, decision.source.offset)
            for partition, records in found.items()
            for _, decision in decisions(records)
        }
        return waiting <= sources

    await until("every signal of the copied inbox is decided", holds, again.station)
    return found


def test_what_was_copied_is_there_byte_for_byte_and_then_the_log_has_a_new_name(
    again: Again, record: Logs
) -> None:
    parts = {one.partition: one for one in again.manifest.topics if one.topic == EVENTS}
    assert sum(one.records for one in parts.values()) > PARTITIONS
    for partition, part in parts.items():
        copied = record[partition][: part.end]
        assert copied == again.lost.events[partition][: part.end]
        resumed = decode_decision(record[partition][part.end].value)
        event = resumed.events[0]
        assert isinstance(event, LogResumed)
        assert (resumed.lies_at, event.before) == (part.end, part.log_id)
        assert event.inbox_end == again.ends(INBOX)[partition]


async def test_the_inbox_is_as_it_was_with_its_stamps_and_stamped_by_the_broker_from_then_on(
    again: Again,
) -> None:
    kafka = again.station.endpoints["kafka"]
    inbox = await read(kafka, INBOX)
    for partition, end in again.ends(INBOX).items():
        assert inbox[partition][:end] == again.lost.inbox[partition][:end]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, INBOX)])
    finally:
        await admin.close()
    settings = {one[0]: one[1] for one in answer.resources[0][4]}
    assert settings["message.timestamp.type"] == "LogAppendTime"


def test_more_was_received_than_was_decided_or_nothing_could_be_decided_anew(again: Again) -> None:
    ends = again.ends(EVENTS)
    lost = {one for partition in ends for one in named(again.lost.events[partition][ends[partition] :])}
    assert lost, "nothing was lost, so nothing is proved"


def test_no_id_of_the_lost_station_is_given_again(again: Again, record: Logs) -> None:
    ends = again.ends(EVENTS)
    before = {one for records in again.lost.events.values() for one in named(records)}
    since = {one for partition, end in ends.items() for one in named(record[partition][end:])}
    assert not before & since


def test_supervisors_are_told_once_and_every_open_alarm_says_so(again: Again, record: Logs) -> None:
    told = [
        event
        for records in record.values()
        for _, decision in decisions(records)
        for event in decision.events
        if isinstance(event, a.AlarmRaised) and event.code == "log.resumed"
    ]
    assert len(told) == 1
    with desk(again.station, "shift_supervisor") as client:
        for partition, end in again.ends(EVENTS).items():
            views = folded(partition, record[partition][:end])
            for view in list(views.alarms.values())[:3]:
                shown = client.get(f"/api/alarms/{view.id}").json()
                assert ("resumed_at" in shown) == (view.state == "open")


async def test_the_read_models_are_what_the_record_implies(again: Again, record: Logs) -> None:
    await until_read(again.station)


async def test_the_register_is_as_it_was_and_is_copied_on(again: Again) -> None:
    dsn = again.station.endpoints["postgres"]
    copied = again.lost.register
    assert (await rows(dsn, REGISTER))[: len(copied)] == copied
    (sites,) = await rows(dsn, "select count(*) from registry.site")
    assert sites[0] > 0


async def test_a_registered_site_is_known_by_the_same_words_and_the_register_goes_on(
    again: Again, tmp_path: Path
) -> None:
    station, before = again.station, again.lost.known
    with desk(station, "shift_supervisor") as client:
        now = client.get(f"/api/alarms/{before['id']}").json()
    assert {name: now[name] for name in REGISTERED} == {name: before[name] for name in REGISTERED}
    load = OpenLoad(station, 1)
    async with contextlib.aclosing(load):
        fresh = await alarm_at(station, load, JEWELLER)
        assert (fresh["site_known"], fresh["site_name"]) == (True, "福州鼓楼区东街口金行")
        assert fresh["filing"]["state"] == "not_required_here"
        lost = await alarm_at(station, load, LATER)
        assert not lost["site_known"]
        await imported(station, later_sheet(tmp_path / "later.csv"))

        async def adopted() -> bool:
            with desk(station, "shift_supervisor") as client:
                return bool(client.get(f"/api/alarms/{lost['id']}").json()["site_known"])

        await until("the alarm at a site that is registered anew is known", adopted, station)


async def test_people_work_on_and_what_they_report_says_that_it_may_be_known(
    again: Again, record: Logs
) -> None:
    station = again.station
    load = OpenLoad(station, 1)
    async with contextlib.aclosing(load):
        account = await load.probe()
        async with httpx.AsyncClient(base_url=station.endpoints["web"], timeout=30) as client:
            await log_in(client, station)

            async def seen() -> bool:
                found = await client.get("/api/alarms", params={"state": "open", "account": account})
                return bool(found.json()["items"])

            await until("the alarm is on the desk", seen, station)
            fresh = (await client.get("/api/alarms", params={"account": account})).json()["items"][0]
            (old,) = [one for one in (await _open(client)) if "resumed_at" in one and not one["claimed_by"]][
                :1
            ]
            assert "resumed_at" not in fresh
            for alarm, repeated in ((fresh["id"], False), (old["id"], True)):
                await _report(client, alarm)
                shown = (await client.get(f"/api/alarms/{alarm}")).json()
                reports = (await client.get("/api/escalations", params={"limit": 100})).json()["items"]
                (report,) = [one for one in reports if one["id"] == shown["escalation"]]
                assert report.get("possibly_repeated", False) is repeated


async def _open(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await client.get("/api/alarms", params={"state": "open", "limit": 200})
    ).json()["items"]
    return [one for one in items if one["class"] == "burglary"]


async def _report(client: httpx.AsyncClient, alarm: str) -> None:
    evidence = [{"kind": "call", "note": "nobody answers"}]
    for act, body in (
        ("claim", {}),
        ("verify", {"result": "confirmed", "evidence": evidence}),
        ("escalate", {}),
    ):
        answer = await client.post(f"/api/alarms/{alarm}/{act}", json=body)
        assert answer.status_code in {200, 202}, answer.text


async def test_what_was_on_its_way_is_asked_for_and_the_police_have_nothing_twice(
    again: Again, record: Logs
) -> None:
    waited = {
        report.view.id
        for partition, end in again.ends(EVENTS).items()
        for report in folded(partition, record[partition][:end]).reports.values()
        if report.view.state == "sent"
    }

    async def holds() -> bool:
        now = await read(again.station.endpoints["kafka"], EVENTS)
        since = [
            event
            for partition, end in again.ends(EVENTS).items()
            for _, decision in decisions(now[partition])
            if decision.lies_at >= end
            for event in decision.events
        ]
        known = {one.escalation for one in since if isinstance(one, a.EscalationDelivered)}
        asked = {one.escalation for one in since if isinstance(one, a.EscalationAskedAgain)}
        anew = {one.escalation for one in since if isinstance(one, a.AlarmEscalated)}
        return waited <= known | asked and bool(anew & known & set(again.police.opened()))

    await until("what waited is asked for, and a report made since is received", holds, again.station)
    assert set(again.police.opened().values()) == {1}


def test_every_decision_is_made_again_alike(again: Again, record: Logs) -> None:
    assert decided_again(f"--data={again.station.settings.data_dir}")["differ"] == {}


def test_a_copy_that_was_altered_or_cut_is_refused_by_the_name_of_the_file(
    again: Again, folder: Path
) -> None:
    altered = folder / "altered"
    shutil.copytree(again.copy, altered)
    for name in ("alarm.events/03.gz", "postgres/identity.person.copy.gz", "manifest.json"):
        whole = (altered / name).read_bytes()
        for bad in (whole[: len(whole) // 2], b"x" + whole[1:]):
            (altered / name).write_bytes(bad)
            said = jiejing("restore", altered, f"--data={folder / 'nowhere'}")
            assert said.returncode == 1
            assert name in said.stderr and "Traceback" not in said.stderr
        (altered / name).unlink()
        said = jiejing("restore", altered, f"--data={folder / 'nowhere'}")
        assert said.returncode == 1 and name in said.stderr
        (altered / name).write_bytes(whole)
    assert jiejing("backup", "--check", altered).returncode == 0
    assert not (folder / "nowhere").exists()


async def test_it_comes_back_on_stores_of_ones_own_while_they_are_empty(
    again: Again, kafka: str, bare_database: str, folder: Path
) -> None:
    own = [f"--kafka={kafka}", f"--postgres={bare_database}"]
    said = jiejing("restore", again.copy, f"--data={folder / 'own'}", *own)
    assert said.returncode == 0, said.stdout + said.stderr
    for topic, lost in ((EVENTS, again.lost.events), (INBOX, again.lost.inbox)):
        there = await read(kafka, topic)
        for partition, end in again.ends(topic).items():
            assert there[partition][:end] == lost[partition][:end]
    assert await rows(bare_database, REGISTER) == again.lost.register
    assert not {"kafka", "postgres"} & {one.name for one in (folder / "own").iterdir()}
    over = jiejing("restore", again.copy, f"--data={folder / 'over'}", *own)
    assert over.returncode == 1
    assert "restore into an empty one" in over.stderr and "Traceback" not in over.stderr


def test_nothing_is_restored_over_anything(again: Again) -> None:
    said = jiejing("restore", again.copy, f"--data={again.station.settings.data_dir}")
    assert said.returncode == 1 and "a station runs" in said.stderr
