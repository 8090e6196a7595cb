"""The spool's folder: what is left after a death, a full disk, damage, a second receiver."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.ingest.adapters.file_spool import FileSpool, SpoolTaken, look_into
from services.ingest.domain.spool_lines import written
from services.ingest.ports import AppendFailed, Segment, Signal
from tests.ports.test_signal_log import signal


def _read_only(*_: object) -> None:
    raise OSError(30, "Read-only file system")


async def emptied(spool: FileSpool) -> list[Signal]:
    """All that waits, forgotten."""
    found: list[Signal] = []
    while (segment := await spool.oldest()) is not None:
        found += segment.signals
        await spool.forget(segment)
    return found


async def test_the_next_run_finds_what_was_kept(tmp_path: Path) -> None:
    first = FileSpool(tmp_path)
    await first.keep([signal("site", 1), signal("site", 2)])
    size = first.size
    first.close()
    second = FileSpool(tmp_path)
    assert (second.waiting, second.size) == (2, size)
    await second.keep([signal("site", 3)])
    assert await emptied(second) == [signal("site", number) for number in (1, 2, 3)]
    second.close()


async def test_segments_end_at_their_size_and_keep_the_order(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path, segment_bytes=1)
    for number in range(1, 13):
        await spool.keep([signal("site", number)])
    assert len(list(tmp_path.glob("*.spool"))) == 12
    assert [one.id.counter for one in await emptied(spool)] == list(range(1, 13))
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    spool.close()


async def test_many_who_wait_share_one_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = os.fdatasync

    def counted(file: int) -> None:
        calls.append(file)
        real(file)

    monkeypatch.setattr(os, "fdatasync", counted)
    spool = FileSpool(tmp_path)
    await asyncio.gather(*(spool.keep([signal("site", number)]) for number in range(1, 101)))
    assert spool.waiting == 100
    assert len(calls) < 50
    spool.close()


async def test_a_line_that_was_not_finished_is_cut_and_the_rest_kept(tmp_path: Path) -> None:
    lines = written([signal("site", 1), signal("site", 2)])
    (tmp_path / "0000000001.spool").write_bytes(lines[:-10])
    spool = FileSpool(tmp_path)
    segment = await spool.oldest()
    assert segment == Segment(number=1, signals=(signal("site", 1),))
    spool.close()


@pytest.mark.parametrize(
    ("flipped", "torn", "found"),
    [((), 0, 1), ((-1,), 0, 1), ((), 1, 1), ((), 10, 0)],
    ids=["whole", "its end damaged", "its end missing", "not finished"],
)
async def test_a_last_line_without_its_end_waits_as_well(
    tmp_path: Path, flipped: tuple[int, ...], torn: int, found: int
) -> None:
    lines = bytearray(written([signal("site", 1)]))
    for at in flipped:
        lines[at] ^= 0x20
    (tmp_path / "0000000001.spool").write_bytes(lines[: len(lines) - torn])
    spool = FileSpool(tmp_path)
    assert spool.waiting == look_into(tmp_path)["signals"] == 1
    assert await emptied(spool) == [signal("site", 1)] * found
    assert (spool.waiting, [path.name for path in tmp_path.iterdir()]) == (0, ["lock"])
    spool.close()


async def test_a_segment_that_nothing_was_written_into_does_not_wait(tmp_path: Path) -> None:
    (tmp_path / "0000000001.spool").touch()
    spool = FileSpool(tmp_path)
    assert spool.waiting == 0
    spool.close()


async def test_damage_is_told_and_its_file_set_aside(tmp_path: Path) -> None:
    lines = bytearray(written([signal("site", number) for number in (1, 2, 3)]))
    lines[len(lines) // 2] ^= 1
    path = tmp_path / "0000000007.spool"
    path.write_bytes(lines)
    spool = FileSpool(tmp_path)
    segment = await spool.oldest()
    assert segment is not None
    assert (segment.damaged, [one.id.counter for one in segment.signals]) == (1, [1, 3])
    await spool.forget(segment)
    assert path.with_suffix(".damaged").read_bytes() == lines
    assert await spool.oldest() is None
    await spool.keep([signal("site", 4)])
    assert (tmp_path / "0000000008.spool").exists()  # the number of the one set aside is not given again
    spool.close()


async def test_a_segment_that_somebody_took_away_is_damage(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path)
    await spool.keep([signal("site", 1), signal("site", 2)])
    (tmp_path / "0000000001.spool").unlink()
    segment = await spool.oldest()
    assert segment == Segment(number=1, signals=(), damaged=2)
    await spool.forget(segment)
    assert await spool.oldest() is None
    spool.close()


@pytest.mark.parametrize("damaged", [0, 1])
async def test_what_the_disk_does_not_let_go_of_is_forgotten_and_takes_its_room_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int
) -> None:
    lines = written([signal("site", 1), signal("site", 2)])
    (tmp_path / "0000000001.spool").write_bytes(b"x" * damaged + lines)

    spool = FileSpool(tmp_path, max_bytes=len(lines) + 1)
    with monkeypatch.context() as away:
        for name in ("unlink", "rename"):
            away.setattr(Path, name, _read_only)
        assert len(await emptied(spool)) == 2 - damaged
        assert (spool.waiting, spool.size) == (0, 0)
        with pytest.raises(AppendFailed, match="may hold"):
            await spool.keep([signal("site", 3)])
    spool.close()
    again = FileSpool(tmp_path)
    assert len(await emptied(again)) == 2 - damaged
    again.close()


@pytest.mark.parametrize(("damaged", "left"), [(0, []), (1, ["0000000001.damaged"])])
async def test_what_the_disk_did_not_let_go_of_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int, left: list[str]
) -> None:
    (tmp_path / "0000000001.spool").write_bytes(
        b"x" * damaged + written([signal("site", 1), signal("site", 2)])
    )

    spool = FileSpool(tmp_path)
    with monkeypatch.context() as away:
        for name in ("unlink", "rename"):
            away.setattr(Path, name, _read_only)
        await emptied(spool)
    await spool.keep([signal("site", 3)])
    assert await emptied(spool) == [signal("site", 3)]
    spool.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*left, "lock"])


async def test_on_a_disk_that_became_read_only_the_receiver_still_has_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = FileSpool(tmp_path)
    await first.keep([signal("site", 1)])
    first.close()
    real = os.open

    def read_only(path: Path, flags: int, *rest: int) -> int:
        """As Linux has it: `O_CREAT` is no matter where the file is there."""
        if flags & (os.O_WRONLY | os.O_RDWR) or (flags & os.O_CREAT and not path.exists()):
            raise OSError(30, "Read-only file system")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", read_only)
    second = FileSpool(tmp_path)
    with pytest.raises(AppendFailed, match="Read-only"):
        await second.keep([signal("site", 2)])
    segment = await second.oldest()
    assert segment is not None
    assert segment.signals == (signal("site", 1),)
    with pytest.raises(SpoolTaken):
        FileSpool(tmp_path)
    second.close()


@contextmanager
def no_file_to_spare() -> Iterator[None]:
    """This process opens no file more (EMFILE)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_segment_that_cannot_be_opened_just_now_is_read_later_and_not_set_aside(
    tmp_path: Path,
) -> None:
    spool = FileSpool(tmp_path, segment_bytes=1)
    await spool.keep([signal("site", 1), signal("site", 2)])
    with no_file_to_spare(), pytest.raises(AppendFailed, match="Too many open files"):
        await spool.oldest()
    assert spool.waiting == 2
    assert await emptied(spool) == [signal("site", 1), signal("site", 2)]
    spool.close()


