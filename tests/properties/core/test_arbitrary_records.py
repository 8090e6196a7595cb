"""Whatever lies in the inbox: it is decided, in at most 256 KB, and what is remembered of it is bounded."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alarm_router.domain.line import MOST_STRANGERS, RECENT_PER_LINE, RUNS_PER_LINE
from services.alarm_router.domain.machine import AlarmRouter, StopPartition
from services.alarm_router.domain.signal import OPEN_PER_SUBJECT
from services.alarm_router.domain.snapshot import freeze, thaw
from services.alarm_router.domain.state import State
from services.contracts import directory as d
from services.contracts.codec import encode
from services.contracts.envelope import InboxRecord
from services.contracts.stored import MOST
from services.eventsourcing.partition import MAX_DECISION_BYTES
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.saying import LAW, NOW, Desk

# What fails is to be told as what it is, however long its records are.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
DIRECTORY = (d.SiteSet, d.ProviderSet)
KINDS = get_args(InboxRecord)
# Few names, so that records meet; long ones, of letters that JSON writes with six bytes.
NAMES = st.sampled_from(["a", "b", "", "a/1234", "\x01" * 300, "é" * 3000, "\x01" * 60_000])
TIMES = st.one_of(
    st.integers(NOW - 10**9, NOW + 10**9), st.integers(-MOST, MOST), st.sampled_from([-MOST, MOST])
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Whatever the contract allows for this type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return records(kind)
    origin, words = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(words)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values(word) for word in words))
    if origin is tuple:
        return st.lists(values(words[0]), max_size=3).map(tuple)
    leaves: dict[Any, st.SearchStrategy[Any]] = {
        str: NAMES,
        int: TIMES,
        bool: st.booleans(),
        type(None): st.none(),
        bytes: st.sampled_from([b"", b"x", b"x" * 70_000]),
    }
    return leaves[kind]


def records(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """A value of the struct. Command ids are mostly of now."""
    hints = get_type_hints(kind)
    fields = {name: values(hints[name]) for name in kind.__struct_fields__}
    if fields.keys() >= {"by", "id"}:
        fields["id"] = st.one_of(st.builds(lambda at: Desk().command_id(at), st.just(NOW)), NAMES)
    return st.builds(kind, **fields)


MESSAGES = st.one_of(*(records(kind) for kind in KINDS))


def told(desk: Desk, value: bytes) -> None:
    """As the worker does it. A change of the directory may stop the partition, nothing else may."""
    before = len(desk.values)
    try:
        desk.hears(value)
    except StopPartition:
        assert value.startswith((b'{"type":"directory.',))
    for sealed in desk.values[before:]:
        assert len(sealed) <= MAX_DECISION_BYTES


def assert_bounded(state: State) -> None:
    for alarms in state.open_of.values():
        assert len(alarms) <= OPEN_PER_SUBJECT
    assert len(state.lines.strangers) <= MOST_STRANGERS
    for line in state.lines.known.values():
        assert len(line.recent) <= RECENT_PER_LINE
        assert len(line.marks) <= RUNS_PER_LINE
    assert state.happenings.keys() == state.alarms.keys()
    assert state.groups.keys() <= {alarm.subject for alarm in state.alarms.values()}
    assert len(state.ahead_of) <= 3


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGES, max_size=12), st.lists(st.integers(0, 90_000_000), min_size=12, max_size=12))
def test_any_records_are_decided_small_and_within_bounds(messages: list[Any], steps: list[int]) -> None:
    desk = Desk()
    for message, step in zip(messages, steps, strict=False):
        desk.now += step
        told(desk, encode(message))
        told(desk, encode(message))
        assert_bounded(desk.state)
    assert thaw(freeze(desk.state), LAW) == desk.state


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(st.binary(max_size=60), MESSAGES.map(encode)), max_size=5), st.data())
def test_bytes_that_were_damaged_are_decided_too(pieces: list[bytes], data: st.DataObject) -> None:
    desk = Desk()
    for piece in pieces:
        at = data.draw(st.integers(0, max(0, len(piece) - 1)))
        told(desk, piece[:at] + b"\xff" + piece[at + 1 :])
        assert_bounded(desk.state)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in DIRECTORY], ids=lambda kind: kind.__name__
)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_decide_is_asked_again_in_short_is_always_short(
    kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    """Each kind, on a state that holds something: the short form never raises either."""
    desk = Desk()
    desk.registered()
    desk.alarm()
    record = Record(9, NOW, encode(data.draw(records(kind))))
    router = AlarmRouter()
    router.decide(desk.state, record)
    if kind.__name__ != "Tick":
        assert len(encode(router.refuse_large(desk.state, record).events)) < 20_000
