"""List, detail and feed agree with `visible` for every person and subject."""

from __future__ import annotations

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.stored import Actor
from services.desk.adapters.postgres_views import IN_SCOPE
from services.picture.alarm_view import Views
from services.desk.domain.feed_board import Board, Happening, Sight, frames
from services.picture.names import Reading
from services.picture.visibility import alarm_scope, escalation_scope, visible
from tests.unit.picture.test_alarm_view import ESCALATED, decision, raised
from tests.unit.picture.test_alarm_view import given as folded

ROLES = (
    "operator",
    "shift_supervisor",
    "engineer",
    "registrar",
    "provider_manager",
    "police",
    "enforcement_officer",
    "inspector",
    "auditor",
    "administrator",
)
PLACES = st.sampled_from([None, "x", "y"])
PEOPLE = st.builds(
    Actor,
    id=st.just("someone"),
    roles=st.lists(st.sampled_from(ROLES), max_size=3, unique=True).map(tuple),
    provider=PLACES,
    bureau=PLACES,
)


def _subjects(provider: str | None, bureau: str | None) -> Views:
    escalated = type(ESCALATED)(alarm="a1", escalation="e1", bureau=bureau, by=ESCALATED.by)
    return folded(decision(raised(provider=provider, bureau=bureau)), decision(escalated))


@given(PEOPLE, PLACES, PLACES)
def test_snapshot_and_frames_show_what_is_visible_and_nothing_else(
    person: Actor, provider: str | None, bureau: str | None
) -> None:
    views = _subjects(provider, bureau)
    alarm, report = views.alarms["a1"], views.reports["e1"]
    expected = {one.id for one in (alarm,) if visible(person, one)}
    expected |= {one.view.id for one in (report,) if visible(person, one)}
    sight = Sight.of(person)
    alarms, escalations = Board(views, {}).shown(sight, 10)
    assert {one.id for one in alarms} | {one.id for one in escalations} == expected
    said = frames(Happening(0, 0, "log", None, (alarm,), (report,)), sight, Reading({}, {}))
    assert {getattr(one, "alarm", None) or getattr(one, "escalation", None) for one in said} == {
        one for one in (alarm, report.view) if one.id in expected
    }


_SQL = f"select {IN_SCOPE} is true from (select $4::text as provider, $5::text as bureau) subject"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=PEOPLE, provider=PLACES, bureau=PLACES)
@pytest.mark.asyncio(loop_scope="function")
async def test_the_rule_in_sql_is_the_rule_in_python(
    postgres: str, person: Actor, provider: str | None, bureau: str | None
) -> None:
    views = _subjects(provider, bureau)
    subjects = ((alarm_scope(person), views.alarms["a1"]), (escalation_scope(person), views.reports["e1"]))
    connection = await asyncpg.connect(postgres)
    try:
        for scope, subject in subjects:
            values = (scope.everything, scope.provider, scope.bureau, provider, bureau)
            in_sql = await connection.fetchval(_SQL, *values)
            assert in_sql == scope.holds(subject)
    finally:
        await connection.close()
