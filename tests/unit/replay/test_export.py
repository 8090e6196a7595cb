"""A stretch of the record in a container, and what a check says of it."""

from __future__ import annotations

import io
import json
import random
import zipfile
from base64 import b64decode
from hashlib import sha256

import msgspec
import pytest

from services.contracts import alarm as a
from services.contracts.interruption import (
    Candidate,
    InterruptionSettled,
    Judgement,
)
from services.contracts.stored import Actor
from services.picture.names import SiteName
from services.replay.adapters.zip_container import TooLarge, ZipBox, ZipExport
from services.replay.domain.frame import line_of, written
from services.replay.handlers.checking import HeadUnreadable, check_against_log, read_head
from services.replay.handlers.exporting import Stretch, export, head_file
from services.replay.handlers.history import Asked, history
from services.replay.ports import ContainerDamaged
from tests.unit.replay.exports import MAKING, exported, verdict
from tests.unit.replay.past import (
    INSPECTOR,
    LI,
    NOTE,
    SECOND,
    T0,
    Looks,
    Past,
    interrupted,
    raised,
    resumed,
    room_of,
)


def a_past(partition: int = 0) -> Past:
    """Offsets 0 genesis, 1 raised, 2 junk, 3 claimed, 4 closed, 5 junk, 6 junk, 7 raised; counting ones a second apart."""
    past = Past(partition)
    past.says(raised("a1"))
    past.junk()
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    past.says(a.AlarmClosed(alarm="a1", by=LI, reason=NOTE))
    past.junk()
    past.junk()
    past.says(raised("a2"))
    return past


LEAD = Judgement(
    finding="lead",
    why="article",
    candidates=(
        Candidate(
            pack="QHD-2018",
            article="19",
            clause="4",
            site_class="other",
            kind="intrusion_alarm",
            facts=("power",),
        ),
    ),
)


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return {name: box.read(name) for name in box.namelist()}


def own_head_too(files: dict[str, bytes]) -> dict[str, bytes]:
    """With a head.json that says what the other files come to, as a forger makes one."""
    own, manifest = json.loads(files["head.json"]), json.loads(files["manifest.json"])
    for position, entry in zip(own["positions"], manifest["partitions"], strict=True):
        position["head"] = entry["head_after"]
    own["files"] = {name: sha256(files[name]).hexdigest() for name in own["files"]}
    return {**files, "head.json": json.dumps(own).encode()}


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as box:
        for name, content in files.items():
            box.writestr(name, content)
    return file.getvalue()


async def test_an_export_holds_every_record_as_it_lies_and_proves_itself() -> None:
    past, other = a_past(), a_past(1)
    content, head = await exported(room_of(past, other))
    files = opened(content)
    beside = {"manifest.json", "README.txt", "head.json", "verify.py"}
    assert set(files) == {"records/00.jsonl", "records/01.jsonl"} | beside
    lines = [json.loads(line) for line in files["records/00.jsonl"].splitlines()]
    assert [b64decode(line["value"]) for line in lines] == [record.value for record in past.log.records]
    assert [line["counts"] for line in lines] == [True, True, False, True, True, False, False, True]
    found = verdict(content, head)
    assert found.ok, found.findings
    assert [(one.records, one.counting, one.anchored) for one in found.partitions] == [(8, 5, 7), (8, 5, 7)]


async def test_the_proof_can_be_followed_with_nothing_but_a_hash_and_a_reader_of_json() -> None:
    content, _ = await exported(room_of(a_past()))
    files, before = opened(content), bytes(16)
    for line in map(json.loads, files["records/00.jsonl"].splitlines()):
        value = b64decode(line["value"])
        assert sha256(value).hexdigest() == line["sha256"]
        decision = json.loads(value)
        if decision["lies_at"] == line["offset"]:
            assert b64decode(decision["prev"]) == before
            before = sha256(value).digest()[:16]
    assert json.loads(files["head.json"])["positions"][0]["head"] == before.hex()


async def test_the_same_record_makes_the_same_bytes() -> None:
    first, _ = await exported(room_of(a_past()))
    second, _ = await exported(room_of(a_past()))
    assert first == second


