"""The past at an instant, from the log alone."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.envelope import Refused
from services.contracts.stored import Actor, Sealed, SignalId
from services.eventsourcing.ports import Record
from services.replay.domain.free_text import BAR
from services.replay.domain.picture_hash import picture_hash
from services.replay.handlers import history as histories
from services.replay.handlers import room as rooms
from services.replay.handlers.alarm_record import alarm_record, reason
from services.replay.handlers.history import Asked, history
from services.replay.handlers.reading import SLICE
from services.replay.ports import RecordBroken
from tests.unit.replay.past import (
    AUDITOR,
    INSPECTOR,
    LI,
    NOTE,
    QIAN,
    SECOND,
    T0,
    Looks,
    Names,
    Past,
    raised,
    room_of,
)

VERIFIED = a.AlarmVerified(
    alarm="a1", by=LI, result="confirmed", evidence=(c.Evidence(kind="video", note=NOTE),)
)


def a_night() -> Past:
    """Offsets 0 genesis, 1 raised, 2 junk, 3 claimed, 4 verified, 5 escalated, 6 closed, 7 archived; a second each."""
    past = Past()
    past.says(raised("a1"))
    past.junk()
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    past.says(VERIFIED)
    past.says(a.AlarmEscalated(alarm="a1", escalation="e1", bureau="b1", by=LI))
    past.says(a.AlarmClosed(alarm="a1", by=LI, reason=NOTE))
    past.says(a.AlarmArchived(alarm="a1"))
    return past


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, None), (1, (1, "open", None)), (2, (3, "open", "li")), (5, (6, "closed", "li")), (6, None)],
)
async def test_the_picture_is_what_had_been_decided_by_then(
    seconds: int, state: tuple[int, str, str | None] | None
) -> None:
    found = await history(room_of(a_night()), INSPECTOR, Asked(at=T0 + seconds * SECOND))
    assert found is not None
    seen = [(view.offset, view.state, view.claimed_by) for view in found.alarms]
    assert seen == ([] if state is None else [state])
    assert found.positions[0].time == T0 + seconds * SECOND


async def test_an_instant_between_two_decisions_shows_the_one_before() -> None:
    room = room_of(a_night())
    found = await history(room, INSPECTOR, Asked(at=T0 + 2 * SECOND - 1))
    assert found is not None
    assert found.positions[0].offset == 1


async def test_what_does_not_count_is_no_part_of_any_picture() -> None:
    found = await history(room_of(a_night()), INSPECTOR, Asked(positions={0: 2}))
    assert found is not None
    assert [view.id for view in found.alarms] == ["a1"]
    assert found.positions[0].offset == 1


async def test_positions_and_the_instant_of_their_decision_give_the_same_picture() -> None:
    past = a_night()
    by_time = await history(room_of(past), INSPECTOR, Asked(at=T0 + 3 * SECOND))
    by_place = await history(room_of(past), INSPECTOR, Asked(positions={0: 4}))
    assert by_time == by_place


async def test_looking_back_after_looking_at_the_end_folds_to_the_same() -> None:
    past = a_night()
    room = room_of(past)
    for seconds in (6, 3, 1, 4, 3, 0):
        asked = Asked(at=T0 + seconds * SECOND)
        assert await history(room, INSPECTOR, asked) == await history(room_of(past), INSPECTOR, asked)
    assert room.checkpoints.kept


async def test_the_hash_does_not_depend_on_who_looks_nor_on_erased_keys_nor_on_names() -> None:
    past, asked = a_night(), Asked(at=T0 + 3 * SECOND)
    rooms = [
        (room_of(past), INSPECTOR),
        (room_of(past), AUDITOR),
        (room_of(past, said={}), INSPECTOR),
        (room_of(past, names=Names(renamed_at=0)), INSPECTOR),
    ]
    hashes = set()
    for room, person in rooms:
        found = await history(room, person, asked)
        assert found is not None
        assert found.hash == picture_hash(found.alarms, found.escalations)
        hashes.add(found.hash)
    assert len(hashes) == 1
    later = await history(room_of(past), INSPECTOR, Asked(at=T0 + 4 * SECOND))
    assert later is not None
    assert later.hash not in hashes


def test_a_field_that_an_older_version_did_not_have_leaves_its_hash_alone() -> None:
    class Newer(msgspec.Struct):
        id: str
        priority: int
        added: str | None = None
        counted: int = 0

    class Older(msgspec.Struct):
        id: str
        priority: int

    newer, older = Newer("a1", 2), Older("a1", 2)
    assert picture_hash([newer], []) == picture_hash([older], [])  # type: ignore[list-item]  # any struct will do


def test_the_canonical_form_is_the_one_that_is_published() -> None:
    """docs/proof.md says how to make this hash with any tool."""
    nothing = b'{"alarms":[],"escalations":[]}'
    assert picture_hash([], []) == sha256(nothing).hexdigest()


@pytest.mark.parametrize(
    ("person", "said", "text"),
    [(INSPECTOR, None, "看到有人"), (INSPECTOR, {}, BAR), (AUDITOR, None, BAR)],
    ids=["read", "its key was erased", "not for an auditor"],
)
async def test_a_note_is_opened_for_those_who_may_read_it_and_else_shown_to_be_there(
    person: Actor, said: dict[Sealed, str] | None, text: str
) -> None:
    room = room_of(a_night(), said=said)
    found = await history(room, person, Asked(at=T0 + 3 * SECOND))
    assert found is not None
    assert found.alarms[0].verification is not None
    assert found.alarms[0].verification.evidence[0].note == text
    record = await alarm_record(room, person, "a1")
    assert record is not None
    events = [row.event for row in record.records if row.event is not None]
    assert [event["reason"] for event in events if event["type"] == "alarm.closed.v1"] == [text]


async def test_a_site_bears_the_name_it_had_then() -> None:
    room = room_of(a_night(), names=Names(renamed_at=T0 + 3 * SECOND))
    before = await history(room, INSPECTOR, Asked(at=T0 + 2 * SECOND))
    after = await history(room, INSPECTOR, Asked(at=T0 + 4 * SECOND))
    assert before is not None
    assert after is not None
    assert (before.alarms[0].site_name, after.alarms[0].site_name) == ("金行", "新金行")


@pytest.mark.parametrize(
    ("person", "alarms", "escalations"),
    [
        (INSPECTOR, 1, 1),
        (Actor(id="m", roles=("provider_manager",), provider="p2"), 0, 0),
        (Actor(id="m", roles=("provider_manager",), provider="p1"), 1, 1),
        (Actor(id="i", roles=("inspector",), bureau="b2"), 0, 0),
        (QIAN, 0, 1),
    ],
)
async def test_the_past_is_seen_by_whom_the_present_would_have_been(
    person: Actor, alarms: int, escalations: int
) -> None:
    room = room_of(a_night())
    found = await history(room, person, Asked(at=T0 + 4 * SECOND))
    assert found is not None
    assert (len(found.alarms), len(found.escalations)) == (alarms, escalations)
    record = await alarm_record(room, person, "a1")
    assert (record is not None) == bool(alarms)


async def test_every_look_is_noted_before_anything_is_read() -> None:
    room = room_of(a_night())
    room.logs = lambda _: (_ for _ in ()).throw(AssertionError("read before it was noted"))
    with pytest.raises(AssertionError):
        await history(room, INSPECTOR, Asked(at=T0))
    with pytest.raises(AssertionError):
        await alarm_record(room, INSPECTOR, "a1")
    looks = room.looks
    assert isinstance(looks, Looks)
    assert looks.noted == [
        ("xu", "history.at", "history", {"at": T0}),
        ("xu", "history.alarm", "a1", {}),
    ]


async def test_an_alarm_is_shown_as_it_stood_even_when_it_was_archived() -> None:
    room = room_of(Past(0), a_night())
    found = await history(room, INSPECTOR, Asked(at=T0 + 60 * SECOND, alarm="a1"))
    assert found is not None
    assert [(view.id, view.state) for view in found.alarms] == [("a1", "closed")]
    assert [one.partition for one in found.positions] == [1]
    assert await history(room, INSPECTOR, Asked(at=T0, alarm="a1")) is None
    assert await history(room, INSPECTOR, Asked(at=T0, alarm="nobody")) is None


async def test_the_record_of_an_alarm_has_every_event_with_its_place_and_what_was_refused() -> None:
    past = Past()
    signal = a.SignalRecorded(
        signal=SignalId(run="r", line="l", counter=1), outcome="surfaced", code="130", received_at=T0
    )
    first = past.says(signal, raised("a1"))
    past.says(raised("a2"))
    late = c.ClaimAlarm(id="c2", sender="web", sent_at=T0, subject="site", by=QIAN, alarm="a1")
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    past.says(name="c2", answer=Refused(reason="alarm.claimed_by_other"), command=late)
    other = c.ClaimAlarm(id="c3", sender="web", sent_at=T0, subject="site", by=LI, alarm="a2")
    past.says(name="c3", answer=Refused(reason="alarm.not_open"), command=other)
    record = await alarm_record(room_of(past), INSPECTOR, "a1")
    assert record is not None
    assert [(row.offset, row.type, row.by) for row in record.records] == [
        (1, "signal.recorded.v1", None),
        (1, "alarm.raised.v1", None),
        (3, "alarm.claimed.v1", "li"),
        (4, "refused", "qian"),
    ]
    assert record.records[0].prev == first.prev.hex()
    assert record.records[3].answer["reason"] == "alarm.claimed_by_other"
    assert record.alarm is not None
    assert record.alarm.claimed_by == "li"


async def test_a_second_look_at_an_alarm_sees_what_was_added() -> None:
    past = Past()
    past.says(raised("a1"))
    room = room_of(past)
    await alarm_record(room, INSPECTOR, "a1")
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    record = await alarm_record(room, INSPECTOR, "a1")
    assert record is not None
    assert [row.offset for row in record.records] == [1, 2]


async def test_a_record_that_does_not_follow_the_one_before_it_is_named() -> None:
    past = a_night()
    value = past.log.records[3].value
    past.log.records[3] = Record(3, 0, value.replace(b'"li"', b'"xx"'))
    with pytest.raises(RecordBroken) as broken:
        await history(room_of(past), INSPECTOR, Asked(at=T0 + 60 * SECOND))
    assert (broken.value.partition, broken.value.offset) == (0, 4)
    before = await history(room_of(past), INSPECTOR, Asked(at=T0 + SECOND))
    assert before is not None, "what lies before the break is whole"


async def test_a_kept_stand_is_not_believed_when_its_record_is_another_now() -> None:
    past = a_night()
    room, asked = room_of(past), Asked(at=T0 + 2 * SECOND)
    await history(room, INSPECTOR, asked)
    value = past.log.records[3].value
    past.log.records[3] = Record(3, 0, value.replace(b'"li"', b'"xx"'))
    with pytest.raises(RecordBroken):
        await history(room, INSPECTOR, asked)


async def test_a_log_that_was_cut_and_written_anew_is_folded_from_its_beginning() -> None:
    past, anew = a_night(), Past(log_id="log-2")
    anew.says(raised("b1"))
    room = room_of(past)
    await history(room, INSPECTOR, Asked(at=2 * T0))
    past.log.records[:] = anew.log.records
    found = await history(room, INSPECTOR, Asked(at=2 * T0))
    assert found is not None
    assert [view.id for view in found.alarms] == ["b1"]
    assert found.positions[0].log_id == "log-2"


async def test_an_alarm_that_lies_elsewhere_after_a_restore_is_searched_for_again() -> None:
    one, two = a_night(), Past(1)
    room = room_of(one, two)
    assert await alarm_record(room, INSPECTOR, "a1") is not None
    assert room.found == {"a1": (0, 1)}
    del one.log.records[1:]
    assert await alarm_record(room, INSPECTOR, "a1") is None
    two.says(raised("a1"))
    record = await alarm_record(room, INSPECTOR, "a1")
    assert record is not None
    assert [(row.partition, row.offset) for row in record.records] == [(1, 1)]


async def test_a_decision_is_explained_by_the_record_that_was_decided() -> None:
    past = Past()
    past.says(raised("a1"))
    command = c.CloseAlarm(id="c1", sender="web", sent_at=T0, subject="site", by=LI, alarm="a1", reason=NOTE)
    past.says(a.AlarmClosed(alarm="a1", by=LI, reason=NOTE), name="c1", command=command)
    found = await reason(room_of(past), INSPECTOR, "a1", 2)
    assert found is not None
    assert [row.type for row in found.rows] == ["alarm.closed.v1"]
    assert found.source is not None
    assert (found.source["type"], found.source["reason"]) == ("command.close_alarm.v1", "看到有人")
    assert found.source_holds
    value = past.inbox.records[0].value
    past.inbox.records[0] = Record(0, 0, value.replace(b'"web"', b'"xxx"'))
    found = await reason(room_of(past), INSPECTOR, "a1", 2)
    assert found is not None
    assert not found.source_holds
    past.inbox.records[0] = Record(0, 0, b"rubbish")
    found = await reason(room_of(past), INSPECTOR, "a1", 2)
    assert found is not None
    assert (found.source, found.source_holds) == (None, False)
    assert await reason(room_of(past), INSPECTOR, "a1", 0) is None
    assert await reason(room_of(past), Actor(id="p", roles=("police",)), "a1", 2) is None


async def test_a_record_is_shown_though_the_inbox_is_no_longer_whole() -> None:
    past = Past()
    past.says(raised("a1"))
    command = c.ClaimAlarm(id="c2", sender="web", sent_at=T0, subject="site", by=LI, alarm="a1")
    past.says(name="c2", answer=Refused(reason="alarm.claimed_by_other"), command=command)
    del past.inbox.records[:]
    record = await alarm_record(room_of(past), INSPECTOR, "a1")
    assert record is not None
    assert [row.offset for row in record.records] == [1]


async def test_a_long_past_is_read_in_small_steps_so_that_others_get_their_turn() -> None:
    past = Past()
    for number in range(2 * SLICE):
        past.says(raised(f"a{number}"))
    room, turns = room_of(past), 0

    async def breathe() -> None:
        nonlocal turns
        turns += 1

    room.breathe = breathe
    found = await history(room, INSPECTOR, Asked(at=2 * T0))
    assert found is not None
    read, settled, shown = 2, 2 * SLICE // rooms.STEP, 2 * (2 * SLICE // histories.STEP)
    assert turns >= read + settled + shown
