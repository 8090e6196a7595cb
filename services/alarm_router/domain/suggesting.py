"""Which report-at-once rules an alarm meets by what was just decided: said once each, with what they rest on.

A signal, the evidence of a verification and a guard's result may each meet one. Suggested to a person: the machine
reports nothing to the police.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, get_args

from typing_extensions import TypeIs

from services.alarm_router.domain.happening import Happening, zone_of
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts import guard as g
from services.contracts.envelope import Event
from services.contracts.suggestion import ReportSuggested, RuleEvidence, RuleInputs, RuleSignal
from services.law.report_at_once import newly_met

PRIORITY = 1
Telling: TypeAlias = a.AlarmRaised | a.AlarmOccurred | a.AlarmVerified | g.GuardFound
_TELLING = frozenset(get_args(Telling))


def suggested(state: State, events: Iterable[Event]) -> tuple[ReportSuggested, ...]:
    """What follows from `events`, which are decided on `state` and not yet in it. Of one alarm only one of them tells."""
    return tuple(
        one
        for event in events
        if _tells(event) and (inputs := inputs_of(state, event)) is not None
        for one in _suggestions(state, event.alarm, inputs)
    )


def _tells(event: Event) -> TypeIs[Telling]:
    """Of each event of each decision: `isinstance` would ask four times."""
    return type(event) in _TELLING


def _suggestions(state: State, alarm: str, inputs: RuleInputs) -> Iterator[ReportSuggested]:
    pack, held = state.law.at_once, state.happenings.get(alarm)
    for rule in newly_met(pack, inputs, () if held is None else held.suggested):
        yield ReportSuggested(
            alarm=alarm,
            rule=rule.id,
            pack=pack.ref,
            article=rule.article,
            priority=PRIORITY,
            inputs=inputs,
        )


def inputs_of(state: State, event: Telling) -> RuleInputs | None:
    """What the event gives a rule to look at; None for an alarm that is no longer held."""
    if isinstance(event, a.AlarmRaised):
        return RuleInputs(class_=event.class_, signals=_signals((), event))
    held = state.happenings.get(event.alarm)
    if held is None:
        return None
    match event:
        case a.AlarmOccurred():
            return RuleInputs(class_=held.class_, signals=_signals(_heard(held), event))
        case a.AlarmVerified():
            evidence = tuple(RuleEvidence(kind=one.kind, found=one.found) for one in event.evidence)
            return RuleInputs(class_=held.class_, evidence=evidence)
        case g.GuardFound():
            return RuleInputs(class_=held.class_, guard=event.finding)


def _heard(held: Happening) -> tuple[RuleSignal, ...]:
    return tuple(RuleSignal(zone=zone, received_at=at) for zone, at in held.zones)


def _signals(
    before: tuple[RuleSignal, ...], event: a.AlarmRaised | a.AlarmOccurred
) -> tuple[RuleSignal, ...]:
    """The burglary signals, each with its zone. A tamper or a fault is none, wherever it is."""
    if event.class_ != "burglary":
        return ()
    return (*before, RuleSignal(zone=zone_of(event.zone), received_at=event.received_at))
