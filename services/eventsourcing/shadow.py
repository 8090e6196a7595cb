"""Decides again what was decided, on the state that the record implies, and says where the answer is another.

The test of every change: code that is about to be released is held beside all that ever happened. Where the record
was decided by this very code a difference means that a decision was not pure, or that the record is not what was
decided; where older code decided, it is what the release changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from services.contracts.codec import Unreadable, decode_decision
from services.contracts.envelope import Decision, LogMended
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import LogError, Record

COMPARED = ("time", "subject", "id", "answer", "events")
S = TypeVar("S")


class Difference(msgspec.Struct, frozen=True):
    """Where this code and the record part. `source`: the inbox offset; `code`: the version that decided it.

    `parts`: those of the decision that differ; "decided" where only one of the two decided anything at all.
    """

    partition: int
    source: int
    lies_at: int
    code: str
    parts: tuple[str, ...]
    recorded: Decision | None
    decided: Decision | None


class Shadow(Generic[S]):
    """One partition, folded from the record; never written to."""

    def __init__(self, folded: Partition[S], partition: int) -> None:
        """`folded`: behind a snapshot, or at the beginning; its `code` is the running version."""
        self.folded, self._partition = folded, partition

    def wanted(self, record: Record) -> range:
        """Which inbox offsets `take` needs for this record of the log; none where nothing was decided there."""
        decision = decode_decision(record.value)
        if not _was_decided(record, decision):
            return range(0)
        return range(self.folded.source.offset + 1, decision.source.offset + 1)

    def take(self, record: Record, inbox: Iterable[Record]) -> Iterator[Difference]:
        """Compare, then go on to the state after `record`. `inbox`: the records at the `wanted` offsets.

        Raises `LogBroken`, or `Unreadable` for a record of newer code. Exhaust it.
        """
        recorded = decode_decision(record.value)
        for asked in inbox:
            here = recorded if asked.offset == recorded.source.offset else None
            difference = self._compare(asked, here, recorded)
            if difference is not None:
                yield difference
        self.folded.fold(record)

    def _compare(self, asked: Record, recorded: Decision | None, by: Decision) -> Difference | None:
        decided = self._decided(asked)
        if decided is not None and recorded is not None:
            decided = replace(decided, code=recorded.code)
        if decided == recorded:
            return None
        if decided is None or recorded is None:
            parts: tuple[str, ...] = ("decided",)
        else:
            parts = tuple(name for name in COMPARED if getattr(decided, name) != getattr(recorded, name))
        return Difference(
            partition=self._partition,
            source=asked.offset,
            lies_at=by.lies_at,
            code=by.code,
            parts=parts,
            recorded=recorded,
            decided=decided,
        )

    def _decided(self, asked: Record) -> Decision | None:
        """What this code says; None also where it would stop."""
        try:
            return self.folded.would_decide(asked)
        except (Unreadable, LogError):
            return None


def _was_decided(record: Record, decision: Decision) -> bool:
    """Whether it counts and came of the inbox: genesis came of nothing, a mending of two persons' word."""
    return (
        decision.lies_at == record.offset
        and decision.source.offset >= 0
        and not any(isinstance(event, LogMended) for event in decision.events)
    )
