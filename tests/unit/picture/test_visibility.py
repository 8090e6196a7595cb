"""Who sees what."""

from __future__ import annotations

import pytest

from services.contracts.stored import Actor
from services.picture.alarm_view import Report
from services.picture.visibility import may_read_notes, visible
from tests.unit.picture.test_alarm_view import ESCALATED, decision, given, raised

VIEWS = given(
    decision(raised()), decision(ESCALATED), decision(raised("unknown", provider=None, bureau=None))
)
ALARM, UNKNOWN, REPORT = VIEWS.alarms["a1"], VIEWS.alarms["unknown"], VIEWS.reports["e1"]


def person(role: str, provider: str | None = None, bureau: str | None = None) -> Actor:
    return Actor(id="x", roles=(role,), provider=provider, bureau=bureau)


@pytest.mark.parametrize(
    "role", ["operator", "shift_supervisor", "engineer", "registrar", "provider_manager"]
)
def test_the_provider_side_sees_its_own_alarms(role: str) -> None:
    assert visible(person(role, "p1"), ALARM)
    assert not visible(person(role, "p2"), ALARM)
    assert not visible(person(role, "p1"), UNKNOWN)
    assert visible(person(role), UNKNOWN)


def test_the_police_see_the_escalations_of_their_bureau_and_no_alarm() -> None:
    assert visible(person("police", bureau="b1"), REPORT)
    assert visible(person("police"), REPORT)
    assert not visible(person("police", bureau="b2"), REPORT)
    assert not visible(person("police"), ALARM)


def test_an_escalation_without_a_known_bureau_is_shown_to_every_bureau() -> None:
    nowhere = Report(given(decision(raised(bureau=None)), decision(ESCALATED)).reports["e1"].view, None)
    shown = Report(
        type(nowhere.view)(
            **{f: getattr(nowhere.view, f) for f in nowhere.view.__struct_fields__} | {"bureau": None}
        ),
        None,
    )
    assert visible(person("police", bureau="b2"), shown)


def test_an_administrator_sees_no_alarm() -> None:
    assert not visible(person("administrator"), ALARM)
    assert not visible(person("administrator"), REPORT)


@pytest.mark.parametrize("role", ["inspector", "auditor", "enforcement_officer"])
def test_oversight_sees_alarms_and_escalations_of_its_area(role: str) -> None:
    assert visible(person(role), ALARM)
    assert visible(person(role, bureau="b1"), REPORT)
    assert not visible(person(role, bureau="b2"), ALARM)


def test_engineers_do_not_read_notes() -> None:
    assert not may_read_notes(person("engineer"))
    assert may_read_notes(person("operator"))