@pytest.mark.parametrize(
    ("begin", "end", "offsets"),
    [
        (None, None, (0, 7)),
        (0, 4, (0, 7)),
        (1, 1, (1, 2)),
        (2, 3, (3, 6)),
        (3, 3, (4, 6)),
        (4, None, (7, 7)),
        (5, 9, None),
        (None, -1, None),
    ],
)
async def test_a_stretch_is_what_was_decided_in_its_time_without_a_gap(
    begin: int | None, end: int | None, offsets: tuple[int, int] | None
) -> None:
    stretch = Stretch(
        begin=None if begin is None else T0 + begin * SECOND, end=None if end is None else T0 + end * SECOND
    )
    room = room_of(a_past())
    content, head = await exported(room, stretch)
    found = verdict(content, head)
    assert found.ok, found.findings
    assert (found.partitions[0].first, found.partitions[0].last) == (offsets or (None, None))
    manifest = json.loads(opened(content)["manifest.json"])["partitions"][0]
    records = room.logs(0).records  # type: ignore[attr-defined]  # the memory log
    before = [r for r in records[: manifest["first"] or 0] if json.loads(r.value)["lies_at"] == r.offset]
    if offsets is not None:
        expected = sha256(before[-1].value).hexdigest()[:32] if before else "0" * 32
        assert manifest["head_before"] == expected


async def test_an_alarm_s_export_goes_from_its_first_record_to_its_newest() -> None:
    content, _ = await exported(room_of(Past(0), a_past(1)), Stretch(alarm="a1"))
    found = verdict(content)
    assert [(one.partition, one.first, one.last) for one in found.partitions] == [(1, 1, 4)]


async def test_an_interruption_s_export_goes_from_its_first_record_to_its_newest_with_its_page() -> None:
    past = a_past()
    past.says(interrupted("i1", "p1"))
    past.says(raised("a3"))
    past.junk()
    past.says(InterruptionSettled(interruption="i1", judgement=LEAD))
    past.says(interrupted("i2", "p1"))
    content, head = await exported(room_of(Past(1), past), Stretch(interruption="i1"))
    found = verdict(content, head)
    assert found.ok, found.findings
    assert [(one.partition, one.first, one.last) for one in found.partitions] == [(1, 8, 11)]
    files = opened(content)
    assert json.loads(files["manifest.json"])["interruption"] == "i1"
    page = files["history.html"].decode()
    for told in ("中断 0-I1", "金行 site", "power 301", "QHD-2018:19(4)", "interruption", "不是结论"):
        assert told in page
    assert "verify.py" in files


async def test_an_interruption_that_is_not_there_or_not_theirs_is_not_exported() -> None:
    past = a_past()
    past.says(interrupted("i1", "p1"))
    stranger = Actor(id="m", roles=("provider_manager",), provider="p2")
    with ZipBox(io.BytesIO()) as box:
        box.begin("nothing")
        assert await export(room_of(past), INSPECTOR, Stretch(interruption="x"), MAKING, box) is None
        assert await export(room_of(past), INSPECTOR, Stretch(interruption="a1"), MAKING, box) is None
        assert await export(room_of(past), stranger, Stretch(interruption="i1"), MAKING, box) is None


async def test_an_alarm_that_is_not_there_or_not_theirs_is_not_exported() -> None:
    stranger = Actor(id="m", roles=("provider_manager",), provider="p2")
    with ZipBox(io.BytesIO()) as box:
        box.begin("nothing")
        assert await export(room_of(a_past()), INSPECTOR, Stretch(alarm="x"), MAKING, box) is None
        assert await export(room_of(a_past()), stranger, Stretch(alarm="a1"), MAKING, box) is None


async def test_the_export_is_noted_before_it_is_made() -> None:
    room = room_of(a_past())
    await exported(room, Stretch(begin=1))
    looks = room.looks
    assert isinstance(looks, Looks)
    assert looks.noted == [("xu", "history.export", "record", {"begin": 1})]


class OneSite:
    """A register that knows `site` only."""

    async def names(self, sites: object, at: int) -> dict[str, SiteName]:
        del sites, at
        return {"site": SiteName("金行", None, None, "安澜", "p1", "b1")}


async def test_what_lies_outside_a_persons_scope_is_withheld_and_the_head_still_proves_it() -> None:
    past = a_past()
    past.says(raised("a3", provider="p2", subject="elsewhere"))
    past.says(raised("a4"))
    room = room_of(past)
    room.names = OneSite()
    manager = Actor(id="m", roles=("provider_manager",), provider="p1")
    content, head = await exported(room, person=manager)
    lines = [json.loads(line) for line in opened(content)["records/00.jsonl"].splitlines()]
    assert [line["offset"] for line in lines if line["value"] is None] == [8]
    assert b"p2" not in b"".join(b64decode(line["value"]) for line in lines if line["value"])
    found = verdict(content, head)
    assert found.ok, found.findings
    assert (found.partitions[0].withheld, found.partitions[0].whole) == (1, True)
    assert await check_against_log(room, ZipExport(io.BytesIO(content))) == []


