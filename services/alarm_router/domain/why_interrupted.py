"""The rules behind what is said of interruptions: facts, windows, settling, judgements and each clause that was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from msgspec.structs import replace

from services.alarm_router.domain.asking import ARTICLE, article_id, said_by
from services.alarm_router.domain.interruption import Interruption
from services.alarm_router.domain.state import State
from services.alarm_router.domain.weighed import Past, Weighed, Weighing, asked, plain
from services.contracts import interruption as i
from services.contracts.envelope import Event
from services.law.pack import legal_day, stack_for
from services.picture.why import Recorded


def _began(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("i.InterruptionBegan", one.event)
    yield from _fact(past.state, one, event.subject, event.fact)


def _widened(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("i.InterruptionWidened", one.event)
    held = past.state.book.held.get(event.interruption)
    if held is not None:
        yield from _fact(past.state, one, held.subject, event.fact)
        yield from _settling(past.state, one, held, "waits")


def _fact(state: State, one: Recorded, subject: str, fact: i.Fact) -> Iterator[Weighed]:
    yield asked(one, "interruption.fact", {"code": fact.code, "qualifier": "new"}, fact.fact)
    windows = plain(state.book.windows_at(subject))
    inputs = {"fact": fact.fact, "received_at": fact.received_at, "windows": windows}
    late = "entered_afterwards" if fact.afterwards else "uncovered"
    yield asked(one, "interruption.window", inputs, "covered" if fact.covered_by is not None else late)


def _settling(state: State, one: Recorded, held: Interruption, outcome: str) -> Iterator[Weighed]:
    if held.judged_at is None:
        inputs = {"interruption": plain(held), "ends": state.book.ends(held), "at": one.time}
        yield asked(one, "interruption.settling", inputs, outcome, spoke=outcome == "settled")


def _settled(past: Past, one: Recorded, _: Sequence[Event]) -> Iterator[Weighed]:
    event = cast("i.InterruptionSettled", one.event)
    held = past.state.book.held.get(event.interruption)
    if held is not None:
        yield from _settling(past.state, one, held, "settled")
        yield from _judged(past.state, one, held, event.judgement, anew=False)


def _revised(past: Past, one: Recorded, decided: Sequence[Event]) -> Iterator[Weighed]:
    """What was adopted in the same decision is known by then."""
    event = cast("i.InterruptionRevised", one.event)
    held = past.state.book.held.get(event.interruption)
    adopted = [
        x for x in decided if isinstance(x, i.InterruptionAdopted) and x.interruption == event.interruption
    ]
    if held is not None and adopted:
        known = replace(held, site_class=adopted[-1].site_class, division=adopted[-1].division)
        yield from _judged(past.state, one, known, event.judgement, anew=True)


def _judged(
    state: State, one: Recorded, held: Interruption, judgement: i.Judgement, *, anew: bool
) -> Iterator[Weighed]:
    """The judgement, and each clause that it asked. What other packs judged is not asked again by ours."""
    stack = stack_for(state.law, held.division, legal_day(held.received_at))
    covered = judgement.finding == "covered"
    if not covered and judgement.packs != tuple(pack.ref for pack in stack):
        return
    inputs = {
        "interruption": plain(held), "ends": state.book.ends(held), "at": one.time, "anew": anew
    }  # fmt: skip
    yield asked(one, "interruption.judgement", inputs, said_by(judgement))
    named = {f"{ARTICLE}{x.pack}:{x.article}({x.clause})" for x in judgement.candidates}
    for pack in () if covered else stack:
        for clause in pack.clauses:
            name = article_id(pack, clause)
            yield asked(
                one, name, inputs, "named" if name in named else "not_named", spoke=name in named, pack=None
            )


WEIGHED: Final[Mapping[type, Weighing]] = {
    i.InterruptionBegan: _began,
    i.InterruptionWidened: _widened,
    i.InterruptionSettled: _settled,
    i.InterruptionRevised: _revised,
}
