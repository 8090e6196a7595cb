"""History shows what the desk would show: one rule, for every person and subject."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings

from services.contracts.stored import Actor
from services.replay.handlers.history import Asked, history
from tests.properties.desk.test_one_scope import PEOPLE, SUBJECTS
from tests.properties.desk.test_one_scope import seen_by as seen_on_the_desk
from tests.unit.picture.test_alarm_view import ESCALATED, raised
from tests.unit.replay.past import Past, room_of


def a_past() -> Past:
    """An alarm and an escalation of each provider in the area of each bureau."""
    past = Past()
    for number, (provider, bureau) in enumerate(SUBJECTS):
        alarm = raised(
            f"a{number}", provider=provider, bureau=bureau, account="1001", number=f"0-{number}-00"
        )
        escalated = type(ESCALATED)(
            alarm=f"a{number}", escalation=f"e{number}", bureau=bureau, by=ESCALATED.by
        )
        past.says(alarm, escalated)
    return past


PAST = a_past()


@settings(deadline=None)
@given(person=PEOPLE)
def test_history_shows_what_is_visible_and_nothing_else(person: Actor) -> None:
    found = asyncio.run(history(room_of(PAST), person, Asked(at=PAST.time)))
    assert found is not None
    shown = {one.id for one in found.alarms} | {one.id for one in found.escalations}
    assert shown == seen_on_the_desk(person)
