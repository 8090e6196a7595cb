"""The questions that every alarm is asked before something is done about it. Pure, so that an answer can be had again.

The router decides by these, and whoever explains a decision asks them once more with what the record says.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

from services.contracts.alarm import AlarmClass
from services.contracts.commands import ReportAtOnceRule, VerificationResult

NotVerified: TypeAlias = Literal["alarm.evidence_needed", "duress.no_call"]
NotEscalated: TypeAlias = Literal["alarm.not_verified", "alarm.verified_false", "alarm.rule_needed"]

GUARD_WITHIN_US = 30_000_000  # the default clock of a centre: a guard is ordered within 30 s
MAX_EVIDENCE = 20
# Who verifies reports what is confirmed (FJ, Fujian); units and guards report a crime that they find at once.
_REPORTED_BY = (("35", "FJ-2015:16(3)"), ("", "CN-NBBW-2004:11(4)"), ("", "CN-BA-2022:29(2)"))
# A guard goes to these at once; under duress only on a person's word, and then to stand off.
NEEDS_GUARD: frozenset[AlarmClass] = frozenset({"burglary", "panic"})


def articles(division: str | None) -> tuple[str, ...]:
    """Where it stands that a confirmed alarm is reported, for a site of this division (GB/T 2260)."""
    return tuple(article for where, article in _REPORTED_BY if (division or "").startswith(where))


def guard_due(class_: AlarmClass, raised_at: int) -> int | None:
    """Until when a guard is to be ordered, UTC microseconds; None where the class asks for none."""
    return raised_at + GUARD_WITHIN_US if class_ in NEEDS_GUARD else None


def is_in_time(due: int | None, done_at: int) -> bool:
    """Whether something was done before its clock ran out."""
    return due is None or done_at < due


def stands_off(class_: AlarmClass, *, asked: bool) -> bool:
    """Whether a guard waits near the site and out of sight: always under duress."""
    return asked or class_ == "duress"


def why_not_verified(class_: AlarmClass, kinds: Collection[str]) -> NotVerified | None:
    """Why a verification on evidence of these kinds is refused. Under duress nobody calls the site."""
    if not 0 < len(kinds) <= MAX_EVIDENCE:
        return "alarm.evidence_needed"
    return "duress.no_call" if class_ == "duress" and "call" in kinds else None


def why_not_escalated(
    class_: AlarmClass, verification: VerificationResult | None, rule: ReportAtOnceRule | None
) -> NotEscalated | None:
    """Why a report to the police is refused: nothing is reported without a recorded verification (FJ-2015:16(3)).

    Under duress the code that was entered is the verification: it is recorded together with the report.
    """
    if class_ == "duress" and verification is None:
        return None
    if verification is None:
        return "alarm.not_verified"
    if verification == "false_alarm":
        return "alarm.verified_false"
    return "alarm.rule_needed" if verification == "undetermined" and rule is None else None
