"""Every rule that is in the code and in the packs says, while the scenarios run, all that it can say: also that it is silent.

What was said is taken from the decisions that were recorded, by what explains an alarm; what can be said, from the code
(`asking.rules_of`), the packs and the reasons that stand in the deciders.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from services.alarm_router.domain.asking import Rule, rules_of
from services.alarm_router.domain.weighed import Weighed
from services.alarm_router.domain.why import explain, weigh
from services.contracts.alarm import AlarmRaised
from services.contracts.envelope import Accepted, Refused
from services.law.shelf import shipped
from tests.unit.alarm_router.playing import Played, names, read

Said: TypeAlias = tuple[str, str]  # a rule's id, and one of its answers

LAW = shipped()
RULES = rules_of(LAW)
SERVICES = Path(__file__).parents[3] / "services"
DECIDERS = (*(SERVICES / "alarm_router" / "domain").glob("*.py"), SERVICES / "law" / "gates.py")
REASON = re.compile(
    r"(alarm|duress|guard|escalation|window|system|role|scope)\.[a-z_]+|too_(early|late|old)|internal"
)
REFUSING = {"refused", "_refused", "Refused", "_once", "_was_done"}


@cache
def played(name: str) -> Played:
    return Played(read(name), LAW)


@cache
def weighed(name: str) -> tuple[Weighed, ...]:
    return tuple(weigh(played(name).record(), LAW))


def said_in(scenarios: Collection[str]) -> set[Said]:
    return {(one.rule, one.outcome) for name in scenarios for one in weighed(name)}


def refused_in(scenarios: Collection[str]) -> set[str]:
    """The reasons of the recorded decisions."""
    answers = (one.answer for name in scenarios for one in played(name).decisions)
    return {answer.reason for answer in answers if isinstance(answer, Refused)}


def never_silent(scenarios: Collection[str]) -> set[Said]:
    """The reasons by which something was refused that no scenario has accepted: nobody saw them not apply."""
    answers = [one for name in scenarios for one in played(name).answers]
    accepted = {what for what, answer in answers if isinstance(answer, Accepted)}
    return {
        (f"accepted {what}", answer.reason)
        for what, answer in answers
        if isinstance(answer, Refused) and what not in accepted
    }


def sayable(rules: dict[str, Rule] = RULES) -> set[Said]:
    return {(name, answer) for name, rule in rules.items() for answer in rule.says or ()}


def reasons_in_the_code() -> set[str]:
    """Every reason that a decider gives: an argument of what refuses, or what a function says `why` by."""
    return {reason for path in DECIDERS for reason in _reasons(ast.parse(path.read_text("utf-8")))}


def _reasons(tree: ast.AST) -> Iterator[str]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSING:
            texts = [*node.args, *(word.value for word in node.keywords if word.arg == "reason")]
            yield from (text for part in texts for text in _texts(part))
        elif isinstance(node, ast.Return | ast.Assign) and node.value is not None:
            yield from (text for text in _texts(node.value))


def _texts(node: ast.AST) -> Iterator[str]:
    """Reasons that stand there as they are, or are chosen between."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and REASON.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def missing(scenarios: Collection[str]) -> set[Said]:
    """What no scenario made a rule say, no decision refuse, or nothing but refuse."""
    refusals = {("refused", reason) for reason in reasons_in_the_code() - refused_in(scenarios)}
    return (sayable() - said_in(scenarios)) | refusals | never_silent(scenarios)


def test_the_scenarios_make_every_rule_say_all_that_it_can() -> None:
    assert missing(names()) == set()


def test_no_rule_says_what_the_code_does_not_know_of() -> None:
    known = sayable() | {("command.answer", reason) for reason in reasons_in_the_code()}
    assert said_in(names()) - known == set()
    assert refused_in(names()) - reasons_in_the_code() == set()


@pytest.mark.parametrize("name", names())
def test_each_step_makes_the_rules_speak_that_it_names(name: str) -> None:
    before = 1
    for step, behind in zip(read(name).step, played(name).marks, strict=True):
        said = {
            f"{one.rule} {one.outcome}" for one in weighed(name) if before <= one.recorded.offset < behind
        }
        assert set(step.then) - said == set(), f"{step.sends or step.does}: {sorted(said)}"
        before = behind


@pytest.mark.parametrize("name", names())
def test_asked_again_every_rule_says_what_the_record_says(name: str) -> None:
    assert [one for one in weighed(name) if one.recomputed != one.outcome] == []


@pytest.mark.parametrize("name", names())
def test_an_alarm_is_explained_by_its_own_events_as_by_the_whole_record(name: str) -> None:
    record = played(name).record()
    for alarm in {one.event.alarm for one in record if isinstance(one.event, AlarmRaised)}:
        own = [one for one in record if getattr(one.event, "alarm", None) == alarm]
        told = [(one.offset, one.rule, one.outcome, one.inputs, one.holds) for one in explain(own, LAW)]
        assert told == [
            (one.recorded.offset, one.rule, one.outcome, one.inputs, True)
            for one in weighed(name)
            if one.spoke and getattr(one.recorded.event, "alarm", None) == alarm
        ]
        assert told


@pytest.mark.parametrize(
    ("without", "unsaid"),
    [
        ("duress", ("duress.no_call", "duress.no_call")),
        ("burglary", ("report_at_once.two_zones_or_principles", "met")),
        ("interruption_fujian", ("article.FJ-2015:15(7)", "named")),
        ("interruption_before_the_law", ("interruption.judgement", "notice/no_article")),
        ("refusals_of_windows", ("refused", "window.documents_needed")),
    ],
)
def test_a_rule_that_no_scenario_makes_speak_is_named(without: str, unsaid: Said) -> None:
    assert unsaid in missing(set(names()) - {without})


def test_a_rule_that_never_is_silent_is_named() -> None:
    silent = ("report_at_once.duress", "not_met")
    assert silent in sayable() - said_in({"duress"})
    assert silent not in missing(names())


def test_a_command_that_is_refused_everywhere_is_named() -> None:
    wanted = ("accepted command.verify_alarm.v1", "duress.no_call")
    assert wanted in never_silent({"duress"})
    assert wanted not in missing(names())


def test_a_rule_that_is_new_in_a_pack_is_wanted() -> None:
    with_one_more = {
        **RULES,
        "article.XX-2030:1(1)": Rule(lambda _, __: "named", frozenset(("named", "not_named"))),
    }
    assert ("article.XX-2030:1(1)", "named") in sayable(with_one_more) - said_in(names())
