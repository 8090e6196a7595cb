"""The verifier that lies in every export: Python alone, run in the unpacked folder, says what holds and how far."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from services.contracts import alarm as a
from services.contracts.codec import encode
from services.contracts.interruption import InterruptionArchived
from services.contracts.stored import Actor
from services.picture.names import SiteName
from services.replay.handlers.exporting import Stretch, head_file
from services.replay.handlers.history import Asked, history
from services.replay.handlers.room import ReadingRoom
from tests.unit.replay.exports import exported
from tests.unit.replay.past import INSPECTOR, LI, NOTE, Names, Past, interrupted, raised, resumed, room_of

ONE = Stretch(alarm="a1")


def a_room(*, last: str = "a3") -> ReadingRoom:
    """a1 from offset 1 to 5, another site's alarm and junk in between; a third one behind it."""
    past = Past()
    past.says(raised("a1"))
    past.junk()
    past.says(raised("a2", subject="other", provider="p2", bureau="b2"))
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    past.says(a.AlarmClosed(alarm="a1", by=LI, reason=NOTE))
    past.says(raised(last))
    return room_of(past, Past(1))


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        box.extractall(folder)
    return folder


def run(folder: Path, *arguments: object) -> tuple[int, str]:
    """The exit code and all it says. -I -S: no packages, no paths, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "verify.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
async def one(tmp_path: Path) -> Path:
    content, _ = await exported(a_room(), ONE)
    return unpacked(content, tmp_path / "one")


def test_in_the_unpacked_folder_it_says_what_holds_and_how_far(one: Path) -> None:
    code, said = run(one)
    assert code == 0, said
    for told in ("HOLDS", "成立", "offsets 1–5", "3 个事件", "alarm.closed.v1", "Not compared with a head"):
        assert told in said, said
    assert "DOES NOT HOLD" not in said


async def test_of_an_interruption_it_names_the_events_as_of_an_alarm(tmp_path: Path) -> None:
    past = Past(0)
    for name in ("i1", "i2"):
        past.says(interrupted(name, "p1"))
    past.says(InterruptionArchived(interruption="i1"))
    content, _ = await exported(room_of(past), Stretch(interruption="i1"))
    code, said = run(unpacked(content, tmp_path / "one"))
    assert code == 0, said
    for told in ("中断 interruption i1：2 个事件", "0·1", "0·3", "interruption.archived.v1"):
        assert told in said, said
    assert "报警 alarm" not in said


async def test_the_packed_export_is_checked_as_well(one: Path, tmp_path: Path) -> None:
    content, _ = await exported(a_room(), ONE)
    packed = tmp_path / "export.zip"
    packed.write_bytes(content)
    assert run(one, packed)[0] == 0
    packed.write_bytes(content[: len(content) // 2])
    code, said = run(one, packed)
    assert (code, "DOES NOT HOLD" in said) == (1, True)


async def test_a_container_whose_list_leads_to_no_place_is_damaged(one: Path, tmp_path: Path) -> None:
    content, _ = await exported(a_room(), ONE)
    at = content.index(b"PK\x01\x02") + 42  # where the list says that the first file begins (APPNOTE 4.3.12)
    packed = tmp_path / "export.zip"
    packed.write_bytes(content[:at] + b"\xff\xff\xff\xf0" + content[at + 4 :])
    code, said = run(one, packed)
    assert (code, "the container is damaged" in said) == (1, True), said


async def test_the_head_made_with_it_proves_all_of_it(one: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_bytes(head_file((await exported(a_room(), ONE))[1]))
    code, said = run(one, "--head", kept)
    assert (code, "unchanged since it was made" in said) == (0, True), said


async def test_another_look_s_head_proves_it_up_to_there(one: Path, tmp_path: Path) -> None:
    look = await history(a_room(), INSPECTOR, Asked(positions={0: 4}))
    kept = tmp_path / "look.json"
    kept.write_bytes(encode(look))
    code, said = run(one, "--head", kept)
    assert (code, "up to, not behind: 0·4" in said) == (0, True), said


async def test_one_that_was_rewritten_is_found_by_the_head_kept_elsewhere_only(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_bytes(head_file((await exported(a_room(), Stretch()))[1]))
    forged = unpacked((await exported(a_room(last="forged"), Stretch()))[0], tmp_path / "forged")
    assert run(forged)[0] == 0
    code, said = run(forged, "--head", kept)
    assert code == 1
    assert "[0·6] 与异地保管的链首不符" in said


@pytest.mark.parametrize("name", ["README.txt", "history.html", "verify.py", "manifest.json"])
async def test_what_lies_beside_the_records_cannot_be_altered_either(one: Path, name: str) -> None:
    trusted = one.parent / "verify.py"
    trusted.write_bytes((one / "verify.py").read_bytes())
    (one / name).write_bytes((one / name).read_bytes().replace(b"a", b"b", 1))
    code, said = run(one.parent, one)
    assert (code, "DOES NOT HOLD" in said) == (1, True), said


@pytest.mark.parametrize("name", ["records/00.jsonl", "manifest.json", "head.json", "history.html"])
def test_a_file_that_is_gone_is_named(one: Path, name: str) -> None:
    (one / name).unlink()
    code, said = run(one)
    assert (code, name in said) == (1, True)


def test_a_file_put_in_beside_the_records_is_named(one: Path) -> None:
    (one / "records" / "01.jsonl").write_bytes(b"")
    code, said = run(one)
    assert (code, "records/01.jsonl" in said) == (1, True)


def test_what_is_not_there_is_misuse(one: Path, tmp_path: Path) -> None:
    code, said = run(one, tmp_path / "nothing")
    assert (code, "there is no" in said) == (2, True)


class Owners(Names):
    """Whose the sites are."""

    async def names(self, sites: Iterable[str], at: int) -> dict[str, SiteName]:
        known = await super().names(sites, at)
        return {
            site: msgspec.structs.replace(name, provider="p1", bureau="b1") for site, name in known.items()
        }


async def test_to_whoever_sees_one_bureau_it_says_what_their_proof_leaves_open(tmp_path: Path) -> None:
    room = a_room()
    room.names = Owners()
    content, head = await exported(room, ONE, Actor(id="xu", roles=("inspector",), bureau="b1"))
    folder = unpacked(content, tmp_path / "one")
    lines = [json.loads(line) for line in (folder / "records/00.jsonl").read_bytes().splitlines()]
    assert [line["value"] is None for line in lines] == [False, False, True, False, False]
    code, said = run(folder)
    assert (code, "1 条只留摘要" in said, "Some records are withheld" in said) == (0, True, True), said
    kept = tmp_path / "kept.json"
    kept.write_bytes(head_file(head))
    code, said = run(folder, "--head", kept)
    assert (code, "Some records are withheld" in said) == (0, False), said


async def test_the_history_to_read_has_every_event_in_both_languages_and_no_free_text(one: Path) -> None:
    page = (one / "history.html").read_text(encoding="utf-8")
    for told in ("金行", "安澜", "接手 · Taken", "0·5", "█████", "2027-01-15 16:00:01.000"):
        assert told in page, told
    assert "看到有人" not in page
    assert "<script" not in page
    assert "http" not in page


async def test_what_a_record_says_cannot_become_markup() -> None:
    past = Past()
    past.says(raised("a1", zone="<b>1</b>", account="<i>"))
    content, _ = await exported(room_of(past), ONE)
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        page = box.read("history.html").decode()
    assert "<b>1" not in page
    assert "&lt;b&gt;1" in page


def packed(one: Path, into: Path, packing: int = zipfile.ZIP_STORED, *, first: bytes | None = None) -> Path:
    """The folder in a container; `first`: records that lie in front of the right ones under the same name."""
    with zipfile.ZipFile(into, "w", packing) as box:
        if first is not None:
            box.writestr("records/00.jsonl", first)
        for path in one.rglob("*"):
            if path.is_file():
                box.write(path, path.relative_to(one).as_posix())
    return into


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_container_in_which_a_file_lies_twice_does_not_hold(one: Path, tmp_path: Path) -> None:
    """Which of both another tool unpacks, nobody can say."""
    code, said = run(one, packed(one, tmp_path / "twice.zip", first=b"forged"))
    assert code == 1
    assert "twice" in said


def test_an_export_may_be_packed_again_but_not_in_any_way_that_zip_knows(one: Path, tmp_path: Path) -> None:
    assert run(one, packed(one, tmp_path / "again.zip", zipfile.ZIP_DEFLATED))[0] == 0
    code, said = run(one, packed(one, tmp_path / "odd.zip", zipfile.ZIP_BZIP2))
    assert code == 1
    assert "damaged" in said


def test_an_instant_beyond_all_years_is_told_in_words(one: Path) -> None:
    manifest, head = one / "manifest.json", one / "head.json"
    stated, own = json.loads(manifest.read_bytes()), json.loads(head.read_bytes())
    stated["made_at"] = own["made_at"] = own["at"] = 10**30
    stated["end"] = None
    manifest.write_bytes(json.dumps(stated).encode())
    own["files"]["manifest.json"] = hashlib.sha256(manifest.read_bytes()).hexdigest()
    head.write_bytes(json.dumps(own).encode())
    code, said = run(one)
    assert code == 1
    assert "DOES NOT HOLD" in said


async def test_a_head_of_the_part_that_a_restore_lost_is_said_to_be_perhaps_that(tmp_path: Path) -> None:
    past = Past()
    past.says(raised("a1"))
    again = resumed(past, 1)
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    _, lost = await exported(room_of(past), Stretch(partition=0))
    content, _ = await exported(room_of(again), Stretch(partition=0))
    kept = tmp_path / "kept.json"
    kept.write_bytes(head_file(lost))
    code, said = run(unpacked(content, tmp_path / "export"), "--head", kept)
    assert code == 1
    assert "went on from a copy at offset 2" in said
