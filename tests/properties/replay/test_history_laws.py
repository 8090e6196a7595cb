"""History is a function of the log and the instant: not of what was looked at before, nor of how it is asked for."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.codec import decode_decision
from services.contracts.history import History
from services.eventsourcing.counting import Chain
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.picture.alarm_view import Views, changes
from services.replay.domain.checkpoints import Checkpoints
from services.replay.domain.picture_hash import picture_hash
from services.replay.domain.stand import Stand
from services.replay.handlers import room as rooms
from services.replay.handlers.history import Asked, history
from services.replay.handlers.room import ReadingRoom
from tests.integration.replay.conftest import NOW, STEP, a_past
from tests.properties.replay.changes import with_junk
from tests.unit.replay.past import INSPECTOR, Looks, Names, Vault

DAY = 86_400_000_000
STEPS = (STEP, DAY // 3)  # in the second past alarms are archived, 7 days after they were closed
PASTS = [
    with_junk(a_past(partition, sites=3, records=120, step=step, ticks=True)[1])
    for partition, step in enumerate(STEPS)
]
TIMES = st.builds(
    lambda step, steps: NOW + steps * step + step // 2, st.sampled_from(STEPS), st.integers(-1, 125)
)


def room_with(kept: Checkpoints | None = None) -> ReadingRoom:
    """Over the pasts; `kept`: what was remembered of earlier looks."""
    logs = []
    for past in PASTS:
        log = MemoryEventLog()
        log.records.extend(past)
        logs.append(log)
    return ReadingRoom(
        logs=logs.__getitem__,
        inboxes=logs.__getitem__,
        partitions=2,
        names=Names(),
        vault=Vault({}),
        looks=Looks(),
        checkpoints=kept or Checkpoints(),
    )


def look(room: ReadingRoom, asked: Asked) -> History:
    found = asyncio.run(history(room, INSPECTOR, asked))
    assert found is not None
    return found


def desk_at(time: int) -> str:
    """The hash of what a projector's tables would have held."""
    views = Views()
    for partition, past in enumerate(PASTS):
        for record in past:
            decision = decode_decision(record.value)
            if decision.lies_at == record.offset and decision.time <= time:
                views.take(changes(views, partition, record.offset, decision))
    return picture_hash(views.alarms.values(), [report.view for report in views.reports.values()])


@given(before=st.lists(TIMES, max_size=4), time=TIMES, most=st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_what_was_looked_at_before_changes_nothing(before: list[int], time: int, most: int) -> None:
    every, rooms.EVERY = rooms.EVERY, 10
    try:
        room = room_with(Checkpoints(most=most, most_views=40))
        for earlier in before:
            look(room, Asked(at=earlier))
        assert look(room, Asked(at=time)) == look(room_with(), Asked(at=time))
    finally:
        rooms.EVERY = every


@given(time=TIMES)
@settings(deadline=None, max_examples=60)
def test_an_instant_and_its_positions_and_the_desk_of_then_are_one_picture(time: int) -> None:
    found = look(room_with(), Asked(at=time))
    places = {one.partition: one.offset for one in found.positions}
    again = look(room_with(), Asked(positions=places))
    assert found.hash == again.hash == desk_at(time)
    assert found.positions == again.positions


@given(
    kept=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1000)), max_size=60),
    most=st.integers(2, 8),
    views=st.integers(0, 30),
)
def test_what_is_kept_is_bounded_and_in_order(kept: list[tuple[int, int]], most: int, views: int) -> None:
    checkpoints = Checkpoints(most=most, most_views=views)
    for partition, offset in kept:
        checkpoints.keep(Stand(partition, Chain(offset), offset, waiting={"a1": (), "a2": ()}))
    for stands in checkpoints.kept.values():
        offsets = [stand.chain.offset for stand in stands]
        assert offsets == sorted(set(offsets))
        assert 1 <= len(offsets) <= most
    assert checkpoints.kept.keys() == {partition for partition, _ in kept}
    count = sum(len(stands) for stands in checkpoints.kept.values())
    assert 2 * count <= views or count == len(checkpoints.kept)


def test_the_past_has_alarms_that_were_archived() -> None:
    """What the laws above lean on."""
    archived = sum(record.value.count(b'"alarm.archived.v1"') for record in PASTS[1])
    assert archived > 3
