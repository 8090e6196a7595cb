"""Why an alarm was decided as it was: each decision with its rule, and what it was judged on."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from services.contracts.interruption import PackRef
from services.contracts.stored import Stored

RuleId: TypeAlias = Literal[
    "alarm.class",
    "alarm.occurrence",
    "alarm.priority",
    "alarm.claim_clock",
    "alarm.archive",
    "command.answer",
    "guard.stands_off",
    "verification.evidence",
    "duress.no_call",
    "escalation.verified",
    "escalation.receipt_clock",
    "report_at_once.hold_up_confirmed",
    "report_at_once.hold_up_unreachable",
    "report_at_once.two_zones_or_principles",
    "report_at_once.guard_confirmed",
    "report_at_once.video_suspicious_person",
    "report_at_once.duress",
]


class Reason(Stored, frozen=True, kw_only=True):
    """One rule behind one event of the record.

    `inputs`: what it was judged on, from the record alone. `outcome`: what the record says. `recomputed`: what the
    rule says now of the same inputs; null where the pack that decided is not here. `holds`: whether both agree.
    """

    partition: int
    offset: int
    time: int
    type: str
    rule: RuleId
    pack: PackRef | None = None
    articles: tuple[str, ...] = ()
    inputs: dict[str, Any]
    outcome: str
    recomputed: str | None
    holds: bool | None


class AlarmWhy(Stored, frozen=True, kw_only=True):
    """All reasons of one alarm, in the order of the record."""

    alarm: str
    reasons: tuple[Reason, ...]
