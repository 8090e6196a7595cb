"""Why an alarm was decided as it was: the rules asked again, with nothing but what the record says.

The events of an alarm are folded one after the other; before each, what its rule looks at is taken from the picture as
it was then, and the very function that decides is asked once more. What comes out stands beside what was recorded: if
they differ, the record was decided by other rules, or is not the record that was decided.

An occurrence is not explained here: whether a signal belongs to an alarm depends on the other alarms of its site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from services.contracts import alarm as a
from services.contracts.alarm import AlarmClass
from services.contracts.envelope import Event
from services.contracts.guard import GuardOrdered
from services.contracts.interruption import PackRef
from services.contracts.suggestion import ReportSuggested, RuleInputs
from services.contracts.views import AlarmView
from services.contracts.why import Reason, RuleId
from services.law import gates
from services.law.report_at_once import AtOncePack, met
from services.picture.alarm_view import At, Views, changes_by

Inputs: TypeAlias = Mapping[str, Any]
NO_CODE: Final = frozenset({"raw", "malformed", "system"})  # not decided by a panel's code
AT_ONCE: Final = "report_at_once."


class Rules(msgspec.Struct, frozen=True):
    """What is asked again: the report-at-once rules, and what a panel's code means."""

    at_once: AtOncePack
    class_of: Callable[[str], AlarmClass]


class Recorded(msgspec.Struct, frozen=True):
    """An event as it lies in the record. `time`: partition time, UTC microseconds."""

    partition: int
    offset: int
    time: int
    event: Event


class _Judged(msgspec.Struct, frozen=True):
    """What the record says of one rule."""

    rule: RuleId
    inputs: dict[str, Any]
    outcome: str
    articles: tuple[str, ...] = ()
    pack: PackRef | None = None


def explain(alarm: str, events: Iterable[Recorded], rules: Rules) -> tuple[Reason, ...]:
    """The reasons of one alarm, in the order of its events."""
    views = Views()
    reasons: list[Reason] = []
    for one in events:
        judged = _judged(views.alarms.get(alarm), one)
        reasons += [_reason(one, rule, rules) for rule in judged]
        views.take(changes_by(views, At(one.partition, one.offset, one.time), (one.event,)))
    return tuple(reasons)


def ask(rule: RuleId, inputs: Inputs, rules: Rules) -> str:
    """What the rule says of these inputs. Raises `KeyError` for an input that is missing."""
    if rule.startswith(AT_ONCE):
        return _ask_at_once(rule.removeprefix(AT_ONCE), inputs, rules)
    return _ASKED[rule](inputs, rules)


def _reason(one: Recorded, judged: _Judged, rules: Rules) -> Reason:
    is_ours = judged.pack is None or judged.pack == rules.at_once.ref
    recomputed = ask(judged.rule, judged.inputs, rules) if is_ours else None
    return Reason(
        partition=one.partition,
        offset=one.offset,
        time=one.time,
        type=str(one.event.__struct_config__.tag),
        rule=judged.rule,
        pack=judged.pack,
        articles=judged.articles,
        inputs=judged.inputs,
        outcome=judged.outcome,
        recomputed=recomputed,
        holds=None if recomputed is None else recomputed == judged.outcome,
    )


def _judged(before: AlarmView | None, one: Recorded) -> Iterator[_Judged]:
    """The rules behind an event, and what they looked at. `before`: the alarm as it was."""
    event = one.event
    if isinstance(event, a.AlarmRaised):
        if event.class_ not in NO_CODE:
            yield _Judged("alarm.class", {"code": event.code}, event.class_)
    elif before is None:
        return
    elif isinstance(event, a.ClaimFellDue):
        inputs = {"claim_due": before.claim_due, "at": one.time, "claimed_by": before.claimed_by}
        yield _Judged("alarm.claim_clock", inputs, "fell_due")
    elif isinstance(event, GuardOrdered):
        inputs = {"class": before.class_, "asked": event.stand_off and before.class_ != "duress"}
        yield _Judged("guard.stands_off", inputs, "stands_off" if event.stand_off else "goes_in")
    else:
        yield from _judged_work(before, event)


def _judged_work(before: AlarmView, event: Event) -> Iterator[_Judged]:
    if isinstance(event, a.AlarmVerified):
        rule: RuleId = "duress.no_call" if before.class_ == "duress" else "verification.evidence"
        yield _Judged(
            rule, {"class": before.class_, "evidence": [one.kind for one in event.evidence]}, "accepted"
        )
    elif isinstance(event, a.AlarmEscalated):
        result = None if before.verification is None else before.verification.result
        inputs = {"class": before.class_, "verification": result, "rule": event.rule}
        yield _Judged("escalation.verified", inputs, "accepted", gates.articles(before.division))
    elif isinstance(event, ReportSuggested):
        inputs = msgspec.to_builtins(event.inputs)
        named: RuleId = f"report_at_once.{event.rule}"  # type: ignore[assignment]  # held by a unit test
        yield _Judged(named, inputs, "met", (event.article,), event.pack)


def _ask_at_once(name: str, inputs: Inputs, rules: Rules) -> str:
    rule = rules.at_once.rule(name)
    if rule is None:
        return "no_rule"
    return "met" if met(rule, msgspec.convert(inputs, RuleInputs)) else "not_met"


def _ask_class(inputs: Inputs, rules: Rules) -> str:
    return rules.class_of(inputs["code"])


def _ask_claim_clock(inputs: Inputs, _: Rules) -> str:
    waits = inputs["claimed_by"] is None and not gates.is_in_time(inputs["claim_due"], inputs["at"])
    return "fell_due" if waits else "in_time"


def _ask_stands_off(inputs: Inputs, _: Rules) -> str:
    return "stands_off" if gates.stands_off(inputs["class"], asked=inputs["asked"]) else "goes_in"


def _ask_verification(inputs: Inputs, _: Rules) -> str:
    return gates.why_not_verified(inputs["class"], inputs["evidence"]) or "accepted"


def _ask_escalation(inputs: Inputs, _: Rules) -> str:
    return gates.why_not_escalated(inputs["class"], inputs["verification"], inputs["rule"]) or "accepted"


_ASKED: Final[Mapping[str, Callable[[Inputs, Rules], str]]] = {
    "alarm.class": _ask_class,
    "alarm.claim_clock": _ask_claim_clock,
    "guard.stands_off": _ask_stands_off,
    "verification.evidence": _ask_verification,
    "duress.no_call": _ask_verification,
    "escalation.verified": _ask_escalation,
}
RULES: Final = frozenset(_ASKED)
