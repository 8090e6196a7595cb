"""A published tag never changes by a byte: each has a golden file, written once and never edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import alarm, commands, directory, envelope
from services.contracts.codec import (
    Malformed,
    UnknownTag,
    decode_decision,
    decode_inbox,
    decode_line,
    encode,
)
from services.contracts.liveness import HeardDigest, LastHeard
from services.contracts.stored import Stored
from tests.contracts.samples import STORED, sample, tag_of

GOLDEN = Path(__file__).parent / "golden"
INBOX = envelope.InboxRecord.__args__
LINES = directory.LineRecord.__args__


def test_every_stored_tag_has_a_golden_file_and_no_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {tag_of(struct) for struct in STORED}


def test_no_two_structs_share_a_tag() -> None:
    assert len({tag_of(struct) for struct in STORED}) == len(STORED)


@pytest.mark.parametrize("struct", STORED, ids=tag_of)
def test_it_is_stored_as_ever(struct: type[Stored]) -> None:
    golden = (GOLDEN / f"{tag_of(struct)}.json").read_bytes()
    assert encode(sample(struct)) == golden
    assert msgspec.json.decode(golden, type=struct) == sample(struct)


@pytest.mark.parametrize("struct", INBOX, ids=tag_of)
def test_an_inbox_record_is_read_by_its_tag(struct: type[Stored]) -> None:
    assert decode_inbox(encode(sample(struct))) == sample(struct)


@pytest.mark.parametrize("decode", [decode_inbox, decode_decision, decode_line])
def test_an_unknown_tag_is_told_from_garbage(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(UnknownTag):
        decode(b'{"type":"later.v9","x":1}')
    for garbage in (b"", b"{", b"\xff\xfe", b"[]", b"{}", b"null"):
        with pytest.raises(Malformed):
            decode(garbage)


def test_an_unknown_event_inside_a_decision_is_an_unknown_tag() -> None:
    value = encode(sample(envelope.Decision)).replace(b"log.begun.v1", b"later.v9")
    with pytest.raises(UnknownTag):
        decode_decision(value)


def test_an_unknown_field_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode_inbox(b'{"type":"tick.v1","sender":"router","sent_at":1,"more":2}')


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(value: bytes) -> None:
    with pytest.raises((Malformed, UnknownTag)):
        decode_inbox(value)


def test_evidence_and_occurrences_of_earlier_records_are_read() -> None:
    evidence = b'{"kind":"call","note":{"key":"k","box":"AP8="}}'
    assert msgspec.json.decode(evidence, type=commands.Evidence).found is None
    occurred = encode(sample(alarm.AlarmOccurred))
    assert msgspec.json.decode(occurred, type=alarm.AlarmOccurred).suggests == "hold_up_unreachable"


def numbers(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.IntType]:
    """Every number in a value of this type."""
    match kind:
        case msgspec.inspect.IntType():
            yield kind
        case msgspec.inspect.StructType():
            for field in kind.fields:
                yield from numbers(field.type)
        case msgspec.inspect.UnionType():
            for one in kind.types:
                yield from numbers(one)
        case msgspec.inspect.VarTupleType():
            yield from numbers(kind.item_type)
        case msgspec.inspect.TupleType():
            for one in kind.item_types:
                yield from numbers(one)
        case _:
            pass


@pytest.mark.parametrize("struct", [*INBOX, *LINES, HeardDigest, LastHeard], ids=tag_of)
def test_a_number_that_others_write_fits_a_database_and_a_snapshot_with_room_for_a_deadline(
    struct: type[Stored],
) -> None:
    for number in numbers(msgspec.inspect.type_info(struct)):
        assert number.ge is not None and number.ge >= -(1 << 62)
        assert number.le is not None and number.le <= 1 << 62


def test_a_number_beyond_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode_inbox(b'{"type":"tick.v1","sender":"router","sent_at":9223372036854775808}')
