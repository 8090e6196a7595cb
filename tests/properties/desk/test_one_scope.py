"""One rule decides what a person sees: list, search, detail, feed and command agree for every person and subject."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, get_args

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.alarm_router.domain.codes import class_of
from services.alarm_router.domain.why import explain
from services.contracts import interruption as i
from services.contracts.people import Role
from services.contracts.stored import Actor
from services.contracts.views import UndecidedSignal
from services.desk.adapters.postgres_interruptions import (
    Batch,
    PostgresInterruptions,
    PostgresInterruptionWriter,
)
from services.desk.adapters.postgres_projection import PostgresProjection, Rows
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.bootstrap import open_desk
from services.desk.domain.feed_board import Board, Happening, Lanes, Sight, departs, frames
from services.desk.domain.reading_place import Place
from services.desk.handlers.interrupted import interruption_detail
from services.desk.handlers.looking import visible_alarm, visible_escalation
from services.desk.ports import Asked, Page, Within
from services.picture.alarm_view import Views
from services.picture.interruption_view import Interrupted
from services.picture.names import Reading, SiteName
from services.picture.undecided import Undecided
from services.picture.visibility import alarm_scope, escalation_scope, visible
from services.runtime.counting import Counted
from services.runtime.problem import Problem
from services.runtime.settings import Settings
from tests.conftest import run_apart
from tests.unit.picture.test_alarm_view import ESCALATED, decision, raised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.desk.handlers.interrupted import Interruptions
    from services.desk.handlers.looking import Desk

PLACES = (None, "x", "y")
SUBJECTS = tuple(itertools.product(PLACES, PLACES))
PEOPLE = st.builds(
    Actor,
    id=st.just("someone"),
    roles=st.lists(st.sampled_from(get_args(Role)), max_size=3, unique=True).map(tuple),
    provider=st.sampled_from(PLACES),
    bureau=st.sampled_from(PLACES),
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def folded() -> tuple[Views, Rows]:
    """An alarm and an escalation of each provider in the area of each bureau, and what a projector writes of it."""
    views, rows, place = Views(), Rows(), Place(0)
    for number, (provider, bureau) in enumerate(SUBJECTS):
        alarm, escalation = f"a{number}", f"e{number}"
        one = decision(
            raised(alarm, provider=provider, bureau=bureau, account="1001", number=f"0-{number}-00"),
            type(ESCALATED)(alarm=alarm, escalation=escalation, bureau=bureau, by=ESCALATED.by),
        )
        rows.add(views, place, Counted(0, number, b"", one, b"\0" * 16))
    return views, rows


def interrupted() -> tuple[Interrupted, Batch]:
    """An interruption and a maintenance window of each of them, and what their projector writes."""
    known, batch, place = Interrupted(), Batch(), Place(0)
    for number, (provider, bureau) in enumerate(SUBJECTS):
        began = i.InterruptionBegan(
            interruption=f"i{number}",
            number=f"0-{number}-00",
            subject="s",
            fact=i.Fact(fact="power", code="301", received_at=1),
            settles_at=2,
            site_known=True,
            provider=provider,
            bureau=bureau,
        )
        opened = i.MaintenanceWindowOpened(
            window=f"w{number}",
            subject="s",
            by=ESCALATED.by,
            kind="maintenance",
            from_us=1,
            until_us=2,
            provider=provider,
            bureau=bureau,
        )
        batch.add(known, place, Counted(0, number, b"", decision(began, opened), b"\0" * 16))
    return known, batch


VIEWS, ROWS = folded()
INTERRUPTED, BATCH = interrupted()


def seen_by(person: Actor) -> set[str]:
    """What the rule says."""
    alarms = {one.id for one in VIEWS.alarms.values() if visible(person, one)}
    return alarms | {one.view.id for one in VIEWS.reports.values() if visible(person, one)}


def interruptions_seen_by(person: Actor) -> set[str]:
    """What the rule says of interruptions and windows."""
    interruptions = {one.id for one in INTERRUPTED.interruptions.values() if visible(person, one)}
    return interruptions | {one.id for one in INTERRUPTED.windows.values() if visible(person, one)}


async def written(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        projection = PostgresProjection(connection)
        await projection.begin()
        await projection.write(ROWS, [Place(0, offset=len(SUBJECTS))])
        writer = PostgresInterruptionWriter(connection)
        await writer.begin()
        await writer.write(BATCH, [Place(0, offset=len(SUBJECTS))])
    finally:
        await connection.close()


@pytest.fixture
def rows(database: str) -> str:
    """A database that holds every subject."""
    run_apart(written(database))
    return database


@SLOW
@given(person=PEOPLE)
async def test_list_search_detail_and_command_show_what_is_visible_and_nothing_else(
    rows: str, person: Actor
) -> None:
    async with asyncpg.create_pool(rows, min_size=1, max_size=1) as pool:
        opened = await open_desk(Settings(postgres=rows), pool, class_of, explain)
        views = PostgresViews(pool)
        listed = await views.alarms(alarm_scope(person), Page())
        still_open = await views.alarms(alarm_scope(person), Page(state="open"))
        reported = await views.escalations(escalation_scope(person), Page())
        found = await views.found(alarm_scope(person), "1001", Within(), 100)
        in_time = await views.found(alarm_scope(person), "", Within(begin=0), 100)
        opened_ids = await _opened(opened.desk, person)
    expected = seen_by(person)
    alarms = {one for one in expected if one.startswith("a")}
    assert {one.id for one in listed} == {one.id for one in still_open} == alarms
    assert {one.id for one in found} == {one.id for one in in_time} == alarms
    assert {one.view.id for one in reported} == expected - alarms
    assert opened_ids == expected


async def _opened(desk: Desk, person: Actor) -> set[str]:
    """What can be opened, and acted upon: both ask here."""
    found = set()
    for number in range(len(SUBJECTS)):
        with contextlib.suppress(Problem):
            found.add((await visible_alarm(desk, person, f"a{number}")).id)
        with contextlib.suppress(Problem):
            found.add((await visible_escalation(desk, person, f"e{number}")).view.id)
    return found


@SLOW
@given(person=PEOPLE)
async def test_interruptions_and_windows_are_shown_where_they_are_visible_and_nowhere_else(
    rows: str, person: Actor
) -> None:
    async with asyncpg.create_pool(rows, min_size=1, max_size=1) as pool:
        opened = await open_desk(Settings(postgres=rows), pool, class_of, explain)
        views, scope = PostgresInterruptions(pool), alarm_scope(person)
        listed = {one.id for one in await views.interruptions(scope, Asked())}
        at_site = {one.id for one in await views.interruptions(scope, Asked(site="s", restored=False))}
        windows = {one.id for one in await views.windows(scope, Asked())}
        read = await _read(opened.interruptions, person)
    expected = interruptions_seen_by(person)
    assert listed == at_site == read == {one for one in expected if one.startswith("i")}
    assert windows == expected - listed


async def _read(all_: Interruptions, person: Actor) -> set[str]:
    """What can be opened."""
    found = set()
    for number in range(len(SUBJECTS)):
        with contextlib.suppress(Problem):
            found.add(str((await interruption_detail(all_, person, f"i{number}"))["id"]))
    return found


@given(person=PEOPLE)
def test_snapshot_frames_and_lanes_show_what_is_visible_and_nothing_else(person: Actor) -> None:
    sight = Sight.of(person)
    board = Board(VIEWS, {})
    alarms, escalations = board.shown(sight, 10)
    assert {one.id for one in alarms} | {one.id for one in escalations} == seen_by(person)
    snapshot = board.snapshot(sight, "sight", Reading({}, {}), Lanes(signals={0: LANE}), 10)
    assert [one.offset for one in snapshot.undecided] == [
        number for number, one in enumerate(LANE) if visible(person, one)
    ]
    everything = Happening(0, 0, "log", None, tuple(VIEWS.alarms.values()), tuple(VIEWS.reports.values()))
    said = frames(everything, sight, Reading({}, {}))
    ids = {getattr(one, "alarm", None) or getattr(one, "escalation", None) for one in said}
    assert {one.id for one in ids if one is not None} == seen_by(person)


@given(person=PEOPLE, before=st.sampled_from(range(9)), after=st.sampled_from(range(9)))
def test_what_leaves_a_sight_is_noticed_and_what_stays_or_enters_it_is_not(
    person: Actor, before: int, after: int
) -> None:
    was, now = VIEWS.alarms[f"a{before}"], VIEWS.alarms[f"a{after}"]
    moved = Happening(0, 0, "log", None, (now,), (), (replace(was, id=now.id),))
    assert departs([moved], Sight.of(person)) == (visible(person, was) and not visible(person, now))


def _lane() -> Iterable[Undecided]:
    for number, (provider, bureau) in enumerate(SUBJECTS):
        signal = UndecidedSignal(
            partition=0,
            offset=number,
            site=str(number),
            account_space="d",
            account="1",
            code="130",
            class_="burglary",
            received_at=1,
        )
        yield Undecided.at(signal, SiteName("n", None, None, "p", provider, bureau))


LANE = tuple(_lane())
