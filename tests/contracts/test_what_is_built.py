"""Whatever a contract can hold is written and read again as it was, by its type, by its tag, and by any reader of JSON."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import contracts
from services.contracts import envelope, history, why
from services.contracts.codec import encode
from services.contracts.stored import Stored
from services.contracts.views import FeedFrame, Resume
from tests.contracts.samples import ANSWERS, CONTRACTS, EXPORTED, FRAMES, STORED, sample, tag_of

VIEWS = 10  # a view is large, and drawn slowly
FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 62), 1 << 62) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner, max_size=2),
    max_leaves=4,
)
# What JSON cannot say is not stored: infinities; nor a number beyond 62 bits; and msgspec's default factories are not values.
st.register_type_strategy(int, st.integers(-(1 << 62), 1 << 62))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(
    envelope.Refused,
    st.builds(envelope.Refused, reason=st.text(), params=st.dictionaries(st.text(), st.text(), max_size=3)),
)
OBJECT = st.dictionaries(st.text(), JSON, max_size=3)
st.register_type_strategy(
    history.RecordRow, st.builds(history.RecordRow, event=st.none() | OBJECT, answer=OBJECT)
)
st.register_type_strategy(history.RecordReason, st.builds(history.RecordReason, source=st.none() | OBJECT))
st.register_type_strategy(
    history.ExportHead, st.builds(history.ExportHead, files=st.dictionaries(st.text(), st.text(), max_size=3))
)
st.register_type_strategy(why.Reason, st.builds(why.Reason, pack=..., articles=..., inputs=OBJECT))


def below(kind: object) -> Iterator[type[msgspec.Struct]]:
    """Every struct in a value of this type, and this one."""
    left, seen = [msgspec.inspect.type_info(kind)], set[type[msgspec.Struct]]()
    while left:
        match left.pop():
            case msgspec.inspect.StructType(cls=cls, fields=fields) if cls not in seen:
                seen.add(cls)
                yield cls
                left += [field.type for field in fields]
            case msgspec.inspect.UnionType(types=types):
                left += types
            case msgspec.inspect.VarTupleType(item_type=item):
                left.append(item)
            case msgspec.inspect.TupleType(item_types=items):
                left += items


def inheriting(kind: type[Stored]) -> Iterator[type[Stored]]:
    """Every struct of the contracts that is no base of others."""
    for heir in kind.__subclasses__():
        if heir.__module__.startswith(contracts.__name__):
            yield from inheriting(heir)
            if not heir.__subclasses__():
                yield heir


def test_no_contract_is_left_out() -> None:
    for module in pkgutil.iter_modules(contracts.__path__, f"{contracts.__name__}."):
        importlib.import_module(module.name)
    held = {struct for kind in CONTRACTS for struct in below(kind)}
    assert set(inheriting(Stored)) <= held


def written_and_read(struct: type[Stored], data: st.DataObject) -> bytes:
    """What was built, as it is written."""
    built = data.draw(st.from_type(struct))
    value = encode(built)
    assert msgspec.json.decode(value, type=struct) == built
    return value


@pytest.mark.parametrize("struct", STORED, ids=tag_of)
@given(data=st.data())
@settings(max_examples=50)
def test_whatever_is_stored_is_read_again(struct: type[Stored], data: st.DataObject) -> None:
    written_and_read(struct, data)


@pytest.mark.parametrize("struct", [Resume, *ANSWERS, *EXPORTED], ids=lambda struct: struct.__name__)
@given(data=st.data())
@settings(max_examples=VIEWS)
def test_whatever_is_answered_or_exported_is_read_again(struct: type[Stored], data: st.DataObject) -> None:
    written_and_read(struct, data)


@pytest.mark.parametrize("struct", FRAMES, ids=tag_of)
@given(data=st.data())
@settings(max_examples=VIEWS)
def test_a_frame_is_read_again_by_its_tag_and_by_any_reader_of_json(
    struct: type[Stored], data: st.DataObject
) -> None:
    value = written_and_read(struct, data)
    assert type(FRAME.decode(value)) is struct
    assert json.loads(value) == msgspec.json.decode(value)


def test_no_two_frames_share_a_tag_with_each_other_or_with_what_is_stored() -> None:
    tags = [*map(tag_of, STORED), *map(tag_of, FRAMES), tag_of(Resume)]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("struct", [*FRAMES, Resume], ids=tag_of)
def test_a_frame_with_more_in_it_than_its_tag_has_is_none(struct: type[Stored]) -> None:
    said = json.loads(encode(sample(struct)))
    assert msgspec.json.decode(encode(said), type=struct) == sample(struct)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(encode({**said, "more": 1}), type=struct)
