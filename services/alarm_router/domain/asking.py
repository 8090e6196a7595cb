"""The rules by which the router decides, each to be asked with nothing but its inputs, and all that it can say.

Nothing is decided here: every rule calls the function that decides. `why` takes the inputs from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, get_args

import msgspec

from services.alarm_router.domain import answering, interrupting, suggesting
from services.alarm_router.domain import happening as happenings
from services.alarm_router.domain import interruption as interruptions
from services.alarm_router.domain import maintenance_window as windows
from services.alarm_router.domain import signal as signals
from services.alarm_router.domain.alarm import KEPT_US, Alarm
from services.alarm_router.domain.codes import PRIORITY, Logged, class_of, fact_of, priority_of, why_logged
from services.alarm_router.domain.interruption import Interruption
from services.alarm_router.domain.line import Heard
from services.alarm_router.domain.maintenance_window import Window
from services.contracts.alarm import AlarmClass
from services.contracts.envelope import Refused
from services.contracts.interruption import KIND, FactClass, Judgement, Why
from services.contracts.refusal import AlarmAct
from services.contracts.suggestion import RuleInputs
from services.law import gates
from services.law.pack import Clause, Law, Pack
from services.law.report_at_once import met

Inputs: TypeAlias = Mapping[str, Any]
NO_CODE: Final = frozenset({"raw", "malformed", "system"})  # not decided by a panel's code
AT_ONCE: Final = "report_at_once."
ARTICLE: Final = "article."


class Rule(NamedTuple):
    """A rule. `says`: all that it can answer; None: a refusal's reason, of which each command has its own."""

    ask: Callable[[Inputs, Law], str]
    says: frozenset[str] | None


def rules_of(law: Law) -> dict[str, Rule]:
    """Every rule by its id: those of the code, and those of the packs."""
    at_once = {
        AT_ONCE + rule.id: Rule(_at_once(rule.id), frozenset(("met", "not_met")))
        for rule in law.at_once.rules
    }
    articles = {ref: Rule(_article(ref), _named_by(clause)) for ref, clause in _clauses(law)}
    return {**RULES, **at_once, **articles}


def article_id(pack: Pack, clause: Clause) -> str:
    """How the rule is called that a clause is."""
    return f"{ARTICLE}{pack.id}:{clause.article}({clause.clause})"


def said_by(judgement: Judgement) -> str:
    """What a judgement of an interruption comes to, in one word."""
    return f"{judgement.finding}/{judgement.why}"


def _clauses(law: Law) -> Iterator[tuple[str, Clause]]:
    for pack in law.packs:
        for clause in pack.clauses:
            yield article_id(pack, clause), clause


def _named_by(clause: Clause) -> frozenset[str]:
    """What is said of a clause. One about video alone is never named while no receiver takes video in."""
    return frozenset(("named", "not_named") if KIND in clause.kinds else ("not_named",))


def _at_once(name: str) -> Callable[[Inputs, Law], str]:
    def ask(inputs: Inputs, law: Law) -> str:
        rule = law.at_once.rule(name)
        return "met" if rule is not None and met(rule, msgspec.convert(inputs, RuleInputs)) else "not_met"

    return ask


def _article(ref: str) -> Callable[[Inputs, Law], str]:
    def ask(inputs: Inputs, law: Law) -> str:
        found = _judgement(inputs, law).candidates
        return (
            "named"
            if ref in {f"{ARTICLE}{one.pack}:{one.article}({one.clause})" for one in found}
            else "not_named"
        )

    return ask


def _class(inputs: Inputs, _: Law) -> str:
    return class_of(inputs["code"])


def _logged(inputs: Inputs, _: Law) -> str:
    return why_logged(inputs["code"], inputs["qualifier"]) or "surfaced"


def _repetition(inputs: Inputs, _: Law) -> str:
    recent = msgspec.convert(inputs["recent"], list[Heard])
    again = signals.likeness(recent, msgspec.convert(inputs["signal"], Heard)) == "again"
    return "retransmit" if again else "taken"


def _occurrence(inputs: Inputs, _: Law) -> str:
    near = happenings.is_near(inputs["heard_before"], inputs["received_at"])
    like = happenings.is_like(inputs["class"], inputs["alarm_class"], inputs["alarm_priority"])
    return "joined" if near and like else "own_alarm"


def _priority(inputs: Inputs, _: Law) -> str:
    if inputs["met"] is not None:
        return str(suggesting.PRIORITY)
    return str(priority_of(inputs["class"], inputs["code"], inputs["before"]))


