"""One interruption (中断): facts of one site, judged once when they had time to settle, and over when all are.

What was covered by a window and what was not are never mixed in one. What comes before the judgement belongs to
it; what comes later is an interruption of its own, but for a fact that is only said again. What goes on under a window
is judged when it ended or the window did: what outlasts its window is not covered by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain.codes import ended_by
from services.alarm_router.domain.happening import zone_of
from services.contracts import interruption as i
from services.contracts.directory import SiteClass
from services.contracts.interruption import FactClass, Finding

KEPT_US = 7 * 86_400_000_000  # over and judged: then the record alone has it
KEPT_FACTS = 64

T = TypeVar("T")


class Held(msgspec.Struct, frozen=True, gc=False):
    """A fact that goes on. `covered_by`: the window that covered it when it was said last."""

    fact: FactClass
    code: str
    zone: str
    covered_by: str | None


class Interruption(msgspec.Struct, frozen=True, gc=False):
    """An interruption. `covered`: by windows, every fact of it; `going_on`: what is not yet over, the newest 64.

    `said`: classes and codes of its facts. `over_at`: when the last of them ended, if all have. `judged_at`: None while
    it settles.
    """

    id: str
    subject: str
    site: str | None
    site_class: SiteClass | None
    division: str | None
    received_at: int
    settles_at: int
    covered: bool
    going_on: tuple[Held, ...] = ()
    said: tuple[tuple[FactClass, str], ...] = ()
    windows: tuple[str, ...] = ()
    over_at: int | None = None
    judged_at: int | None = None
    finding: Finding | None = None


def began(event: i.InterruptionBegan, at: int) -> Interruption:
    """The interruption as it begins."""
    begun = Interruption(
        id=event.interruption,
        subject=event.subject,
        site=event.subject if event.site_known else None,
        site_class=event.site_class,
        division=event.division,
        received_at=event.fact.received_at,
        settles_at=event.settles_at,
        covered=event.fact.covered_by is not None,
    )
    return _with(begun, event.fact, at)


def evolve(interruption: Interruption, event: i.InterruptionEvent, at: int) -> Interruption:
    """The interruption after `event`, decided at `at`."""
    return FOLDS[type(event)](interruption, event, at)


def next_deadline(interruption: Interruption, ends: Collection[int]) -> int | None:
    """When something is due if nothing else happens. `ends`: until when each thing that goes on is covered."""
    if interruption.judged_at is None:
        settles = interruption.settles_at
        return max(settles, min(ends)) if ends else settles
    if interruption.over_at is None:
        return None
    return max(interruption.over_at, interruption.judged_at) + KEPT_US


def takes_in(interruption: Interruption, fact: i.Fact) -> bool:
    """Whether a fact belongs to it: while it settles; later only what it has already, said again."""
    if interruption.judged_at is None:
        return interruption.covered == (fact.covered_by is not None)
    return any(key(one) == key(_held(fact)) for one in interruption.going_on)


def ended_in(interruption: Interruption, code: str, zone: str) -> tuple[Held, ...]:
    """What goes on in it that a restore of `code` in `zone` ends."""
    ends, here = ended_by(code), zone_of(zone)
    return tuple(one for one in interruption.going_on if one.code in ends and one.zone == here)


def key(held: Held) -> str:
    """A fact's name within its interruption."""
    return f"{held.fact}/{held.code}/{held.zone}"


def _held(fact: i.Fact) -> Held:
    return Held(fact.fact, fact.code, zone_of(fact.zone), fact.covered_by)


def _with(interruption: Interruption, fact: i.Fact, at: int) -> Interruption:
    held = _held(fact)
    others = tuple(one for one in interruption.going_on if key(one) != key(held))
    going_on = others if fact.momentary else (*others, held)[-KEPT_FACTS:]
    windows = interruption.windows if fact.covered_by is None else (*interruption.windows, fact.covered_by)
    return replace(
        interruption,
        going_on=going_on,
        said=_distinct((*interruption.said, (fact.fact, fact.code))),
        windows=_distinct(windows),
        over_at=None if going_on else at,
    )


def _distinct(many: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(many))[-KEPT_FACTS:]


def _widened(interruption: Interruption, event: i.InterruptionWidened, at: int) -> Interruption:
    return _with(interruption, event.fact, at)


def _restored(interruption: Interruption, event: i.InterruptionRestored, at: int) -> Interruption:
    over = (event.fact, event.code, zone_of(event.zone))
    rest = tuple(one for one in interruption.going_on if (one.fact, one.code, one.zone) != over)
    return replace(interruption, going_on=rest, over_at=None if rest else at)


def _settled(interruption: Interruption, event: i.InterruptionSettled, at: int) -> Interruption:
    return replace(interruption, judged_at=at, finding=event.judgement.finding)


def _revised(interruption: Interruption, event: i.InterruptionRevised, _: int) -> Interruption:
    return replace(interruption, finding=event.judgement.finding)


def _adopted(interruption: Interruption, event: i.InterruptionAdopted, _: int) -> Interruption:
    return replace(interruption, site=event.site, site_class=event.site_class, division=event.division)


# What changes an interruption that is held; the book begins and forgets it.
FOLDS: Final[Mapping[type, Callable[..., Interruption]]] = {
    i.InterruptionWidened: _widened,
    i.InterruptionRestored: _restored,
    i.InterruptionSettled: _settled,
    i.InterruptionRevised: _revised,
    i.InterruptionAdopted: _adopted,
}