async def test_a_decision_about_sites_of_two_providers_is_shown_to_neither() -> None:
    past = a_past()
    past.says(raised("a3"), raised("a4", provider="p2", bureau="b2", subject="elsewhere"), name="tick/9")
    room = room_of(past)
    room.names = OneSite()
    for person in (
        Actor(id="m", roles=("provider_manager",), provider="p1"),
        Actor(id="i", roles=("inspector",), bureau="b1"),
    ):
        content, _ = await exported(room, person=person)
        lines = [json.loads(line) for line in opened(content)["records/00.jsonl"].splitlines()]
        assert [line["offset"] for line in lines if line["value"] is None] == [8]


BUREAU = Actor(id="i", roles=("inspector",), bureau="b1")
MANAGER = Actor(id="m", roles=("provider_manager",), provider="p1")


def withheld(content: bytes) -> list[int]:
    lines = [json.loads(line) for line in opened(content)["records/00.jsonl"].splitlines()]
    return [line["offset"] for line in lines if line["value"] is None]


@pytest.mark.parametrize("person", [BUREAU, MANAGER])
async def test_what_falls_due_on_a_tick_is_of_a_site_that_nobody_names_and_shown_to_no_single_area(
    person: Actor,
) -> None:
    past = a_past()
    past.says(InterruptionSettled(interruption="i2", judgement=LEAD), name="tick/9")
    past.says(raised("a3"), InterruptionSettled(interruption="i3", judgement=LEAD), name="tick/10")
    room = room_of(past)
    room.names = OneSite()
    assert withheld((await exported(room, person=person))[0]) == [8, 9]


@pytest.mark.parametrize("person", [BUREAU, MANAGER])
async def test_what_falls_due_for_the_one_that_is_exported_alone_is_shown(person: Actor) -> None:
    past = a_past()
    past.says(interrupted("i1", "p1"))
    past.says(InterruptionSettled(interruption="i1", judgement=LEAD), name="tick/9")
    room = room_of(past)
    room.names = OneSite()
    content, _ = await exported(room, Stretch(interruption="i1"), person=person)
    assert withheld(content) == []


async def test_a_record_edited_in_front_of_a_withheld_one_is_found_by_the_head_made_with_the_export() -> None:
    past = a_past()
    past.says(raised("a3", provider="p2", subject="elsewhere"))
    room = room_of(past)
    room.names = OneSite()
    content, head = await exported(room, person=Actor(id="m", roles=("provider_manager",), provider="p1"))
    files = opened(content)
    lines = files["records/00.jsonl"].splitlines(keepends=True)
    edited = json.loads(lines[7])
    value = b64decode(edited["value"]).replace(b"1001", b"2002")
    lines[7] = written(line_of(7, value))
    files["records/00.jsonl"] = b"".join(lines)
    manifest = json.loads(files["manifest.json"])
    manifest["partitions"][0]["sha256"] = sha256(files["records/00.jsonl"]).hexdigest()
    files["manifest.json"] = json.dumps(manifest).encode()
    files = own_head_too(files)
    alone = verdict(packed(files))
    assert alone.ok, "what is withheld leaves a gap in the proof of the export alone"
    assert alone.partitions[0].withheld == 1
    assert not verdict(packed(files), head).ok


async def test_a_partition_whose_records_were_all_taken_out_is_found_by_the_head_kept_elsewhere() -> None:
    room = room_of(a_past(), a_past(1))
    content, head = await exported(room, Stretch(begin=T0 + SECOND))
    screen = read_head(msgspec.json.encode(await history(room, INSPECTOR, Asked(at=2 * T0))))
    files = opened(content)
    files["records/01.jsonl"] = b""
    manifest = json.loads(files["manifest.json"])
    gone = manifest["partitions"][1]
    gone.update(first=None, last=None, records=0, counting=0, junk=0, bytes=0, sha256=sha256(b"").hexdigest())
    for claimed in (gone["head_before"], gone["head_after"]):
        gone.update(head_before=claimed, head_after=claimed)
        files["manifest.json"] = json.dumps(manifest).encode()
        forged = packed(own_head_too(files))
        assert verdict(forged).ok
        for kept in (head, screen):
            (finding,) = verdict(forged, kept).findings
            assert (finding.kind, finding.partition) == ("head", 1)


