"""How long was received so far: the only time in which a line can fall silent.

The digests of one receiver run keep the time; nothing is reckoned by comparing clocks, so that one that was set back
or a second receiver can neither stop it nor make it run twice as fast. Another run takes over when it was heard three
times and the keeper not once between.
"""

from __future__ import annotations

import msgspec

from services.contracts.liveness import HeardDigest

TAKES_OVER_AT = 3


class ReceivedTime(msgspec.Struct):
    """`us`: microseconds that were received. `until`: the keeper's clock at the end of its last digest."""

    us: int = 0
    run: str = ""
    sequence: int = 0
    until: int = 0
    rival: str = ""
    rivals_digests: int = 0

    def take(self, digest: HeardDigest) -> bool:
        """Move on by the span of a digest that keeps the time; False for one that was taken before."""
        if digest.run == self.run:
            return self._keep(digest)
        self._challenge(digest)
        return True

    def _keep(self, digest: HeardDigest) -> bool:
        if digest.sequence <= self.sequence:
            return False
        self.us += max(0, digest.until - max(digest.since, self.until))
        self.sequence, self.until = digest.sequence, digest.until
        self.rival, self.rivals_digests = "", 0
        return True

    def _challenge(self, digest: HeardDigest) -> None:
        self.rivals_digests = self.rivals_digests + 1 if digest.run == self.rival else 1
        self.rival = digest.run
        if self.rivals_digests < TAKES_OVER_AT and self.run:
            return
        if not self.run:
            self.us += max(0, digest.until - digest.since)
        self.run, self.sequence, self.until = digest.run, digest.sequence, digest.until
        self.rival, self.rivals_digests = "", 0
