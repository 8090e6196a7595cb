"""Each report-at-once rule of the shipped pack, on inputs that meet it and on inputs that just do not."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.contracts.commands import ReportAtOnceRule
from services.contracts.suggestion import RuleEvidence, RuleInputs, RuleSignal
from services.law.report_at_once import met, newly_met
from services.law.shelf import PackUnreadable, read_at_once, shipped

SECOND = 1_000_000
PACK = shipped().at_once


def signals(*placed: tuple[str, int]) -> tuple[RuleSignal, ...]:
    return tuple(RuleSignal(zone=zone, received_at=at * SECOND) for zone, at in placed)


def evidence(kind: Any, found: Any = None) -> tuple[RuleEvidence, ...]:
    return (RuleEvidence(kind=kind, found=found),)


GLASS_THEN_MOTION = RuleInputs(class_="burglary", signals=signals(("3", 0), ("4", 34)))
FIRES: dict[str, RuleInputs] = {
    "hold_up_confirmed": RuleInputs(class_="panic", evidence=evidence("call", "confirmed")),
    "hold_up_unreachable": RuleInputs(class_="panic", evidence=evidence("call", "unreachable")),
    "two_zones_or_principles": GLASS_THEN_MOTION,
    "guard_confirmed": RuleInputs(class_="burglary", guard="signs_of_entry"),
    "video_suspicious_person": RuleInputs(class_="burglary", evidence=evidence("video", "suspicious_person")),
    "duress": RuleInputs(class_="duress"),
}
DOES_NOT: dict[str, tuple[RuleInputs, ...]] = {
    "hold_up_confirmed": (
        RuleInputs(class_="panic", evidence=evidence("call", "denied")),
        RuleInputs(class_="burglary", evidence=evidence("call", "confirmed")),
    ),
    "hold_up_unreachable": (
        RuleInputs(class_="panic", evidence=evidence("call")),
        RuleInputs(class_="burglary", evidence=evidence("call", "unreachable")),
    ),
    "two_zones_or_principles": (
        RuleInputs(class_="burglary", signals=signals(("3", 0), ("4", 121))),
        RuleInputs(class_="burglary", signals=signals(("3", 0), ("3", 34))),
        RuleInputs(class_="burglary", signals=signals(("3", 0), ("", 34))),
        RuleInputs(class_="tamper", signals=signals(("3", 0), ("4", 34))),
    ),
    "guard_confirmed": (
        RuleInputs(class_="burglary", guard="nothing"),
        RuleInputs(class_="burglary", guard="no_access"),
    ),
    "video_suspicious_person": (
        RuleInputs(class_="burglary", evidence=evidence("video", "nothing_suspicious")),
        RuleInputs(class_="burglary", evidence=evidence("video")),
    ),
    "duress": (RuleInputs(class_="panic"),),
}


def test_every_rule_has_inputs_that_meet_it_and_inputs_that_do_not() -> None:
    rules = {rule.id for rule in PACK.rules}
    assert rules == set(FIRES) == set(DOES_NOT) == set(get_args(ReportAtOnceRule))


@pytest.mark.parametrize("rule", FIRES)
def test_it_is_met_by_what_it_asks_for_and_alone(rule: str) -> None:
    assert [one.id for one in newly_met(PACK, FIRES[rule], ())] == [rule]


@pytest.mark.parametrize(("rule", "inputs"), [(rule, one) for rule, some in DOES_NOT.items() for one in some])
def test_it_is_not_met_by_less(rule: str, inputs: RuleInputs) -> None:
    named = PACK.rule(rule)
    assert named is not None
    assert not met(named, inputs)


def test_a_rule_that_was_met_before_is_not_met_anew() -> None:
    assert newly_met(PACK, GLASS_THEN_MOTION, ("two_zones_or_principles",)) == ()


def test_another_pack_gives_another_answer() -> None:
    text = b"""
        id = "HOUSE"
        version = 1
        issued = "2026"
        zh = "\xe6\x9c\xac\xe4\xb8\xad\xe5\xbf\x83"
        en = "our own"
        [[rules]]
        id = "two_zones_or_principles"
        article = "HOUSE:1"
        when = "zones"
        within_seconds = 10
    """
    ours = read_at_once(text)
    assert newly_met(ours, GLASS_THEN_MOTION, ()) == ()
    assert ours.digest != PACK.digest


@pytest.mark.parametrize(
    "text", [b"id = ", b'id = "x"', b'id="x"\nversion=1\nissued="1"\nzh=""\nen=""\nmore=1']
)
def test_what_is_no_pack_is_refused(text: bytes) -> None:
    with pytest.raises(PackUnreadable):
        read_at_once(text)
