"""How long was received so far: the only time in which a line can fall silent.

The digests of one receiver run keep the time; nothing is reckoned by comparing clocks, so that one that was set back
or a second receiver can neither stop it nor make it run twice as fast. The next life of the receiver that keeps it
takes over at once; any other run when it was heard three times since the keeper was.

A digest may land long after it was made: what it tells is not news then. A receiver numbers its lives, so that one
that ended tells only of what was before the next one was heard. Of one whose number says nothing it is seen by
durations alone: between two digests of a run much less passed on its own clock than was received meanwhile. Only so
many can be under way: a run that goes on telling what is too late is alive, and believed.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import msgspec

from services.contracts.liveness import HeardDigest, LastHeard, RunTold
from services.contracts.stored import kept

TAKES_OVER_AT = 3
LATE_US = 2_000_000
MOST_OTHERS = 8
MOST_LATE = 16  # digests that one producer may have under way; a run that has more to say is alive
APART_US = 16  # room on the received time for lives of which nothing came in time, one below the other


class Told(NamedTuple):
    """The part of the received time that a digest tells of."""

    begin_us: int
    end_us: int


class ReceivedTime(msgspec.Struct):
    """`us`: microseconds that were received. `keeper`: the run that keeps the time.

    `runs`: what each told last, the keeper's and of `MOST_OTHERS`; who did so longest ago comes first. `rivals`: how
    many digests of each came since the keeper was heard.
    """

    us: int = 0
    keeper: str = ""
    rivals: dict[str, int] = msgspec.field(default_factory=dict)
    runs: dict[str, RunTold] = msgspec.field(default_factory=dict)

    @classmethod
    def remembering(cls, last: LastHeard) -> Self:
        """As it was when `last` was said."""
        keeper = last.keeper or RunTold(
            run=last.run, sequence=last.sequence, until=last.until, received_us=last.received_us
        )
        told = (*last.others, keeper) if last.run else last.others
        return cls(
            us=last.received_us,
            keeper=last.run,
            rivals={last.rival: last.rivals_digests} if last.rival else {},
            runs={one.run: one for one in told},
        )

    @property
    def others(self) -> tuple[RunTold, ...]:
        """Those that do not keep the time."""
        return tuple(told for run, told in self.runs.items() if run != self.keeper)

    def take(self, digest: HeardDigest) -> Told | None:
        """Move on by the span of a digest that keeps the time; None for one that was taken before."""
        before = self.runs.get(digest.run)
        if before is not None and digest.sequence <= before.sequence:
            return None
        ended_us = self._ended_us(digest)
        if before is None and ended_us is None and digest.receiver:
            # What an ended life tells from now on lies before all that this one heard.
            self._move_on(APART_US)
        begin_us = self.us
        if digest.run == self.keeper or (before is None and self._follows_the_keeper(digest)):
            self._keep(digest, before)
            self._remember(digest, self.us, begin_us, 0 if before is None else before.late)
            return Told(begin_us, self.us)
        told_us = self._take_of_another(digest, before, ended_us)
        return Told(told_us, told_us)

    def _take_of_another(self, digest: HeardDigest, before: RunTold | None, ended_us: int | None) -> int:
        """The received time to which its hearings belong. `ended_us`: what they come before, should it be too late."""
        late = 0 if before is None else before.late
        is_alive = late >= MOST_LATE
        if ended_us is not None and not is_alive:
            self._remember(digest, self.us, ended_us, late + 1)
            return ended_us
        late_us = 0 if is_alive else _late_us(self.us, before, digest)
        if ended_us is None:
            late = late + 1 if late_us else 0
        told_us = self.us - late_us
        self._remember(digest, told_us, self.us, late)
        self._challenge(digest.run)
        return told_us

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
        self._move_on(digest.until - since)
        self.keeper = digest.run
        self.rivals.clear()

    def _move_on(self, by_us: int) -> None:
        self.us = kept(self.us + max(0, by_us))

    def _challenge(self, run: str) -> None:
        self.rivals[run] = self.rivals.get(run, 0) + 1
        if self.rivals[run] >= TAKES_OVER_AT:
            self.keeper = run
            self.rivals.clear()

    def _remember(self, digest: HeardDigest, received_us: int, begun_us: int, late: int) -> None:
        """`begun_us`: what was received before this digest, should it be the first of its run."""
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
            gone = next(run for run in self.runs if run != self.keeper)
            del self.runs[gone]
            self.rivals.pop(gone, None)


def _ended(one: RunTold | HeardDigest, other: RunTold | HeardDigest) -> bool:
    """Whether both are of one receiver that says which one it is, and `other` of a later life."""
    return one.receiver == other.receiver != "" and one.life < other.life


def _late_us(now_us: int, before: RunTold | None, digest: HeardDigest) -> int:
    """For how much of the received time the digest was under way; 0 where that is not known, or so little as is usual."""
    if before is None or digest.until < before.until:
        return 0
    late_us = (now_us - before.received_us) - (digest.until - before.until)
    return late_us if late_us > LATE_US else 0
