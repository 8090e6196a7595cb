"""A rule that was asked, and the record as it was then: what `why` is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from services.alarm_router.domain.state import FOLDS, State
from services.contracts import alarm as a
from services.contracts.envelope import Event
from services.contracts.interruption import PackRef
from services.picture.why import Recorded

Inputs: TypeAlias = dict[str, Any]


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was asked. `outcome`: by the record; `recomputed`: None where its pack is not here.

    `spoke`: something happened by it; else it was looked at and nothing followed.
    """

    recorded: Recorded
    rule: str
    inputs: Inputs
    outcome: str
    recomputed: str | None = None
    spoke: bool = True
    articles: tuple[str, ...] = ()
    pack: PackRef | None = None


class Past(msgspec.Struct):
    """The record so far. `divisions`: of the alarms' sites."""

    state: State
    divisions: dict[str, str | None] = {}

    def take(self, one: Recorded) -> None:
        """Fold one event."""
        if isinstance(one.event, a.AlarmRaised | a.AlarmAdopted):
            self.divisions[one.event.alarm] = one.event.division
        FOLDS[type(one.event)](self.state, one.event, one.time)


Weighing: TypeAlias = Callable[[Past, Recorded, Sequence[Event]], Iterator[Weighed]]


def asked(  # noqa: PLR0913 - a rule and what the record says of it
    one: Recorded,
    rule: str,
    inputs: Inputs,
    outcome: str,
    *,
    spoke: bool = True,
    articles: tuple[str, ...] = (),
    pack: PackRef | None = None,
) -> Weighed:
    """The rule, to be asked again."""
    return Weighed(
        recorded=one, rule=rule, inputs=inputs, outcome=outcome, spoke=spoke, articles=articles, pack=pack
    )


def plain(value: object) -> Any:
    """As JSON has it."""
    return msgspec.to_builtins(value)
