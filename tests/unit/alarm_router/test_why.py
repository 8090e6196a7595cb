"""Each decision with its rule: asked again it says the same, and with one input changed it says another thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

import pytest
from msgspec.structs import replace

from services.alarm_router.domain.asking import AT_ONCE, rules_of
from services.alarm_router.domain.why import explain, weigh
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts.codec import decode_decision
from services.contracts.envelope import Event
from services.contracts.suggestion import ReportSuggested
from services.contracts.why import Reason, RuleId
from services.law.pack import Law
from services.picture.why import Recorded
from tests.unit.alarm_router.saying import BUREAU, DAY, LAW, LI, MINUTE, NOW, SECOND, SITE, Desk

OF_OTHERS = ("signal.", "interruption.", "article.")  # rules that no single alarm tells of
Story = Callable[[Desk], str]


def recorded(desk: Desk, alarm: str) -> list[Recorded]:
    """What the desk's record holds of the alarm."""
    decisions = [decode_decision(value) for value in desk.values]
    return [
        Recorded(0, one.lies_at, one.time, event)
        for one in decisions
        for event in one.events
        if getattr(event, "alarm", None) == alarm
    ]


def told(story: Story) -> tuple[Desk, str]:
    desk = Desk()
    site = d.SiteEntry(id=SITE, provider="p", site_class="other", division="350102", bureau=BUREAU)
    desk.told(d.SiteSet(sender="registry", sent_at=desk.now, position=1, site=site))
    return desk, story(desk)


def reasons(story: Story) -> tuple[Reason, ...]:
    desk, alarm = told(story)
    return explain(recorded(desk, alarm), LAW)


def burglary(desk: Desk) -> str:
    return desk.alarm().alarm


