"""How long was received so far: the only time in which a line can fall silent.

The digests of one receiver run keep the time; nothing is reckoned by comparing clocks, so that one that was set back
or a second receiver can neither stop it nor make it run twice as fast. The next life of the receiver that keeps it
takes over at once; any other run when it was heard three times and the keeper not once between.

A digest may land long after it was made: what it tells is not news then. A receiver numbers its lives, so that one
that ended tells only of what was before the next one was heard. Of one whose number says nothing it is seen by
durations alone: between two digests of a run much less passed on its own clock than was received meanwhile.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import msgspec

from services.contracts.liveness import HeardDigest, LastHeard, RunTold

TAKES_OVER_AT = 3
LATE_US = 2_000_000
MOST_OTHERS = 8
MOST_LATE = 64  # digests that one producer may have under way when its process dies: a minute of them


class Told(NamedTuple):
    """The part of the received time that a digest tells of."""

    begin_us: int
    end_us: int


class ReceivedTime(msgspec.Struct):
    """`us`: microseconds that were received. `keeper`: the run that keeps the time.

    `runs`: what each told last, the keeper's and of `MOST_OTHERS`; who did so longest ago comes first.
    """

    us: int = 0
    keeper: str = ""
    rival: str = ""
    rivals_digests: int = 0
    runs: dict[str, RunTold] = msgspec.field(default_factory=dict)

    @classmethod
    def remembering(cls, last: LastHeard) -> Self:
        """As it was when `last` was said."""
        keeper = last.keeper or RunTold(
            run=last.run, sequence=last.sequence, until=last.until, received_us=last.received_us
        )
        told = (keeper, *last.others) if last.run else last.others
        return cls(
            us=last.received_us,
            keeper=last.run,
            rival=last.rival,
            rivals_digests=last.rivals_digests,
            runs={one.run: one for one in told},
        )

    @property
    def others(self) -> tuple[RunTold, ...]:
        """Those that do not keep the time."""
        return tuple(told for told in self.runs.values() if told.run != self.keeper)

    def take(self, digest: HeardDigest) -> Told | None:
        """Move on by the span of a digest that keeps the time; None for one that was taken before."""
        before = self.runs.get(digest.run)
        if before is not None and digest.sequence <= before.sequence:
            return None
        if before is None and any(_ended(told, digest) for told in self.runs.values()):
            self.us += 1  # what an ended life told lies before all that this one heard
        begin_us = self.us
        if digest.run == self.keeper or self._follows_the_keeper(digest):
            self._keep(digest, before)
            self._remember(digest, self.us, begin_us)
            return Told(begin_us, self.us)
        late = 0 if before is None else before.late
        ended_us = self._ended_us(digest)
        if ended_us is not None and late < MOST_LATE:
            self._remember(digest, self.us, begin_us, late + 1)
            return Told(ended_us, ended_us)
        told_us = self.us - _late_us(self.us, before, digest)
        self._remember(digest, told_us, begin_us, late)
        self._challenge(digest.run)
        return Told(told_us, told_us)

    def _follows_the_keeper(self, digest: HeardDigest) -> bool:
        """Whether nobody keeps the time yet, or an earlier life of the same receiver does."""
        keeper = self.runs.get(self.keeper)
        return keeper is None or _ended(keeper, digest)

    def _ended_us(self, digest: HeardDigest) -> int | None:
        """The last moment before a later life of the same receiver was heard; None: none was."""
        later = (told.begun_us for told in self.runs.values() if _ended(digest, told))
        begun_us = min(later, default=None)
        return None if begun_us is None else begun_us - 1

    def _keep(self, digest: HeardDigest, before: RunTold | None) -> None:
        since = digest.since if before is None else max(digest.since, before.until)
        self.us += max(0, digest.until - since)
        self.keeper, self.rival, self.rivals_digests = digest.run, "", 0

    def _challenge(self, run: str) -> None:
        self.rivals_digests = self.rivals_digests + 1 if run == self.rival else 1
        self.rival = run
        if self.rivals_digests >= TAKES_OVER_AT:
            self.keeper, self.rival, self.rivals_digests = run, "", 0

    def _remember(self, digest: HeardDigest, received_us: int, begun_us: int, late: int = 0) -> None:
        """`begun_us`: the time that was received before this digest, should it be the first of its run."""
        before = self.runs.pop(digest.run, None)
        self.runs[digest.run] = RunTold(
            run=digest.run,
            sequence=digest.sequence,
            until=digest.until,
            received_us=received_us,
            receiver=digest.receiver,
            life=digest.life,
            begun_us=begun_us if before is None else before.begun_us,
            late=late,
        )
        if len(self.runs) > MOST_OTHERS + 1:
            del self.runs[next(run for run in self.runs if run != self.keeper)]


def _ended(one: RunTold | HeardDigest, other: RunTold | HeardDigest) -> bool:
    """Whether both are of one receiver that says which one it is, and `other` of a later life."""
    return one.receiver == other.receiver != "" and one.life < other.life


def _late_us(now_us: int, before: RunTold | None, digest: HeardDigest) -> int:
    """For how much of the received time the digest was under way; 0 where that is not known, or so little as is usual."""
    if before is None or digest.until < before.until:
        return 0
    late_us = (now_us - before.received_us) - (digest.until - before.until)
    return late_us if late_us > LATE_US else 0