async def test_that_a_partition_has_nothing_in_a_stretch_is_confirmed_by_a_screen_of_its_end() -> None:
    quiet = Past(1)
    room, busy = room_of(a_past(), quiet), Stretch(begin=T0 + 2 * SECOND, end=T0 + 4 * SECOND)
    content, head = await exported(room, busy)
    assert opened(content)["records/01.jsonl"] == b""
    screen = await history(room, INSPECTOR, Asked(at=T0 + 4 * SECOND))
    assert verdict(content, read_head(msgspec.json.encode(screen))).ok
    assert verdict(content, head).ok


async def test_a_history_answer_serves_as_the_head_kept_elsewhere() -> None:
    room = room_of(a_past())
    screen = await history(room, INSPECTOR, Asked(at=2 * T0))
    kept = read_head(msgspec.json.encode(screen))
    content, _ = await exported(room)
    assert verdict(content, kept).ok
    content, _ = await exported(room, Stretch(end=T0 + 2 * SECOND))
    (finding,) = verdict(content, kept).findings
    assert (finding.kind, finding.offset) == ("head", 4), "cut, or younger: it cannot tell which"


async def test_an_older_head_confirms_what_it_can_and_says_how_far() -> None:
    past = a_past()
    older = msgspec.structs.replace((await exported(room_of(past)))[1], made_at=T0 - SECOND)
    past.says(a.AlarmClaimed(alarm="a2", by=LI))
    content, _ = await exported(room_of(past))
    found = verdict(content, older)
    assert found.ok
    assert (found.partitions[0].anchored, found.partitions[0].last) == (7, 8)


@pytest.mark.parametrize("log_id", ["log-2", None])
async def test_a_head_of_another_log_or_of_none_confirms_nothing(log_id: str | None) -> None:
    _, head = await exported(
        room_of(Past(0, log_id or "log-1"), Past(1)), Stretch(partition=0 if log_id else 1)
    )
    content, _ = await exported(room_of(a_past()))
    (finding,) = verdict(content, head).findings
    assert (finding.kind, finding.partition) == ("head", 0)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b'{"positions": 3}', b"[]"])
def test_a_head_file_that_is_none_is_said_to_be(raw: bytes) -> None:
    with pytest.raises(HeadUnreadable):
        read_head(raw)


async def test_a_head_file_is_read_as_it_was_written() -> None:
    _, head = await exported(room_of(a_past()))
    assert read_head(head_file(head)) == head


async def test_the_log_itself_confirms_an_export_and_names_what_it_has_otherwise() -> None:
    past = a_past()
    content, _ = await exported(room_of(past))
    assert await check_against_log(room_of(past), ZipExport(io.BytesIO(content))) == []
    (finding,) = await check_against_log(room_of(Past()), ZipExport(io.BytesIO(content)))
    assert (finding.kind, finding.offset) == ("log", 1)
    anew = Past()
    for name in ("a1", "a2", "a3", "a4", "a5", "a6", "a7"):
        anew.says(raised(name))
    (finding,) = await check_against_log(room_of(anew), ZipExport(io.BytesIO(content)))
    assert (finding.kind, finding.offset) == ("log", 2)


async def test_a_damaged_container_is_said_to_be_damaged_and_never_a_broken_chain() -> None:
    content, head = await exported(room_of(a_past()))
    draw = random.Random(7)
    damaged = 0
    for _ in range(400):
        at = draw.randrange(len(content))
        broken = bytearray(content)
        broken[at] ^= 1 << draw.randrange(8)
        try:
            found = verdict(bytes(broken), head)
        except ContainerDamaged:
            damaged += 1
        else:
            assert found.ok, "a bit that the format does not look at (a time, an attribute) changes nothing"
    assert damaged > 300
    for cut in (0, 1, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(ContainerDamaged):
            verdict(content[:cut])


async def test_a_container_with_other_files_is_damaged() -> None:
    content, _ = await exported(room_of(a_past()))
    files = opened(content)
    without = {name: raw for name, raw in files.items() if name != "records/00.jsonl"}
    for wrong in (without, {**files, "more.txt": b""}, {**files, "manifest.json": b"{}"}):
        with pytest.raises(ContainerDamaged):
            verdict(packed(wrong))


async def test_a_file_that_is_not_the_manifests_is_found_even_when_its_records_hold() -> None:
    content, _ = await exported(room_of(a_past()))
    files = opened(content)
    files["manifest.json"] = files["manifest.json"].replace(b'"sha256": "', b'"sha256": "00', 1)
    (finding,) = verdict(packed(files)).findings
    assert finding.kind == "container"


async def test_a_manifest_edited_afterwards_is_found_by_the_head_made_with_the_export() -> None:
    content, head = await exported(room_of(a_past()))
    files = opened(content)
    files["manifest.json"] = files["manifest.json"].replace(b'"made_by": "xu"', b'"made_by": "nobody"')
    (finding,) = verdict(packed(files)).findings
    assert (finding.kind, finding.detail[:9]) == ("container", "head.json")
    forged = packed(own_head_too(files))
    assert verdict(forged).ok, "whoever alters the head in it as well is found by a head kept elsewhere only"
    (finding,) = verdict(forged, head).findings
    assert (finding.kind, finding.detail[:13]) == ("head", "manifest.json")


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param((f'"made_at": {T0}', f'"made_at": {T0 + 1}'), id="when it was made"),
        pytest.param(('"offset": 7', '"offset": 3'), id="how far the record went"),
        pytest.param(('"log_id": "log-1"', '"log_id": "log-2"'), id="which log it is of"),
    ],
)
async def test_a_head_in_the_export_that_says_otherwise_than_its_records_is_found(
    edit: tuple[str, str],
) -> None:
    files = opened((await exported(room_of(a_past())))[0])
    before = files["head.json"].decode()
    assert edit[0] in before
    files["head.json"] = before.replace(*edit).encode()
    (finding,) = verdict(packed(files)).findings
    assert (finding.kind, finding.detail[:9]) == ("container", "head.json")


