"""核验接警记录的导出 · Checks an export of an alarm record. Needs Python 3.11 or newer and nothing else.

    python verify.py                       在解开的文件夹内 inside the unpacked folder
    python verify.py FILE.zip              尚未解开的导出 an export that is still packed
    python verify.py --head KEPT.json      与异地保管的链首比对 against a head that was kept elsewhere

退出码 exit code: 0 成立 it holds, 1 不成立 it does not, 2 用法有误 misused

本文件也可能被改动：请从可信处另取一份，或与异地保管的 head.json 所列摘要比对。
This file may have been altered too: take it from where you trust it, or compare it with the digest in the
head.json that was kept elsewhere.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

NOTHING_BEFORE = "0" * 32
HEAD_HEX = 32  # a head is the first 16 bytes of a SHA-256
LINE_BYTES = 2_000_000
OWN = ("manifest.json", "head.json")
PACKING = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # stored is how exports are made; people pack them again
UNZIPPABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError)
SHANGHAI = timezone(timedelta(hours=8))


class Wrong(Exception):
    """What does not hold, in both languages; `where`: the partition and the offset, as far as one can be named."""

    def __init__(self, zh: str, en: str, where: str = "") -> None:
        super().__init__(f"{where}{zh} · {en}")


class Folder:
    """An export as files: unpacked in a folder, or still in its zip."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._zip = None if place.is_dir() else zipfile.ZipFile(place)
        if self._zip is None:
            return
        entries = self._zip.infolist()
        if {one.compress_type for one in entries} - PACKING or self._zip.testzip() is not None:
            raise Wrong("容器已损坏，请另取一份", "the container is damaged: get another copy")
        if len({one.filename for one in entries}) < len(entries):
            raise Wrong("容器内有同名文件", "a file lies in the container twice")

    def read(self, name: str) -> bytes:
        """A whole file."""
        try:
            return (self._place / name).read_bytes() if self._zip is None else self._zip.read(name)
        except (OSError, KeyError) as error:
            raise Wrong(f"缺少文件 {name}", f"{name} is missing") from error

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its line feed."""
        try:
            file = (self._place / name).open("rb") if self._zip is None else self._zip.open(name)
        except (OSError, KeyError) as error:
            raise Wrong(f"缺少文件 {name}", f"{name} is missing") from error
        with file:
            while line := file.readline(LINE_BYTES):
                yield line

    def strangers(self, named: set[str]) -> list[str]:
        """Files that no export has there."""
        if self._zip is not None:
            return sorted(set(self._zip.namelist()) - named)
        there = {one.relative_to(self._place).as_posix() for one in (self._place / "records").rglob("*")}
        return sorted(there - named)  # beside the records anybody may have put something down


def parsed(raw: bytes, name: str) -> dict[str, Any]:
    """JSON that is an object."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name} 无法识别", f"{name} cannot be read") from error
    if not isinstance(found, dict):
        raise Wrong(f"{name} 无法识别", f"{name} cannot be read")
    return found


