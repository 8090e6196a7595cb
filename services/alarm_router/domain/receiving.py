"""How long was received so far: the only time in which a line can fall silent.

The digests of one receiver run keep the time; nothing is reckoned by comparing clocks, so that one that was set back
or a second receiver can neither stop it nor make it run twice as fast. Another run takes over when it was heard three
times and the keeper not once between.

A digest may land long after it was made, also when another run has taken over: what it tells is not news. That is seen
by durations alone: between two digests of a run much less passed on its own clock than was received meanwhile.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from services.contracts.liveness import HeardDigest, RunTold

TAKES_OVER_AT = 3
LATE_US = 2_000_000
MOST_OTHERS = 8


class Told(NamedTuple):
    """The part of the received time that a digest tells of."""

    begin_us: int
    end_us: int


class ReceivedTime(msgspec.Struct):
    """`us`: microseconds that were received. `until`: the keeper's clock at the end of its last digest.

    `others`: what other runs told last, who did so longest ago first.
    """

    us: int = 0
    run: str = ""
    sequence: int = 0
    until: int = 0
    rival: str = ""
    rivals_digests: int = 0
    others: dict[str, RunTold] = msgspec.field(default_factory=dict)

    def take(self, digest: HeardDigest) -> Told | None:
        """Move on by the span of a digest that keeps the time; None for one that was taken before."""
        begin_us = self.us
        if digest.run == self.run:
            return Told(begin_us, self.us) if self._keep(digest) else None
        before = self.others.get(digest.run)
        if before is not None and digest.sequence <= before.sequence:
            return None
        late_us = _late_us(self.us, before, digest)
        self._challenge(digest, self.us - late_us)
        return Told(begin_us - late_us, self.us - late_us)

    def _keep(self, digest: HeardDigest) -> bool:
        if digest.sequence <= self.sequence:
            return False
        self.us += max(0, digest.until - max(digest.since, self.until))
        self.sequence, self.until = digest.sequence, digest.until
        self.rival, self.rivals_digests = "", 0
        return True

    def _challenge(self, digest: HeardDigest, told_us: int) -> None:
        self.rivals_digests = self.rivals_digests + 1 if digest.run == self.rival else 1
        self.rival = digest.run
        self._remember(digest.run, digest.sequence, digest.until, told_us)
        if self.rivals_digests < TAKES_OVER_AT and self.run:
            return
        if self.run:
            self._remember(self.run, self.sequence, self.until, self.us)
        else:
            self.us += max(0, digest.until - digest.since)
        self.run, self.sequence, self.until = digest.run, digest.sequence, digest.until
        self.rival, self.rivals_digests = "", 0
        del self.others[self.run]

    def _remember(self, run: str, sequence: int, until: int, told_us: int) -> None:
        self.others.pop(run, None)
        self.others[run] = RunTold(run=run, sequence=sequence, until=until, received_us=told_us)
        if len(self.others) > MOST_OTHERS:
            del self.others[next(iter(self.others))]


def _late_us(now_us: int, before: RunTold | None, digest: HeardDigest) -> int:
    """For how much of the received time the digest was under way; 0 where that is not known, or so little as is usual."""
    if before is None or digest.until < before.until:
        return 0
    late_us = (now_us - before.received_us) - (digest.until - before.until)
    return late_us if late_us > LATE_US else 0