def _claim_clock(inputs: Inputs, _: Law) -> str:
    waits = inputs["claimed_by"] is None and not gates.is_in_time(inputs["claim_due"], inputs["at"])
    return "fell_due" if waits else "in_time"


def _receipt_clock(inputs: Inputs, _: Law) -> str:
    return "in_time" if gates.is_in_time(inputs["ask_at"], inputs["at"]) else "asked_again"


def _archive(inputs: Inputs, _: Law) -> str:
    return "kept" if gates.is_in_time(inputs["closed_at"] + KEPT_US, inputs["at"]) else "archived"


def _stands_off(inputs: Inputs, _: Law) -> str:
    return "stands_off" if gates.stands_off(inputs["class"], asked=inputs["asked"]) else "goes_in"


def _verification(inputs: Inputs, _: Law) -> str:
    return gates.why_not_verified(inputs["class"], inputs["evidence"]) or "accepted"


def _escalation(inputs: Inputs, _: Law) -> str:
    return gates.why_not_escalated(inputs["class"], inputs["verification"], inputs["rule"]) or "accepted"


def _command(inputs: Inputs, _: Law) -> str:
    alarm, command = msgspec.convert(inputs["alarm"], Alarm), msgspec.convert(inputs["command"], AlarmAct)
    said, _events = answering.answer(alarm, command, "", inputs["at"])
    return said.reason if isinstance(said, Refused) else "accepted"


def _fact(inputs: Inputs, _: Law) -> str:
    if inputs["code"] == interrupting.SILENCE:
        return "silence"
    return fact_of(inputs["code"], inputs["qualifier"]) or "none"


def _window(inputs: Inputs, _: Law) -> str:
    here = msgspec.convert(inputs["windows"], list[Window])
    covering, late = windows.judged(here, inputs["fact"], inputs["received_at"])
    return "covered" if covering else "entered_afterwards" if late else "uncovered"


def _settling(inputs: Inputs, _: Law) -> str:
    held = msgspec.convert(inputs["interruption"], Interruption)
    due = interruptions.next_deadline(held, inputs["ends"].values())
    return "waits" if due is None or inputs["at"] < due else "settled"


def _judgement(inputs: Inputs, law: Law) -> Judgement:
    held = msgspec.convert(inputs["interruption"], Interruption)
    return interrupting.judged(law, held, inputs["ends"], inputs["at"], anew=inputs["anew"])


def _finding(inputs: Inputs, law: Law) -> str:
    return said_by(_judgement(inputs, law))


FINDINGS: Final = {
    "covered/window",
    "lead/article",
    *(f"notice/{why}" for why in get_args(Why) if why not in {"window", "article"}),
}
VERIFIED: Final = frozenset(("accepted", *get_args(gates.NotVerified)))
RULES: Final[Mapping[str, Rule]] = {
    "signal.logged": Rule(_logged, frozenset(("surfaced", *get_args(Logged)))),
    "signal.repetition": Rule(_repetition, frozenset(("retransmit", "taken"))),
    "alarm.class": Rule(_class, frozenset(get_args(AlarmClass)) - NO_CODE),
    "alarm.occurrence": Rule(_occurrence, frozenset(("joined", "own_alarm"))),
    "alarm.priority": Rule(_priority, frozenset(map(str, PRIORITY.values()))),
    "alarm.claim_clock": Rule(_claim_clock, frozenset(("fell_due", "in_time"))),
    "alarm.archive": Rule(_archive, frozenset(("archived", "kept"))),
    "guard.stands_off": Rule(_stands_off, frozenset(("stands_off", "goes_in"))),
    "verification.evidence": Rule(_verification, VERIFIED - {"duress.no_call"}),
    "duress.no_call": Rule(_verification, VERIFIED),
    "escalation.verified": Rule(_escalation, frozenset(("accepted", *get_args(gates.NotEscalated)))),
    "escalation.receipt_clock": Rule(_receipt_clock, frozenset(("asked_again", "in_time"))),
    "command.answer": Rule(_command, None),
    "interruption.fact": Rule(_fact, frozenset(("none", *get_args(FactClass)))),
    "interruption.window": Rule(_window, frozenset(("covered", "entered_afterwards", "uncovered"))),
    "interruption.settling": Rule(_settling, frozenset(("waits", "settled"))),
    "interruption.judgement": Rule(_finding, frozenset(FINDINGS)),
}