class Partition:
    """The check of one partition's records, one after the other."""

    def __init__(self, entry: dict[str, Any], kept: dict[str, Any] | None, about: str | None) -> None:
        self.entry, self.kept, self.about = entry, kept, about
        self.number = entry["partition"]
        self.head, self.next = entry["head_before"], entry["first"]
        self.newest = self.last = self.anchored = -1
        self.newest_time: int | None = 0
        self.records = self.counting = self.withheld = 0
        self.events: list[tuple[int, int, str]] = []
        self.sha256, self.copied = hashlib.sha256(), ""

    def wrong(self, zh: str, en: str, offset: int | None = None) -> Wrong:
        """With the place."""
        return Wrong(zh, en, f"[{self.number}·{'-' if offset is None else offset}] ")

    def run(self, lines: Iterator[bytes]) -> None:
        """All of them, then whether the manifest says the same."""
        for raw in lines:
            self.sha256.update(raw)
            self.take(raw)
        self.end()

    def take(self, raw: bytes) -> None:
        """One line."""
        offset, entry = self.next, self.entry
        if offset is None or offset > entry["last"]:
            raise self.wrong("多出一条", "a record lies behind the range that the manifest states", offset)
        line, value = self.spelt(raw, offset)
        if line["offset"] != offset:
            detail = f"offset {line['offset']} stands where {offset} must stand"
            raise self.wrong(f"应为 {offset}，却是 {line['offset']}（缺失、多出或换位）", detail, offset)
        if value is None:
            self.withheld += 1
            self.follow(line, None)
        else:
            self.seen(line, value)
        self.records, self.last, self.next = self.records + 1, offset, offset + 1

    def spelt(self, raw: bytes, offset: int) -> tuple[dict[str, Any], bytes | None]:
        """The line and its record; a line has one spelling only."""
        try:
            line = json.loads(raw)
            text = line["value"]
            value = None if text is None else base64.b64decode(text, validate=True)
            again = None if value is None else base64.b64encode(value).decode()
            form = {key: line[key] for key in ("offset", "counts", "sha256")} | {"value": again}
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
            raise self.wrong("该行无法识别", "its line cannot be read", offset) from error
        well = isinstance(form["offset"], int) and isinstance(form["counts"], bool)
        if not well or json.dumps(form, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" != raw:
            raise self.wrong("该行写法不同于导出", "its line is not spelt as exports are", offset)
        return form, value

    def seen(self, line: dict[str, Any], value: bytes) -> None:
        """A record whose bytes are there."""
        offset, digest = line["offset"], hashlib.sha256(value).hexdigest()
        if digest != line["sha256"]:
            raise self.wrong("内容与其 SHA-256 不符", "its bytes are not those stated", offset)
        decision = self.decision(value, offset)
        if line["counts"] != (decision["lies_at"] == offset):
            raise self.wrong("计入与否与其 lies_at 不符", "`counts` is not what its `lies_at` says", offset)
        if line["counts"]:
            self.continues(decision, offset)
        self.follow(line, decision)

    def decision(self, value: bytes, offset: int) -> dict[str, Any]:
        """What the record says."""
        try:
            found = json.loads(value)
            well = isinstance(found["lies_at"], int) and isinstance(found["time"], int)
            base64.b64decode(found["prev"], validate=True)
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
            raise self.wrong("不是一条判断", "it is no decision", offset) from error
        if not well:
            raise self.wrong("不是一条判断", "it is no decision", offset)
        return dict(found)

    def continues(self, decision: dict[str, Any], offset: int) -> None:
        """That it names the counting record before it."""
        if base64.b64decode(decision["prev"]).hex() != self.head:
            before = "the head before the export" if self.newest < 0 else f"record {self.newest}"
            raise self.wrong("不承接前一条计入记录", f"it does not continue {before}", offset)
        for event in decision.get("events", ()):
            if event.get("type") == "log.resumed.v1":
                self.copied = f"; the log went on from a copy at offset {offset}"
            if self.about is not None and self.about in (event.get("alarm"), event.get("interruption")):
                self.events.append((offset, decision["time"], str(event.get("type"))))

    def follow(self, line: dict[str, Any], decision: dict[str, Any] | None) -> None:
        """Carry the chain on, and compare with the head that was kept elsewhere."""
        if line["counts"]:
            self.head, self.newest = line["sha256"][:HEAD_HEX], line["offset"]
            self.newest_time = None if decision is None else decision["time"]
            self.counting += 1
        kept = self.kept
        if kept is None or kept["offset"] != line["offset"]:
            return
        if not line["counts"] or kept["head"] != line["sha256"][:HEAD_HEX]:
            another = f"the head kept elsewhere is another{self.copied}"
            raise self.wrong("与异地保管的链首不符", another, line["offset"])
        self.anchored = line["offset"]

    def end(self) -> None:
        """That nothing is missing at the end."""
        entry = self.entry
        if (self.last if self.records else None) != entry["last"]:
            raise self.wrong("导出在此处中断", "the export ends before it", self.next)
        stated = (entry["records"], entry["counting"], entry["withheld"], entry["head_after"])
        if (self.records, self.counting, self.withheld, self.head) != stated:
            raise self.wrong(
                "与清单所列条数或链首不符", "not the numbers or head that the manifest states", self.last
            )
        if self.sha256.hexdigest() != entry["sha256"]:
            raise self.wrong("文件摘要与清单不符", "the file is not the one in the manifest")
        if entry["first"] == 0 and entry["head_before"] != NOTHING_BEFORE:
            raise self.wrong("0 之前不可能有记录", "nothing can lie before offset 0", 0)

    def confirmed(self, manifest: dict[str, Any], at: int) -> None:
        """That the head kept elsewhere says something about this partition."""
        kept, entry = self.kept, self.entry
        if kept is None or kept["log_id"] != entry["log_id"]:
            raise self.wrong(
                "异地保管的链首不是这份日志的", "nothing of this log's partition was kept elsewhere"
            )
        if entry["first"] is not None and self.anchored < 0:
            raise self.wrong(
                "异地保管的链首不在导出范围内",
                "the head kept elsewhere lies outside this export",
                kept["offset"],
            )
        if entry["first"] is None:
            end = manifest["made_at"] if manifest["end"] is None else manifest["end"]
            before = manifest["begin"] is None or kept["time"] < manifest["begin"]
            if not (before and at >= end and kept["head"] == entry["head_after"]):
                raise self.wrong(
                    "异地保管的链首不能证明此处无记录",
                    "the head kept elsewhere does not confirm that nothing lies there",
                )


def verify(place: Path, head: Path | None = None) -> list[str]:
    """What was proved, line by line. Raises `Wrong` for the first thing that does not hold."""
    kept = None if head is None else parsed(head.read_bytes(), str(head))
    try:
        box = Folder(place)
        manifest, own = (parsed(box.read(name), name) for name in OWN)
        return checked(box, manifest, own, kept)
    except UNZIPPABLE as error:
        detail = f"the container is damaged, or cannot be read ({error})"
        raise Wrong(f"容器已损坏，或无法读取（{error}）", detail) from error
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Wrong(
            f"清单或链首的内容不全（{error}）", f"the manifest or a head lacks something ({error})"
        ) from error


def checked(
    box: Folder, manifest: dict[str, Any], own: dict[str, Any], kept: dict[str, Any] | None
) -> list[str]:
    """The parts of it, in order."""
    if manifest["type"] != "export.manifest.v1" or own["type"] != "export.head.v1":
        raise Wrong("不是接警的导出", "this is no export of jiejing")
    files_hold(box, manifest, own)
    kept_at = {} if kept is None else {one["partition"]: one for one in kept["positions"]}
    partitions, alone = [], manifest["alarm"] or manifest.get("interruption")
    for entry in manifest["partitions"]:
        one = Partition(entry, kept_at.get(entry["partition"]), alone)
        one.run(box.lines(entry["file"]))
        if kept is not None:
            one.confirmed(manifest, kept["at"])
        partitions.append(one)
    heads_hold(own, manifest, partitions)
    same_export = kept is not None and kept.get("made_at") == manifest["made_at"] and bool(kept.get("files"))
    if kept is not None and same_export:
        for name, digest in kept["files"].items():
            if own["files"].get(name) != digest:
                raise Wrong(
                    f"{name} 不是与该链首同时产生的文件",
                    f"{name} is not the file that this head was made with",
                )
    return [*told(manifest, partitions), *proved(partitions, kept, whole=same_export)]


def files_hold(box: Folder, manifest: dict[str, Any], own: dict[str, Any]) -> None:
    """That the files are those that the export's own head names, and that there are no others."""
    named = {entry["file"] for entry in manifest["partitions"]}
    for entry in manifest["partitions"]:
        if entry["file"] != f"records/{entry['partition']:02}.jsonl":
            raise Wrong("清单所列文件名不符", "the manifest names a strange file")
    if not named | {"manifest.json"} <= set(own["files"]) or len(named) != len(manifest["partitions"]):
        raise Wrong("head.json 与清单不符", "head.json and the manifest do not agree")
    for name in own["files"].keys() - named:  # the records themselves are hashed while they are read
        if hashlib.sha256(box.read(name)).hexdigest() != own["files"][name]:
            raise Wrong(f"{name} 已被改动", f"{name} was altered")
    strangers = box.strangers({*own["files"], "README.txt", *OWN})
    if strangers:
        raise Wrong(f"多出文件 {strangers[0]}，不属于导出", f"{strangers[0]} does not belong to the export")


def heads_hold(own: dict[str, Any], manifest: dict[str, Any], partitions: list[Partition]) -> None:
    """That the export's own head is what its records come to."""
    at = manifest["made_at"] if manifest["end"] is None else manifest["end"]
    if own["made_at"] != manifest["made_at"] or own["at"] != at or len(own["positions"]) != len(partitions):
        raise Wrong("head.json 与清单不符", "head.json and the manifest do not agree")
    for position, one in zip(own["positions"], partitions, strict=True):
        entry = one.entry
        said = (position["partition"], position["log_id"], position["head"])
        if said != (entry["partition"], entry["log_id"], entry["head_after"]):
            raise one.wrong("head.json 与记录不符", "head.json is not what the records come to")
        if own["files"][entry["file"]] != entry["sha256"]:
            raise one.wrong("head.json 与清单不符", "head.json and the manifest do not agree")
        if one.counting and position["offset"] != one.newest:
            raise one.wrong("head.json 与记录不符", "head.json is not what the records come to")
        if one.counting and one.newest_time not in {None, position["time"]}:
            raise one.wrong("head.json 与记录不符", "head.json is not what the records come to")


def told(manifest: dict[str, Any], partitions: list[Partition]) -> list[str]:
    """What is in it."""
    said = [f"导出于 made {clock(manifest['made_at'])}，jiejing {manifest['made_with']}"]
    for one in partitions:
        entry = one.entry
        reach = "此段无记录 nothing in this stretch"
        if entry["first"] is not None:
            reach = f"位置 offsets {entry['first']}–{entry['last']}"
        counts = (
            f"{one.records} 条记录 records，{one.counting} 条计入 count，{one.withheld} 条只留摘要 withheld"
        )
        said.append(f"分区 partition {one.number}：{reach}，{counts}")
        said += [f"    {one.number}·{offset}  {clock(time)}  {tag}" for offset, time, tag in one.events]
    alone = {"报警 alarm": manifest["alarm"], "中断 interruption": manifest.get("interruption")}
    for kind, name in alone.items():
        if name is not None:
            count = sum(len(one.events) for one in partitions)
            said.append(f"{kind} {name}：{count} 个事件，内容俱在 events, all with their bytes")
    return said


def proved(partitions: list[Partition], kept: dict[str, Any] | None, *, whole: bool) -> list[str]:
    """How far the proof reaches; nothing is claimed beyond it."""
    said = ["成立：内容与摘要相符，位置无缺号，每条计入记录承接前一条。"]
    said.append(
        "HOLDS: bytes and digests agree, no offset is missing, each counting record continues the one before."
    )
    if any(one.withheld for one in partitions) and not whole:
        said.append(
            "  有的记录只留摘要：紧邻其前的那条是否被改，只有与本导出同时产生、另行保管的 head.json 或日志本身能够证明。"
        )
        said.append(
            "  Some records are withheld: whether the one in front of such a record was changed is shown only by the"
        )
        said.append(
            "  head.json that was made with this very export and kept elsewhere, or by the log itself."
        )
    if kept is None:
        said.append(
            "  未与异地保管的链首比对：整份重写（连同本文件夹内的 head.json）不会被发现。请用 --head。"
        )
        said.append(
            "  Not compared with a head kept elsewhere: whoever rewrote all of it, head.json in this folder included,"
        )
        said.append("  would not be found. Use --head.")
    elif whole:
        said.append(
            "  与异地保管的链首一致：自导出以来一字未改。 As the head kept elsewhere says: unchanged since it was made."
        )
    else:
        reach = ", ".join(f"{one.number}·{one.anchored}" for one in partitions if one.anchored >= 0)
        said.append(
            f"  异地保管的链首证明到此为止，其后不作证明 the head kept elsewhere proves it up to, not behind: {reach}"
        )
    return said


def clock(at: int) -> str:
    """Asia/Shanghai, to the millisecond."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return moment.astimezone(SHANGHAI).isoformat(" ", "milliseconds")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: it holds, 1: it does not; `argparse` itself ends with 2."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("export", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    reader.add_argument("--head", type=Path, metavar="KEPT.json")
    asked = reader.parse_args(arguments)
    for missing in (one for one in (asked.export, asked.head) if one is not None and not one.exists()):
        reader.error(f"没有 {missing} · there is no {missing}")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # consoles that know no Chinese
    try:
        said = verify(asked.export, asked.head)
    except (Wrong, OSError) as error:
        print(f"不成立 DOES NOT HOLD\n  {error}")
        return 1
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
