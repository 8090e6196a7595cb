"""Who was heard, until a digest says it: the registered lines by partition, and the span that was received.

A digest that could not be appended, or whose fate is unknown, is said again by the next one, which begins where it
began. While this process stood still (a stopped machine, a starved one) nothing was received: then the span begins
anew, so that nobody falls silent by our own absence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from services.contracts.liveness import HeardDigest
from services.contracts.stored import MOST
from services.contracts.topics import PARTITIONS

ASLEEP_US = 2_000_000
MOST_LINES = 10_000  # of one digest: 760 KB at most


class Life(msgspec.Struct, frozen=True):
    """Which receiver, and which of its lives: each has a greater number than the one before. Empty: not known."""

    receiver: str = ""
    number: Annotated[int, msgspec.Meta(ge=0, lt=MOST)] = 0


NOT_KNOWN = Life()


class _Partition(msgspec.Struct):
    """`in_doubt`: what was told last may lie in the log or not, and is told again by the same `ahead_us`."""

    since: int
    ahead_us: int = 0
    in_doubt: bool = False
    heard: dict[str, int] = msgspec.field(default_factory=dict)  # by line, the longest ago first


class HeardLines:
    """Of one receiver run. Times are UTC microseconds of a clock that nobody sets, kept in whole milliseconds.

    Digests tell these, and what is told again must be the same instant: another one would be another hearing.
    """

    def __init__(self, run: str, now: int, life: Life = NOT_KNOWN) -> None:
        self._run = run
        self._life = life
        self._sequence = 0
        self._awake_at = now
        self._partitions = tuple(_Partition(now) for _ in range(PARTITIONS))

    def hear(self, partition: int, line: str, now: int) -> None:
        """Note a valid frame of a registered line."""
        heard = self._partitions[partition].heard
        heard.pop(line, None)
        heard[line] = _whole(now)

    def awake(self, now: int) -> None:
        """Note that this process runs; to be called more often than every `ASLEEP_US`."""
        if not 0 <= now - self._awake_at <= ASLEEP_US:
            self.begin(now)
        self._awake_at = now

    def begin(self, now: int) -> None:
        """Note that nothing was received before."""
        self._awake_at = now
        for partition in self._partitions:
            partition.since = _whole(now)

    def digests(self, now: int, ahead_us: int = 0) -> list[list[HeardDigest]]:
        """By partition, with all that was not kept yet: one, or several where one would be too large.

        `ahead_us`: by how much the time of day is before `now`.
        """
        self.awake(now)
        return [list(self._parts(partition, _whole(now), _whole(ahead_us))) for partition in self._partitions]

    def kept(self, partition: int, digest: HeardDigest) -> None:
        """Forget what the digest said; it lies in the log. A line that was heard once more is to be told."""
        told = self._partitions[partition]
        told.in_doubt = digest.more
        told.since = max(told.since, digest.until)
        for line, ago_ms in zip(digest.lines, digest.ago_ms, strict=True):
            heard = told.heard[line]
            if heard <= digest.until and _ago_ms(heard, digest.until) == ago_ms:
                del told.heard[line]

    def _parts(self, partition: _Partition, now: int, ahead_us: int) -> Iterator[HeardDigest]:
        if not partition.in_doubt:
            partition.ahead_us, partition.in_doubt = ahead_us, True
        lines, last = tuple(partition.heard), (max(1, len(partition.heard)) - 1) // MOST_LINES
        for part in range(last + 1):
            its = lines[part * MOST_LINES : (part + 1) * MOST_LINES]
            self._sequence += 1
            yield HeardDigest(
                run=self._run,
                sequence=self._sequence,
                since=now if part else partition.since,
                until=now,
                lines=its,
                ago_ms=tuple(_ago_ms(partition.heard[line], now) for line in its),
                more=part < last,
                receiver=self._life.receiver,
                life=self._life.number,
                ahead_us=partition.ahead_us,
            )


def _whole(now: int) -> int:
    return now - now % 1_000


def _ago_ms(heard: int, now: int) -> int:
    """A clock that was set back meanwhile shows what is to come."""
    return max(0, now - heard) // 1000
