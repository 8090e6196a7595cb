"""The shape of every decision: `decide` says what follows, `evolve` what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

import msgspec

from services.contracts.envelope import Accepted, Already, Answer, Refused

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")

Outcome: TypeAlias = tuple[Answer, tuple[E, ...]]

ACCEPTED: Answer = Accepted()
ALREADY: Answer = Already()


def refused(reason: str, **params: str) -> Refused:
    """A refusal with its parameters."""
    return Refused(reason=reason, params=params)


class Decider(msgspec.Struct, Generic[S, C, E], frozen=True):
    """A pure state machine: where it starts, what it decides, how it changes."""

    initial: S
    decide: Callable[[S, C], Outcome[E]]
    evolve: Callable[[S, E], S]

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """The state after `events`, from `state` or from the start."""
        now = self.initial if state is None else state
        for event in events:
            now = self.evolve(now, event)
        return now