async def test_a_verifier_that_was_altered_with_the_head_beside_it_is_found_by_the_head_kept_elsewhere() -> (
    None
):
    content, head = await exported(room_of(a_past()))
    files = opened(content)
    files["verify.py"] = b"print('HOLDS')\n"
    forged = packed(own_head_too(files))
    assert verdict(forged).ok
    (finding,) = verdict(forged, head).findings
    assert (finding.kind, finding.detail[:9]) == ("head", "verify.py")


async def test_a_file_that_the_head_was_made_with_and_that_is_not_there_is_found() -> None:
    content, head = await exported(room_of(a_past()))
    named = read_head(
        msgspec.json.encode(msgspec.structs.replace(head, files={**head.files, "records/07.jsonl": "0" * 64}))
    )
    (finding,) = verdict(content, named).findings
    assert (finding.kind, finding.detail[:16]) == ("head", "records/07.jsonl")


def test_a_head_is_read_by_what_it_says_and_not_by_what_it_calls_itself() -> None:
    head = read_head(b'{"type":"export.head.v2","at":1,"positions":[],"made_at":2,"files":{"a":"b"}}')
    assert (head.at, head.made_at, head.files) == (1, 2, {"a": "b"})


async def test_a_manifest_of_another_instant_is_not_taken_for_another_export_s() -> None:
    content, head = await exported(room_of(a_past()))
    files = opened(content)
    manifest = files["manifest.json"].replace(b'"made_by": "xu"', b'"made_by": "nobody"')
    files["manifest.json"] = manifest.replace(f'"made_at": {T0}'.encode(), f'"made_at": {T0 - 1}'.encode())
    assert not verdict(packed(files), head).ok


async def test_an_export_that_outgrows_its_limit_is_given_up() -> None:
    with pytest.raises(TooLarge), ZipBox(io.BytesIO(), most=1000) as box:
        await export(room_of(a_past()), INSPECTOR, Stretch(), MAKING, box)


async def test_a_broken_log_is_exported_as_it_lies_and_the_check_names_the_place() -> None:
    past = a_past()
    record = past.log.records[3]
    past.log.records[3] = type(record)(3, 0, record.value.replace(b'"li"', b'"xx"'))
    content, head = await exported(room_of(past))
    (finding,) = verdict(content, head).findings
    assert (finding.kind, finding.partition, finding.offset) == ("chain", 0, 4)


async def test_a_head_from_before_the_copy_confirms_the_log_that_goes_on_from_it() -> None:
    past = a_past()
    older = msgspec.structs.replace((await exported(room_of(past)))[1], made_at=T0 - SECOND)
    again = resumed(past, len(past.log.records) - 1)
    again.says(a.AlarmClaimed(alarm="a2", by=LI))
    content, _ = await exported(room_of(again))
    assert verdict(content, older).ok


async def test_a_head_of_the_part_that_was_lost_is_said_to_be_perhaps_that() -> None:
    past = a_past()
    again = resumed(past, len(past.log.records) - 1)
    past.says(a.AlarmClaimed(alarm="a2", by=LI))
    _, lost = await exported(room_of(past))
    content, _ = await exported(room_of(again))
    (finding,) = verdict(content, lost).findings
    assert finding.kind == "head"
    assert "went on from a copy at offset" in finding.detail