async def test_a_segment_that_the_disk_does_not_give_is_set_aside_so_that_what_lies_behind_it_comes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "0000000001.spool"
    path.write_bytes(written([signal("site", 1)]))
    spool = FileSpool(tmp_path)
    await spool.keep([signal("site", 2)])
    path.unlink()
    path.mkdir()  # read as a file it is an error of its own, for ever
    segment = await spool.oldest()
    assert segment == Segment(number=1, signals=(), damaged=1)
    await spool.forget(segment)
    assert path.with_suffix(".damaged").is_dir()
    assert await emptied(spool) == [signal("site", 2)]
    spool.close()


async def test_a_full_spool_takes_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path, max_bytes=len(written([signal("site", 1)])))
    await spool.keep([signal("site", 1)])
    for number in (2, 3):
        with pytest.raises(AppendFailed, match="may hold"):
            await spool.keep([signal("site", number)])
    assert await emptied(spool) == [signal("site", 1)]
    await spool.keep([signal("site", 4)])
    assert await emptied(spool) == [signal("site", 4)]
    spool.close()


@pytest.mark.parametrize("fails", ["write", "fdatasync", "open"])
async def test_after_an_error_of_the_disk_what_was_kept_is_there_and_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    spool = FileSpool(tmp_path, segment_bytes=1 if fails == "open" else 1 << 20)
    await spool.keep([signal("site", 1)])

    def broken(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as away:
        away.setattr(os, fails, broken)
        for _ in range(3):
            with pytest.raises(AppendFailed, match="No space left"):
                await spool.keep([signal("site", 2)])
    await spool.keep([signal("site", 3)])
    assert spool.waiting == 2
    assert [one.id.counter for one in await emptied(spool)] == [1, 3]
    spool.close()


async def test_half_a_write_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = FileSpool(tmp_path)
    await spool.keep([signal("site", 1)])
    real, calls = os.write, iter([True, False])

    def half(file: int, data: bytes) -> int:
        if next(calls):
            return real(file, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as away:
        away.setattr(os, "write", half)
        with pytest.raises(AppendFailed):
            await spool.keep([signal("site", 2)])
    assert (tmp_path / "0000000001.spool").read_bytes() == written([signal("site", 1)])
    spool.close()


async def test_two_receivers_never_share_a_folder(tmp_path: Path) -> None:
    first = FileSpool(tmp_path)
    with pytest.raises(SpoolTaken, match="another receiver"):
        FileSpool(tmp_path)
    first.close()
    FileSpool(tmp_path).close()
