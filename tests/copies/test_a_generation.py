"""A station's record goes on in a new generation: whole at first, and then once more because somebody forged a decision.

The router stands still when the station is stopped, so signals wait undecided; the first beginning is killed half way.
Nothing acknowledged is lost or recorded twice, what was open is open, people work on, the past is what it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts.codec import decode_decision, digest, encode
from services.contracts.envelope import GenerationBegun, LogResumed
from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.runtime.clock import now_us
from services.runtime.kafka_clients import let_go, new_producer
from services.runtime.kafka_event_log import KafkaEventLog
from tests.chaos.a_police import Police, policestub
from tests.chaos.a_station import Station
from tests.chaos.open_load import OpenLoad, Sent
from tests.chaos.the_lists import Logs, decisions, desk, folded, jiejing, read, until, until_read
from tests.chaos.the_record import decided_again, recorded
from tests.conftest import run_apart

RATE, WAITING = 30.0, 6
HALF_WAY = "partition 5 goes on"
PERSONS = ("administrator", "shift_supervisor")
END_S = 60.0


class Past(NamedTuple):
    """What was known before the new generation."""

    events: Logs
    inbox: Logs
    at: int
    history: dict[str, Any]
    open: dict[str, str]
    export: Path
    alarm: str


class GoneOn(NamedTuple):
    """The station in its second generation."""

    station: Station
    police: Police
    past: Past
    sent: Sent
    waited: list[str]


def begin(station: Station, *options: str) -> subprocess.CompletedProcess[str]:
    """`jiejing generation begin` by two persons."""
    names, typed = _two(station)
    command = [sys.executable, "-m", "services.station", "generation", "begin", *names, *options]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=240, check=False)


def _two(station: Station) -> tuple[list[str], str]:
    accounts = [station.endpoints["accounts"][role] for role in PERSONS]
    names = [f"--by={one['username']}" for one in accounts]
    typed = "".join(f"{one['password']}\n" for one in accounts)
    return [*names, "--reason=试验", f"--data={station.settings.data_dir}"], typed


def begin_and_die(station: Station) -> None:
    """It is killed when some partitions are written and some are not; nothing of it runs on."""
    names, typed = _two(station)
    command = [sys.executable, "-m", "services.station", "generation", "begin", *names]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(typed)
        process.stdin.close()
        said = next((line for line in process.stderr if HALF_WAY in line), None)
        process.kill()
    assert said is not None
    until_s = time.monotonic() + END_S
    while station.children():
        assert time.monotonic() < until_s, station.last_words()
        time.sleep(0.1)


async def worked(station: Station) -> tuple[Past, Sent, list[str]]:
    """People and panels for a while; then the router stands still, and more is received."""
    load = OpenLoad(station, RATE)
    async with contextlib.aclosing(load):
        async with load.running():
            await until("some were reported and closed", lambda: _is_enough(load), station)
        await until_read(station)
        past = await _past(station)
        os.killpg(station.children()["router"].pid, signal.SIGSTOP)
        waited = [await load.probe() for _ in range(WAITING)]
    return past, load.sent, waited


async def _is_enough(load: OpenLoad) -> bool:
    return len(load.sent.escalated) >= 2 and len(load.sent.closed) >= 1


async def _past(station: Station) -> Past:
    kafka, at = station.endpoints["kafka"], now_us()
    events = await read(kafka, EVENTS)
    views = [one for partition, its in events.items() for one in folded(partition, its).alarms.values()]
    export = station.settings.data_dir.parent / "before.zip"
    said = await asyncio.to_thread(jiejing, "export", export, f"--data={station.settings.data_dir}")
    assert said.returncode == 0, said.stdout + said.stderr
    return Past(
        events,
        await read(kafka, INBOX),
        at,
        await history(station, at),
        {one.id: one.account for one in views if one.state == "open"},
        export,
        next(one.id for one in views if one.escalation is not None),
    )


async def history(station: Station, at: int) -> dict[str, Any]:
    """The alarms as they stood."""
    options = (f"--at={at}", "--json", f"--data={station.settings.data_dir}")
    said = await asyncio.to_thread(jiejing, "replay", *options)
    assert said.returncode == 0, said.stdout + said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return {one["id"]: one for one in found["alarms"]}


@pytest.fixture(scope="module")
def gone_on(folder: Path) -> Iterator[GoneOn]:
    with policestub(folder) as police:
        station = Station(folder, police.address)
        station.start()
        try:
            past, sent, waited = run_apart(worked(station))
            station.stop()
            begin_and_die(station)
            said = jiejing("up", "--demo", f"--data={station.settings.data_dir}")
            assert said.returncode == 1 and "generation 2 was begun and is not finished" in said.stderr
            done = begin(station)
            assert done.returncode == 0, done.stdout + done.stderr
            station.start()
            run_apart(until("what waited is decided", lambda: _are_raised(station, waited), station))
            yield GoneOn(station, police, past, sent, waited)
        finally:
            station.stop()


async def _are_raised(station: Station, accounts: list[str]) -> bool:
    found = await read(station.endpoints["kafka"], EVENTS)
    return set(accounts) <= {one.account for one in _events(found, a.AlarmRaised)}


def _events(logs: Logs, kind: type[Any]) -> list[Any]:
    return [
        event
        for records in logs.values()
        for _, decision in decisions(records)
        for event in decision.events
        if isinstance(event, kind)
    ]


async def test_the_old_generation_is_as_it_was_and_the_new_one_names_its_heads(gone_on: GoneOn) -> None:
    past, kafka = gone_on.past, gone_on.station.endpoints["kafka"]
    now = await read(kafka, EVENTS)
    begun = {one.partition: one for one in _events(now, GenerationBegun)}
    assert set(begun) == set(range(PARTITIONS))
    for partition, event in begun.items():
        before = past.events[partition]
        assert now[partition][: len(before)] == before
        head = event.heads[partition]
        assert head.offset >= len(before) - 1  # the router was quick, and stood still a moment later
        assert head.hash == digest(now[partition][head.offset].value)
        assert isinstance(decode_decision(now[partition][head.offset + 1].value).events[0], GenerationBegun)
        assert event.heads == begun[0].heads
        assert event.log_id != event.before and event.left_out == 0
    inbox = await read(kafka, INBOX)
    assert all(inbox[one][: len(past.inbox[one])] == past.inbox[one] for one in past.inbox)


async def test_everything_acknowledged_is_recorded_once_and_no_alarm_is_raised_twice(gone_on: GoneOn) -> None:
    now = await read(gone_on.station.endpoints["kafka"], EVENTS)
    made = [decision for records in now.values() for _, decision in decisions(records)]
    counted = Counter(key for key, outcome in recorded(made) if outcome != "retransmit")
    assert set(counted) >= gone_on.sent.acknowledged
    assert set(counted.values()) == {1}
    raised = Counter(one.alarm for one in _events(now, a.AlarmRaised))
    assert set(raised.values()) == {1}


async def test_nobody_writes_to_the_old_topics_any_more(gone_on: GoneOn) -> None:
    kafka = gone_on.station.endpoints["kafka"]
    producer = new_producer(kafka)
    await producer.start()
    try:
        for topic in (INBOX, EVENTS):
            with pytest.raises(MessageSizeTooLargeError):
                await producer.send_and_wait(topic, b"{}", partition=0)
    finally:
        await let_go(producer)


async def test_what_was_open_is_on_the_desk_and_people_work_on(gone_on: GoneOn) -> None:
    await until_read(gone_on.station)
    with desk(gone_on.station, "operator") as client:
        shown = {one: client.get(f"/api/alarms/{one}").json() for one in list(gone_on.past.open)[:20]}
        assert {one["state"] for one in shown.values()} == {"open"}
        assert not any("resumed_at" in one for one in shown.values())
        free = next(
            one for one, view in shown.items() if not view["claimed_by"] and view["class"] == "burglary"
        )
        for act, body in (
            ("claim", {}),
            ("verify", {"result": "confirmed", "evidence": [{"kind": "call", "note": "nobody answers"}]}),
            ("escalate", {}),
        ):
            answer = client.post(f"/api/alarms/{free}/{act}", json=body)
            assert answer.status_code == 200, answer.text
        report = client.get(f"/api/alarms/{free}").json()["escalation"]

    async def holds() -> bool:
        return gone_on.police.opened()[report] == 1

    await until("the police have the report", holds, gone_on.station)
    assert set(gone_on.police.opened().values()) == {1}


async def test_the_past_is_what_it_was_and_a_head_kept_before_confirms_it(gone_on: GoneOn) -> None:
    past, station = gone_on.past, gone_on.station
    assert await history(station, past.at) == past.history
    whole, one = past.export.with_name("after.zip"), past.export.with_name("one.zip")
    data, kept = f"--data={station.settings.data_dir}", past.export.with_name("before.zip.head.json")
    for said in (
        jiejing("export", whole, data),
        jiejing("verify", whole, f"--head={kept}"),
        jiejing("verify", past.export, "--against-log", data),
        jiejing("export", one, f"--alarm={past.alarm}", data),
        jiejing("verify", one),
    ):
        assert said.returncode == 0, said.stdout + said.stderr


def test_every_decision_is_made_again_alike(gone_on: GoneOn) -> None:
    assert decided_again(f"--data={gone_on.station.settings.data_dir}")["differ"] == {}


def test_a_copy_has_both_generations_and_is_one_again_where_it_is_restored(
    gone_on: GoneOn, folder: Path
) -> None:
    copy = folder / "copy"
    for arguments in (
        ("backup", copy, f"--data={gone_on.station.settings.data_dir}"),
        ("backup", "--check", copy),
        ("restore", copy, f"--data={folder / 'again'}"),
    ):
        said = jiejing(*arguments)
        assert said.returncode == 0, said.stdout + said.stderr


async def forged(kafka: str, partition: int) -> int:
    """Somebody who can write to Kafka adds a decision; the offset at which it lies."""
    log = KafkaEventLog(kafka, EVENTS, partition)
    try:
        while True:
            end = await log.end()
            newest = (await log.read(end - 1, most=1, wait_s=5))[0]
            value = encode(replace(decode_decision(newest.value), lies_at=end, prev=b"\x01" * 16))
            writer = await log.open_writer()
            landed = await writer.append([value])
            await writer.close()
            if landed == end:
                return end
    finally:
        await log.close()


async def test_behind_a_forged_decision_it_goes_on_from_what_is_proved(gone_on: GoneOn) -> None:
    station = gone_on.station
    account = gone_on.waited[0]
    with desk(station, "shift_supervisor") as client:
        (alarm,) = client.get("/api/alarms", params={"account": account}).json()["items"]
    partition = alarm["partition"]
    before = await read(station.endpoints["kafka"], EVENTS)
    at = await forged(station.endpoints["kafka"], partition)
    await asyncio.to_thread(station.stop)
    refused = await asyncio.to_thread(begin, station)
    assert refused.returncode == 1
    assert f"partition {partition} does not hold together" in refused.stderr
    assert f"--cut {partition} it goes on at offset {at - 1}" in refused.stderr
    whole = await asyncio.to_thread(begin, station, f"--cut={(partition + 1) % PARTITIONS}")
    assert whole.returncode == 1
    done = await asyncio.to_thread(begin, station, f"--cut={partition}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = {one["partition"]: one for one in json.loads(done.stdout)["partitions"]}
    assert {one for one, said in told.items() if said["left_out"]} == {partition}

    await asyncio.to_thread(station.start)
    await until_read(station)
    now = await read(station.endpoints["kafka"], EVENTS)
    assert now[partition][: at - 1] == before[partition][: at - 1]
    events = [event for _, decision in decisions(now[partition]) for event in decision.events]
    assert any(isinstance(one, LogResumed) for one in events)
    codes = [one.code for one in events if isinstance(one, a.AlarmRaised)]
    assert codes.count("log.cut") == 1
    made = [decision for records in now.values() for _, decision in decisions(records)]
    assert {key for key, _ in recorded(made)} >= gone_on.sent.acknowledged
    with desk(station, "shift_supervisor") as client:
        shown = client.get("/api/alarms", params={"state": "open", "account": account}).json()["items"]
        assert shown and all("resumed_at" in one for one in shown)