def nobody_came(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.now += MINUTE
    desk.tick()
    return alarm


def taken_in_time(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    desk.now += MINUTE
    desk.tick()
    return alarm


def reported(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    desk.verify(alarm)
    desk.escalate(alarm)
    return alarm


def guarded(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.guard_found(alarm, desk.guard(alarm), "person_present")
    return alarm


def two_zones(desk: Desk) -> str:
    alarm = desk.alarm(zone="3").alarm
    desk.now += 34 * SECOND
    desk.told(desk.signal(zone="4"))
    return alarm


def called(found: c.EvidenceFinding) -> Story:
    def story(desk: Desk) -> str:
        alarm = desk.alarm(code="120").alarm
        desk.claim(alarm)
        desk.verify(alarm, "undetermined", evidence=(c.Evidence(kind="call", found=found),))
        return alarm

    return story


def two_men(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    desk.verify(alarm, evidence=(c.Evidence(kind="video", found="suspicious_person"),))
    return alarm


def filling_station(desk: Desk) -> str:
    alarm = desk.alarm(code="121", zone="002").alarm
    desk.order_guard(alarm)
    desk.escalate(alarm)
    return alarm


def second_comes_late(desk: Desk) -> str:
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    desk.claim(alarm, by=LI)
    return alarm


def nobody_answers(desk: Desk) -> str:
    alarm = reported(desk)
    desk.now += MINUTE
    desk.tick()
    return alarm


def forgotten(desk: Desk) -> str:
    alarm = reported(desk)
    desk.close(alarm)
    desk.now += 8 * DAY
    desk.tick()
    return alarm


# By rule: a story in which it speaks, and one in which it does not.
STORIES: dict[RuleId, tuple[Story, Story]] = {
    "alarm.class": (burglary, lambda desk: desk.told(desk.signal(code="602")).id),
    "alarm.occurrence": (two_zones, burglary),
    "alarm.priority": (burglary, lambda desk: desk.told(desk.signal(code="602")).id),
    "alarm.claim_clock": (nobody_came, taken_in_time),
    "alarm.archive": (forgotten, reported),
    "command.answer": (second_comes_late, reported),
    "guard.stands_off": (guarded, burglary),
    "verification.evidence": (reported, filling_station),
    "duress.no_call": (filling_station, reported),
    "escalation.verified": (reported, two_men),
    "escalation.receipt_clock": (nobody_answers, reported),
    "report_at_once.hold_up_confirmed": (called("confirmed"), called("denied")),
    "report_at_once.hold_up_unreachable": (called("unreachable"), called("denied")),
    "report_at_once.two_zones_or_principles": (two_zones, burglary),
    "report_at_once.guard_confirmed": (guarded, reported),
    "report_at_once.video_suspicious_person": (two_men, reported),
    "report_at_once.duress": (filling_station, called("unreachable")),
}
# By rule: one input as it might have been, and what the rule says then.
OTHERWISE: dict[RuleId, tuple[dict[str, object], str]] = {
    "alarm.class": ({"code": "121"}, "duress"),
    "alarm.occurrence": ({"class": "panic"}, "own_alarm"),
    "alarm.priority": ({"class": "duress"}, "1"),
    "alarm.claim_clock": ({"at": 0}, "in_time"),
    "alarm.archive": ({"at": 0}, "kept"),
    "command.answer": ({"alarm": {"holder": None}}, "accepted"),
    "guard.stands_off": ({"class": "duress"}, "stands_off"),
    "verification.evidence": ({"evidence": []}, "alarm.evidence_needed"),
    "duress.no_call": ({"evidence": ["call"]}, "duress.no_call"),
    "escalation.verified": ({"verification": "false_alarm"}, "alarm.verified_false"),
    "escalation.receipt_clock": ({"at": 0}, "in_time"),
    "report_at_once.hold_up_confirmed": ({"class": "burglary"}, "not_met"),
    "report_at_once.hold_up_unreachable": ({"evidence": []}, "not_met"),
    "report_at_once.two_zones_or_principles": ({"signals": []}, "not_met"),
    "report_at_once.guard_confirmed": ({"guard": "nothing"}, "not_met"),
    "report_at_once.video_suspicious_person": (
        {"evidence": [{"kind": "video", "found": "nothing_suspicious"}]},
        "not_met",
    ),
    "report_at_once.duress": ({"class": "panic"}, "not_met"),
}


# By rule: the event by which it speaks in its story, what it looked at there, and what it said.
LOOKED_AT: dict[RuleId, tuple[str, dict[str, object], str]] = {
    "alarm.class": ("alarm.raised.v1", {"code": "130"}, "burglary"),
    "alarm.occurrence": (
        "alarm.occurred.v1",
        {
            "class": "burglary",
            "alarm_class": "burglary",
            "alarm_priority": 2,
            "received_at": NOW + 34 * SECOND,
            "heard_before": NOW,
        },
        "joined",
    ),
    "alarm.priority": (
        "alarm.raised.v1",
        {"class": "burglary", "code": "130", "before": None, "met": None},
        "2",
    ),
    "alarm.claim_clock": (
        "alarm.claim_fell_due.v1",
        {"claim_due": NOW + 30 * SECOND, "at": NOW + MINUTE, "claimed_by": None},
        "fell_due",
    ),
    "alarm.archive": ("alarm.archived.v1", {"closed_at": NOW, "at": NOW + 8 * DAY}, "archived"),
    "guard.stands_off": ("guard.ordered.v1", {"class": "burglary", "asked": False}, "goes_in"),
    "verification.evidence": (
        "alarm.verified.v1",
        {"class": "burglary", "evidence": ["call"]},
        "accepted",
    ),
    "duress.no_call": (
        "alarm.verified.v1",
        {"class": "duress", "evidence": ["duress_code"]},
        "accepted",
    ),
    "escalation.verified": (
        "alarm.escalated.v1",
        {"class": "burglary", "verification": "confirmed", "rule": None},
        "accepted",
    ),
    "escalation.receipt_clock": (
        "escalation.asked_again.v1",
        {"ask_at": NOW + 30 * SECOND, "at": NOW + MINUTE},
        "asked_again",
    ),
}


@pytest.mark.parametrize("rule", LOOKED_AT)
def test_a_rule_tells_what_it_looked_at(rule: RuleId) -> None:
    spoken = next(one for one in reasons(STORIES[rule][0]) if one.rule == rule)
    assert (spoken.type, spoken.inputs, spoken.outcome) == LOOKED_AT[rule]


def test_a_reason_says_where_in_the_record_it_stands_and_that_it_holds() -> None:
    desk, alarm = told(nobody_answers)
    (asked,) = [one for one in explain(recorded(desk, alarm), LAW) if one.rule == "escalation.receipt_clock"]
    last = decode_decision(desk.values[-1])
    assert (asked.partition, asked.offset, asked.time) == (0, last.lies_at, NOW + MINUTE)
    assert (asked.recomputed, asked.holds, asked.pack, asked.articles) == ("asked_again", True, None, ())


def test_a_refusal_tells_the_command_and_the_alarm_as_it_stood() -> None:
    (refused,) = [one for one in reasons(second_comes_late) if one.rule == "command.answer"]
    assert (refused.type, refused.outcome) == ("command.refused.v1", "alarm.claimed_by_other")
    assert refused.inputs["at"] == NOW
    assert (refused.inputs["command"]["type"], refused.inputs["command"]["by"]["id"]) == (
        "command.claim_alarm.v1",
        "li",
    )
    assert (refused.inputs["alarm"]["holder"], refused.inputs["alarm"]["claim_due"]) == (
        "wang",
        NOW + 30 * SECOND,
    )


def test_a_rule_that_raised_the_priority_tells_by_which_it_did() -> None:
    (raised,) = [one for one in reasons(two_zones) if one.rule == "alarm.priority" and one.outcome == "1"]
    assert (raised.type, raised.inputs) == (
        "alarm.report_suggested.v1",
        {"class": "burglary", "code": "130", "before": 2, "met": "two_zones_or_principles"},
    )


def test_every_rule_in_the_code_has_a_story_in_which_it_speaks_and_one_in_which_it_does_not() -> None:
    of_alarms = {rule for rule in rules_of(LAW) if not rule.startswith(OF_OTHERS)}
    assert of_alarms == set(get_args(RuleId)) == set(STORIES) == set(OTHERWISE)


@pytest.mark.parametrize("rule", STORIES)
def test_a_rule_speaks_where_it_decided_and_nowhere_else(rule: RuleId) -> None:
    speaks, silent = STORIES[rule]
    assert rule in {one.rule for one in reasons(speaks)}
    assert rule not in {one.rule for one in reasons(silent)}


@pytest.mark.parametrize("story", {story for pair in STORIES.values() for story in pair})
def test_asked_again_every_rule_says_what_the_record_says(story: Story) -> None:
    assert all(one.holds for one in reasons(story))


@pytest.mark.parametrize("rule", STORIES)
def test_one_input_changed_changes_the_answer(rule: RuleId) -> None:
    spoken = next(one for one in reasons(STORIES[rule][0]) if one.rule == rule)
    changed, answer = OTHERWISE[rule]
    ask = rules_of(LAW)[rule].ask
    assert ask(spoken.inputs, LAW) == spoken.outcome
    assert ask(merged(spoken.inputs, changed), LAW) == answer != spoken.outcome


def merged(inputs: Mapping[str, object], changed: Mapping[str, object]) -> dict[str, object]:
    """The inputs with these in their place, at whatever depth."""
    new = dict(inputs)
    for name, value in changed.items():
        before = new.get(name)
        new[name] = (
            merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
        )
    return new


def changed(events: Sequence[Recorded], kind: type[Event], **fields: object) -> Iterator[Recorded]:
    for one in events:
        yield replace(one, event=replace(one.event, **fields)) if isinstance(one.event, kind) else one


def test_a_record_that_somebody_altered_no_longer_agrees_with_its_rules() -> None:
    desk, alarm = told(reported)
    altered = changed(recorded(desk, alarm), a.AlarmVerified, result="false_alarm")
    differs = [one for one in explain(altered, LAW) if not one.holds]
    assert [(one.rule, one.recomputed) for one in differs] == [
        ("escalation.verified", "alarm.verified_false")
    ]


def test_the_inputs_of_a_suggestion_are_those_that_were_recorded() -> None:
    desk, alarm = told(guarded)
    (suggested,) = [one for one in reasons(guarded) if one.rule == "report_at_once.guard_confirmed"]
    (event,) = [one.event for one in recorded(desk, alarm) if isinstance(one.event, ReportSuggested)]
    assert (suggested.pack, suggested.articles) == (event.pack, ("SH-2010:(3)",))
    assert (suggested.inputs["class"], suggested.inputs["guard"]) == ("burglary", "person_present")


def test_the_rules_looked_at_what_the_alarm_began_with() -> None:
    looked = weigh(recorded(*told(two_zones)), LAW)
    first = next(one for one in looked if one.rule == AT_ONCE + "two_zones_or_principles")
    assert (first.spoke, first.inputs["signals"]) == (False, ({"zone": "3", "received_at": NOW},))


def test_what_another_pack_decided_is_told_and_not_judged_by_ours() -> None:
    desk, alarm = told(two_zones)
    (suggested,) = [one for one in explain(recorded(desk, alarm), Law()) if one.rule.startswith(AT_ONCE)]
    assert (suggested.outcome, suggested.recomputed, suggested.holds) == ("met", None, None)


def test_a_report_names_the_articles_of_its_place() -> None:
    (escalated,) = [one for one in reasons(reported) if one.rule == "escalation.verified"]
    assert escalated.articles == ("FJ-2015:16(3)", "CN-NBBW-2004:11(4)", "CN-BA-2022:29(2)")
