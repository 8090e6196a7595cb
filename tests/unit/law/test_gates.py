"""The questions that every alarm is asked: each answer both ways."""

from __future__ import annotations

import pytest

from services.contracts.alarm import AlarmClass
from services.contracts.commands import ReportAtOnceRule, VerificationResult
from services.law import gates

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("kind", "due"), [("burglary", 30), ("panic", 30), ("duress", None), ("power", None)]
)
def test_a_guard_is_due_where_one_is_needed_and_never_by_itself_under_duress(
    kind: AlarmClass, due: int | None
) -> None:
    assert gates.guard_due(kind, 0) == (None if due is None else due * SECOND)


@pytest.mark.parametrize(("due", "done", "in_time"), [(30, 29, True), (30, 30, False), (None, 999, True)])
def test_in_time_is_before_the_clock_ran_out(due: int | None, done: int, in_time: bool) -> None:
    assert gates.is_in_time(due, done) is in_time


def test_a_guard_stands_off_under_duress_or_when_told_to() -> None:
    assert gates.stands_off("duress", asked=False)
    assert gates.stands_off("burglary", asked=True)
    assert not gates.stands_off("burglary", asked=False)


@pytest.mark.parametrize(
    ("kind", "kinds", "reason"),
    [
        ("burglary", ["call"], None),
        ("burglary", [], "alarm.evidence_needed"),
        ("burglary", ["other"] * 20, None),
        ("burglary", ["other"] * 21, "alarm.evidence_needed"),
        ("duress", ["video"], None),
        ("duress", ["video", "call"], "duress.no_call"),
    ],
)
def test_what_a_verification_may_stand_on(kind: AlarmClass, kinds: list[str], reason: str | None) -> None:
    assert gates.why_not_verified(kind, kinds) == reason


@pytest.mark.parametrize(
    ("kind", "verification", "rule", "reason"),
    [
        ("burglary", None, None, "alarm.not_verified"),
        ("burglary", None, "guard_confirmed", "alarm.not_verified"),
        ("burglary", "confirmed", None, None),
        ("burglary", "false_alarm", "duress", "alarm.verified_false"),
        ("burglary", "undetermined", None, "alarm.rule_needed"),
        ("burglary", "undetermined", "guard_confirmed", None),
        ("duress", None, "duress", None),
        ("duress", "false_alarm", "duress", "alarm.verified_false"),
    ],
)
def test_what_may_be_reported_to_the_police(
    kind: AlarmClass,
    verification: VerificationResult | None,
    rule: ReportAtOnceRule | None,
    reason: str | None,
) -> None:
    assert gates.why_not_escalated(kind, verification, rule) == reason


@pytest.mark.parametrize(
    ("division", "articles"),
    [
        ("350102", ("FJ-2015:16(3)", "CN-NBBW-2004:11(4)", "CN-BA-2022:29(2)")),
        ("210102", ("CN-NBBW-2004:11(4)", "CN-BA-2022:29(2)")),
        (None, ("CN-NBBW-2004:11(4)", "CN-BA-2022:29(2)")),
    ],
    ids=["in Fujian", "elsewhere", "nobody knows where"],
)
def test_by_which_articles_a_confirmed_alarm_is_reported(
    division: str | None, articles: tuple[str, ...]
) -> None:
    assert gates.articles(division) == articles
