"""A state as bytes and back: in pieces that stay short, of one moment, and not believed where they are not as kept."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec, module_from_spec
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from services.alarm_router.domain import snapshot
from services.alarm_router.domain.line import LineState
from services.alarm_router.domain.silence import Supervised
from services.alarm_router.domain.snapshot import (
    LENGTH_BYTES,
    PIECE,
    SnapshotUnreadable,
    freeze,
    freezing,
    thaw,
)
from services.alarm_router.domain.state import State
from services.contracts.codec import DIGEST_BYTES
from services.law.pack import Law
from services.law.shelf import shipped
from tests.unit.alarm_router.saying import LAW, Desk

MANY = 2 * PIECE + 1  # of everything that can be long: two full pieces, and one element


def large() -> State:
    """Of whatever can be long, `MANY`."""
    desk = Desk()
    for number in range(MANY):
        desk.claim(desk.alarm(subject=f"site-{number}").alarm)
    state = desk.state
    for number in range(MANY):
        line = f"a/{number}"
        state.lines.known[line] = LineState(marks={"run-1": number})
        state.lines.registered[line] = f"site-{number}"
        state.lines.strangers[line] = None
        state.silence.supervised[line] = Supervised(f"site-{number}", "a", str(number), 1)
        state.silence.silent[line] = state.silence.told[line] = number
        state.silence.latest.append(line)
        state.kept_longer.append((number, line))
        state.failed[line] = number
    return state


def read(frozen: tuple[bytes, ...]) -> list[tuple[str, msgspec.Raw]]:
    """The pieces without their lengths, and without the digest behind them."""
    kind = tuple[str, msgspec.Raw]
    return [msgspec.msgpack.decode(one[LENGTH_BYTES:], type=kind) for one in frozen[:-1]]


def sealed(*pieces: bytes) -> bytes:
    """As they would have been kept."""
    framed = b"".join(len(one).to_bytes(LENGTH_BYTES) + one for one in pieces)
    return framed + hashlib.sha256(framed).digest()[:DIGEST_BYTES]


def test_lines_that_come_in_many_pieces_share_their_texts() -> None:
    state = large()
    for line in state.lines.known.values():
        line.marks = {str(UUID(int=7)): 1}
    known = thaw(freeze(state), LAW).lines.known.values()
    assert len(known) > PIECE
    assert len({id(run) for line in known for run in line.marks}) == 1


def test_what_comes_back_is_what_was_frozen_however_its_pieces_were_joined() -> None:
    state = large()
    frozen = freeze(state)
    assert thaw(frozen, LAW) == state
    assert thaw((b"".join(frozen),), LAW) == state
    assert thaw((b"".join(frozen[:7]), b"".join(frozen[7:])), LAW) == state


def test_whoever_takes_a_snapshot_up_decides_by_its_own_packs() -> None:
    of_yesterday = replace(large(), law=shipped())
    assert freeze(of_yesterday) == freeze(replace(of_yesterday, law=Law()))
    assert thaw(freeze(of_yesterday), LAW).law is LAW


def test_no_piece_holds_more_than_its_share_and_what_is_short_is_not_divided() -> None:
    (_, short), *long = read(freeze(large()))
    lengths: dict[str, list[int]] = {}
    for place, packed in long:
        lengths.setdefault(place, []).append(len(msgspec.msgpack.decode(packed)))
    assert all(of_one[:2] == [PIECE, PIECE] and len(of_one) == 3 for of_one in lengths.values())
    assert {"alarms", "answers_end", "deadlines", "lines.known", "silence.latest"} <= lengths.keys()
    assert len(short) < 1_000


def test_what_just_fills_a_piece_stays_with_the_short() -> None:
    state = State(partition=0)
    state.deadlines = [(number, "alarm", f"alarm-{number}") for number in range(PIECE)]
    assert [place for place, _ in read(freeze(state))] == [""]
    state.deadlines.append((PIECE, "alarm", "one more"))
    assert [place for place, _ in read(freeze(state))] == ["", "deadlines", "deadlines"]


def test_a_snapshot_is_of_the_moment_when_it_was_begun() -> None:
    state = large()
    at_once, begun = freeze(state), freezing(state)
    state.lines.known["a/1"].marks["run-2"] = 1
    state.lines.known["a/new"] = LineState()
    state.open_of["site-1"].clear()
    state.deadlines.clear()
    state.answers_end.clear()
    state.silence.latest.append("a/1")
    del state.alarms[next(iter(state.alarms))]
    assert tuple(begun) == at_once


def test_a_process_that_starts_knows_every_place_of_a_state() -> None:
    """Which places there are is read once, when the process begins."""
    found = find_spec(snapshot.__name__)
    assert found is not None and found.loader is not None
    begun = module_from_spec(found)
    found.loader.exec_module(begun)
    state = large()
    assert begun.thaw(freeze(state), LAW) == state


def test_bytes_that_were_not_kept_so_are_not_believed_and_it_is_said_why() -> None:
    kept = b"".join(freeze(State(partition=0)))
    others = "^the bytes are not those that were kept$"
    for altered in ((), (b"",), (kept[:-1] + bytes([kept[-1] ^ 1]),), (kept[-DIGEST_BYTES:],)):
        with pytest.raises(SnapshotUnreadable, match=others):
            thaw(altered, LAW)
    with pytest.raises(SnapshotUnreadable, match="truncated"):
        thaw((kept[:-1],), LAW)
    with pytest.raises(SnapshotUnreadable, match="nowhere"):
        thaw((sealed(msgspec.msgpack.encode(("nowhere", []))),), LAW)
    with pytest.raises(SnapshotUnreadable, match="array"):
        thaw((sealed(msgspec.msgpack.encode("no piece")),), LAW)
