"""A short life of a station, told so that its record says nearly all that a record can say; what is left is its copy.

The days of the demo are played; the police pass one report on, give one back and know one already; a panel calls before its
site is registered, another has a wrong clock; two persons mend a partition and begin a generation of topics; the station is
lost and goes on from a copy. All of it by the product's own doors and commands, on processes of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from services.contracts.topics import EVENTS, INBOX, partition_of
from services.ingest.panel import NoAnswer, contact_id_frame, send_frame
from services.runtime.clock import now_us
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Address
from tests.chaos.a_police import policestub
from tests.chaos.a_station import Station
from tests.chaos.the_lists import decisions, desk, jiejing, read, rows
from tests.copies.test_a_copy import lose

STORIES: Final = ("burglary", "duress", "logreset", "outage")
SPEED: Final = 600
PERSONS: Final = ("administrator", "shift_supervisor")
PATIENCE_S: Final = 120.0
KEY: Final = b"0123456789abcdef"
HOUR_US: Final = 3_600_000_000
WRITTEN: Final = "两人往北走"
LATER: Final = b'{"type":"later.v9","subject":"somewhere"}'
TRANSFERRED, RETURNED, KNOWN, UNREGISTERED, WRONG_CLOCK, SECOND_LINE = (str(97001 + one) for one in range(6))
SHEET: Final = Path(__file__).parents[2] / "docs" / "example-sites.csv"
CONFIRMED: Final = {"result": "confirmed", "evidence": [{"kind": "video", "found": "suspicious_person"}]}


class Day:
    """What happens on a station, one thing after the other."""

    def __init__(self, station: Station) -> None:
        """`station`: runs."""
        self._station = station
        self._folder = station.settings.data_dir.parent
        self._sequence = 0

    def demo(self) -> None:
        """What `jiejing demo` plays."""
        for story in STORIES:
            self._done("demo", story, f"--speed={SPEED}")

    def police_go_other_ways(self) -> None:
        """Reports that a bureau does not simply go on with; one is made by telephone too, and added to."""
        transferred, returned, known = map(self._report, (TRANSFERRED, RETURNED, KNOWN))
        self._act("police", f"escalations/{transferred}/sign-for")
        self._act("police", f"escalations/{transferred}/transfer", to="350102000000")
        call = {"told": "110 接警员 0032", "police_incident_no": "110-7"}
        self._act("operator", f"escalations/{returned}/phone-report", **call)
        self._act("operator", f"escalations/{returned}/supplement", text=WRITTEN)
        self._act("police", f"escalations/{returned}/return", reason="unclear", text="哪个门？")
        self._act("police", f"escalations/{known}/duplicate-of", duplicate_of="110-6")

    def a_panel_calls_before_its_site_is_registered(self) -> None:
        """Its alarm is adopted, and hears the first of two restores, which comes to the site; the other is awaited still."""
        self._send(UNREGISTERED, "1130 01 003")
        self._send(UNREGISTERED, "1130 01 004")
        self._alarm(UNREGISTERED)
        self._register(UNREGISTERED)
        self._until_said("signal.restores_owed.v1")
        self._send(UNREGISTERED, "3130 01 003")
        self._until_said("signal.restore_passed_back.v1")

    def a_panel_does_not_set_its_clock(self) -> None:
        """An encrypted line, whose messages are turned away for their time."""
        self._register(WRONG_CLOCK)
        self._change_lines(WRONG_CLOCK, "lines", account=WRONG_CLOCK, key=KEY.hex())
        told = "receiver.trouble_noted.v1"
        self._until(lambda: not self._is_heard(now_us() - HOUR_US) and self._is_said(told), f"{told} is said")

    def a_line_comes_and_goes(self) -> None:
        """Of a site that keeps its first one."""
        for change in ("lines", "lines/release"):
            self._change_lines(WRONG_CLOCK, change, account=SECOND_LINE)
            self._until(self._is_told, "the router is told what the register knows")

    def work_is_said_beforehand(self) -> None:
        """On the system of a registered site."""
        now, site = now_us(), self._site(WRONG_CLOCK)
        hours = {"from_us": now, "until_us": now + HOUR_US}
        self._act("shift_supervisor", f"sites/{site}/maintenance-windows", kind="maintenance", **hours)

    def two_persons_mend(self) -> None:
        """A partition stopped before a record of a version that is younger than any."""
        partition = partition_of("somewhere")
        asyncio.run(self._put(partition, LATER))
        self._until(lambda: not self._two("mend", str(partition)).returncode, "the partition is mended")
        self._until_said("log.mended.v1")

    def a_generation_begins(self) -> None:
        """Of topics; the station stands meanwhile."""
        self._station.stop()
        said = self._two("generation", "begin")
        assert said.returncode == 0, said.stdout + said.stderr
        self._station.start()

    def an_alarm_from_before_is_reported_once_more(self) -> None:
        """It was open in the copy that the station goes on from, so it may have been reported."""
        self._reported(self._alarm(UNREGISTERED))

    def copy(self, folder: Path) -> None:
        """`jiejing backup`, when everything that was received is decided."""
        self._until(lambda: asyncio.run(self._is_decided()), "everything is decided")
        self._done("backup", folder)

    def _report(self, account: str) -> str:
        """An alarm of this account and its report; the report's id."""
        self._send(account, "1130 01 003")
        return self._reported(self._alarm(account))

    def _reported(self, alarm: str) -> str:
        """Taken, verified and reported; the report's id."""
        self._act("operator", f"alarms/{alarm}/claim")
        self._act("operator", f"alarms/{alarm}/verify", **CONFIRMED)
        self._act("operator", f"alarms/{alarm}/escalate")
        return self._report_of(alarm)

    def _alarm(self, account: str) -> str:
        """The account's open alarm, once it is on the desk."""
        found: list[str] = []

        def shown() -> bool:
            with self._desk("operator") as client:
                answer = client.get("/api/alarms", params={"state": "open", "account": account})
            found[:] = [one["id"] for one in answer.json()["items"] if one["class"] != "system"]
            return bool(found)

        self._until(shown, f"an alarm of {account} is on the desk")
        return found[0]

    def _report_of(self, alarm: str) -> str:
        found: list[str] = []

        def shown() -> bool:
            with self._desk("operator") as client:
                found[:] = filter(None, [client.get(f"/api/alarms/{alarm}").json().get("escalation")])
            return bool(found)

        self._until(shown, f"the report of {alarm} is on the desk")
        return found[0]

    def _change_lines(self, of: str, change: str, **body: Any) -> None:
        site = self._site(of)
        with self._desk("registrar") as client:
            version = client.get(f"/api/registry/sites/{site}").json()["version"]
        self._act("registrar", f"registry/sites/{site}/{change}", version=version, **body)

    def _is_told(self) -> bool:
        places = (
            "select (select max(position) from registry.relay) >= (select max(position) from registry.event)"
        )
        return asyncio.run(rows(self._station.endpoints["postgres"], places)) == [(True,)]

    def _site(self, account: str) -> str:
        """The registered site of this account."""
        with self._desk("registrar") as client:
            (site,) = client.get("/api/registry/sites", params={"q": account}).json()["items"]
        return str(site["id"])

    def _act(self, role: str, what: str, **body: Any) -> None:
        with self._desk(role) as client:
            answer = client.post(f"/api/{what}", json=body)
        assert answer.is_success, (what, answer.text)

    def _send(self, account: str, data: str) -> None:
        self._sequence += 1
        frame = contact_id_frame(account, self._sequence, data, now_us())
        asyncio.run(send_frame(*self._dc09(), frame, self._sequence))

    def _is_heard(self, at_us: int) -> bool:
        """Whether a message of that time is taken."""
        self._sequence += 1
        frame = contact_id_frame(WRONG_CLOCK, self._sequence, "1130 01 003", at_us, KEY)
        try:
            asyncio.run(send_frame(*self._dc09(), frame, self._sequence))
        except NoAnswer:
            return False
        return True

    def _dc09(self) -> Address:
        return Address.parse(self._station.endpoints["dc09"])

    def _register(self, account: str) -> None:
        """A site with this line, by a sheet."""
        head, first, *_ = SHEET.read_text(encoding="utf-8").splitlines()
        row = dict(zip(head.split(","), first.split(","), strict=True))
        row |= {"site": f"site-{account}", "name": f"福州台江区药店 {account}", "account": account}
        sheet = self._folder / f"{account}.csv"
        sheet.write_text(f"{head}\n{','.join(row.values())}\n", encoding="utf-8")
        self._done("registry", "import", sheet)

    def _two(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command by the word of two persons."""
        accounts = [self._station.endpoints["accounts"][role] for role in PERSONS]
        names = [f"--by={one['username']}" for one in accounts]
        command = [sys.executable, "-m", "services.station", *words, *names, "--reason=试验", self._data()]
        typed = "".join(f"{one['password']}\n" for one in accounts)
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=240, check=False)

    def _done(self, *words: str | Path) -> None:
        said = jiejing(*words, self._data())
        assert said.returncode == 0, said.stdout + said.stderr

    def _data(self) -> str:
        return f"--data={self._station.settings.data_dir}"

    def _desk(self, role: str) -> contextlib.AbstractContextManager[httpx.Client]:
        return desk(self._station, role)

    async def _put(self, partition: int, value: bytes) -> None:
        log = KafkaEventLog(self._station.endpoints["kafka"], INBOX, partition)
        writer = await log.open_writer()
        try:
            await writer.append([value])
        finally:
            await writer.close()
            await log.close()

    async def _is_decided(self) -> bool:
        kafka = self._station.endpoints["kafka"]
        inbox, events = await read(kafka, INBOX), await read(kafka, EVENTS)
        decided = {one: decisions(records)[-1][1].source.offset for one, records in events.items()}
        return all(
            b'"tick.v1"' in record.value
            for partition, records in inbox.items()
            for record in records[decided[partition] + 1 :]
        )

    def _until_said(self, tag: str) -> None:
        self._until(lambda: self._is_said(tag), f"{tag} is said")

    def _is_said(self, tag: str) -> bool:
        events = asyncio.run(read(self._station.endpoints["kafka"], EVENTS))
        return any(tag.encode() in one.value for records in events.values() for one in records)

    def _until(self, holds: Callable[[], bool], said: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"still not: {said}\n{self._station.last_words()}"
            time.sleep(0.3)


def live(folder: Path, copy: Path) -> None:
    """The whole life in `folder`, which is empty; its copy appears as `copy`."""
    for name in ("first", "second"):
        (folder / name / "data").mkdir(parents=True)
    with policestub(folder) as police:
        first, second = Station(folder / "first", police.address), Station(folder / "second", police.address)
        with _running(first, lose) as day:
            day.demo()
            day.police_go_other_ways()
            day.a_panel_calls_before_its_site_is_registered()
            day.a_panel_does_not_set_its_clock()
            day.a_line_comes_and_goes()
            day.work_is_said_beforehand()
            day.two_persons_mend()
            day.a_generation_begins()
            day.copy(folder / "before")
            shutil.copytree(first.settings.secrets_dir, second.settings.secrets_dir)
        said = jiejing("restore", folder / "before", f"--data={second.settings.data_dir}")
        assert said.returncode == 0, said.stdout + said.stderr
        with _running(second, Station.stop) as day:
            day.an_alarm_from_before_is_reported_once_more()
            day.copy(copy)


@contextlib.contextmanager
def _running(station: Station, end: Callable[[Station], None]) -> Iterator[Day]:
    station.start()
    try:
        yield Day(station)
    finally:
        end(station)


@contextlib.contextmanager
def lived() -> Iterator[Path]:
    """The copy of a whole life, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="jiejing-kept-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        live(folder, folder / "copy")
        yield folder / "copy"
