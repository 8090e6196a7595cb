"""When each supervised line of a partition was last heard, and which were not for too long.

A million lines are watched without looking at them: lines of one time-out stand in a ring in the order in which they
were heard, so only the first of each ring can be overdue, and being heard moves a line to the end, or, by a digest
that came late, to its place before it. The rings are links in arrays, 26 bytes a line; a heap, or rings of objects, took
three to ten times the memory or the time.

The watch keeps no flag of who is silent: it compares who is overdue with who is silent in the partition's state.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice

from services.alarm_router.domain.receiving import ReceivedTime
from services.alarm_router.domain.silence import Silence, Supervised
from services.contracts.liveness import HeardDigest, LastHeard, SystemHeard, SystemSilent
from services.contracts.stored import kept

LINES_PER_CHUNK = 6_000  # 670 KB at most
LINES_AT_ONCE = 1_000  # about a millisecond
SENDER = "router"


class Watch:
    """Of one partition. Fed with digests in their order and with the state; says what is to be reported."""

    def __init__(self) -> None:
        self.time = ReceivedTime()
        self._slots: dict[str, int] = {}
        self._names: list[str] = []
        self._free: list[int] = []
        self._rings: dict[
            int, int
        ] = {}  # by time-out, the slot that stands before the first and behind the last
        self._places: dict[
            int, int
        ] = {}  # by ring, behind whom the digest's next line that comes late is put
        self._before, self._after = array("i"), array("i")
        self._heard_us, self._heard_at, self._timeout_us = array("q"), array("q"), array("q")
        # `_heard_at` is negative for a line that is only awaited since then: nobody heard it.
        self._overdue: set[str] = set()
        self.is_whole = True  # False while parts of the keeper's digest are to come
        self._followed: Silence | None = None
        self._changes = 0

    def __len__(self) -> int:
        """How many are watched."""
        return len(self._slots)

    @property
    def overdue(self) -> int:
        """How many were not heard for their time-out."""
        return len(self._overdue)

    @property
    def knows_the_register(self) -> bool:
        """Whether it has followed since it is here."""
        return self._followed is not None

    def hear(self, digest: HeardDigest) -> None:
        """Take a digest: time goes on, and its lines were heard."""
        told = self.time.take(digest)
        if told is None:
            return
        told_at, slots = kept(digest.until + digest.ahead_us), self._slots
        self._places.clear()
        for line, ago_ms in zip(digest.lines, digest.ago_ms, strict=False):
            slot = slots.get(line)
            if slot is not None:
                ago_us = max(0, ago_ms) * 1000
                self._heard(slot, max(told.begin_us, told.end_us - ago_us), max(1, told_at - ago_us))
        if digest.run == self.time.keeper:
            self.is_whole = not digest.more
        if self.is_whole and not digest.more:
            self._sweep()

    def follow(self, silence: Silence, now: int) -> Iterator[None]:
        """Supervise what the register says from now on; what is new, or is judged otherwise, is awaited anew.

        Gives others their turn now and then: exhaust it. `now`: UTC microseconds, for who was never heard.
        """
        changes = silence.changes
        behind = silence.changes - self._changes
        if silence is not self._followed or behind > len(silence.latest):
            changed = [*self._slots, *silence.supervised]
        else:
            changed = list(islice(reversed(silence.latest), behind))
        for count, line in enumerate(dict.fromkeys(changed), 1):
            self._supervise(line, silence, now)
            if count % LINES_AT_ONCE == 0:
                yield
        self._followed, self._changes = silence, changes

    def reports(self, silence: Silence, now: int) -> Iterator[SystemSilent | SystemHeard]:
        """Where the state differs from what was heard, by the lines' names. `now`: when it is sent, UTC microseconds.

        A silent line that is awaited anew was heard only if it was heard since; one that was restored, if that is told.
        """
        for line in sorted(self._overdue - silence.silent.keys()):
            if (known := silence.supervised.get(line)) is not None:
                yield self._silent(line, known, silence.told.get(line, 0), now)
        for line in sorted(silence.silent.keys() - self._overdue):
            known, slot = silence.supervised.get(line), self._slots.get(line)
            if known is not None and slot is not None and 0 < self._heard_at[slot] != silence.silent[line]:
                yield SystemHeard(
                    sender=SENDER,
                    sent_at=now,
                    subject=known.subject,
                    account_space=known.account_space,
                    account=known.account,
                    told=silence.told.get(line, 0),
                    heard_at=self._heard_at[slot],
                )

    def remembered(self, offset: int) -> Iterator[LastHeard]:
        """All that is known, for a restart that reads digests from `offset` on."""
        time = self.time
        keeper = time.runs.get(time.keeper)
        rival, rivals_digests = max(time.rivals.items(), key=lambda one: one[1], default=("", 0))
        lines = list(self._slots)
        starts = range(0, max(1, len(lines)), LINES_PER_CHUNK)
        for chunk, start in enumerate(starts):
            part = lines[start : start + LINES_PER_CHUNK]
            slots = [self._slots[line] for line in part]
            yield LastHeard(
                offset=offset,
                chunk=chunk,
                chunks=len(starts),
                run=time.keeper,
                sequence=0 if keeper is None else keeper.sequence,
                until=0 if keeper is None else keeper.until,
                received_us=time.us,
                lines=tuple(part),
                heard_us=tuple(self._heard_us[slot] for slot in slots),
                heard_at=tuple(abs(self._heard_at[slot]) for slot in slots),
                timeouts_us=tuple(self._timeout_us[slot] for slot in slots),
                awaited=tuple(place for place, slot in enumerate(slots) if self._heard_at[slot] < 0),
                rival=rival,
                rivals_digests=rivals_digests,
                others=time.others,
                keeper=keeper,
            )

    @classmethod
    def remembering(cls, chunks: Sequence[LastHeard]) -> Watch:
        """The watch that said `chunks`, all of one `remembered`."""
        watch, first = cls(), chunks[0]
        watch.time = ReceivedTime.remembering(first)
        known = [
            row
            for chunk in chunks
            for row in zip(chunk.heard_us, chunk.lines, chunk.heard_at, chunk.timeouts_us, strict=True)
        ]
        awaited = {chunk.lines[place] for chunk in chunks for place in chunk.awaited}
        for heard_us, line, heard_at, timeout_us in sorted(known):
            watch._put(watch._slot(line, timeout_us), heard_us, -heard_at if line in awaited else heard_at)
        watch._sweep()
        return watch

    def _silent(self, line: str, known: Supervised, told: int, now: int) -> SystemSilent:
        slot = self._slots[line]
        return SystemSilent(
            sender=SENDER,
            sent_at=now,
            subject=known.subject,
            account_space=known.account_space,
            account=known.account,
            told=told,
            last_heard_at=abs(self._heard_at[slot]),
            timeout_us=self._timeout_us[slot],
        )

    def _supervise(self, line: str, silence: Silence, now: int) -> None:
        known, slot = silence.supervised.get(line), self._slots.get(line)
        if slot is not None and (known is None or known.timeout_us != self._timeout_us[slot]):
            since = silence.silent.get(line, abs(self._heard_at[slot]))
            self._forget(line, slot)
        elif known is None or slot is not None:
            return
        else:
            since = silence.silent.get(line, now)
        if known is None:
            return
        self._put(self._slot(line, known.timeout_us), self.time.us, -since)

    def _heard(self, slot: int, heard_us: int, heard_at: int) -> None:
        """It was heard, unless it is known to have been heard later than what is told so late."""
        if heard_us < self._heard_us[slot]:
            return
        if self._overdue and self._names[slot] in self._overdue:
            self._overdue.discard(self._names[slot])
        else:
            self._take_out(slot)
        self._put(slot, heard_us, heard_at)

    def _sweep(self) -> None:
        """Take who is overdue from the front of each ring."""
        now_us = self.time.us
        for timeout_us, ring in self._rings.items():
            slot = self._after[ring]
            while slot != ring and self._heard_us[slot] + timeout_us <= now_us:
                self._take_out(slot)
                self._overdue.add(self._names[slot])
                slot = self._after[ring]

    def _put(self, slot: int, heard_us: int, heard_at: int) -> None:
        """Into its ring: at the end, unless it was heard before others that are known to have been."""
        self._heard_us[slot], self._heard_at[slot] = heard_us, heard_at
        ring = self._rings[self._timeout_us[slot]]
        before = self._before[ring]
        if before != ring and self._heard_us[before] > heard_us:
            place = self._places.get(ring, slot)
            before = before if place == slot else place
            while before != ring and self._heard_us[before] > heard_us:
                before = self._before[before]
            self._places[ring] = slot
        after = self._after[before]
        self._after[before] = self._before[after] = slot
        self._before[slot], self._after[slot] = before, after

    def _take_out(self, slot: int) -> None:
        before, after = self._before[slot], self._after[slot]
        self._after[before], self._before[after] = after, before

    def _forget(self, line: str, slot: int) -> None:
        if line in self._overdue:
            self._overdue.discard(line)
        else:
            self._take_out(slot)
        del self._slots[line]
        self._names[slot] = ""
        self._free.append(slot)

    def _slot(self, line: str, timeout_us: int) -> int:
        """A place for the line, in no ring yet; its ring is made if need be."""
        if timeout_us not in self._rings:
            ring = self._rings[timeout_us] = self._new_slot("")
            self._before[ring] = self._after[ring] = ring
        slot = self._slots[line] = self._new_slot(line)
        self._timeout_us[slot] = timeout_us
        return slot

    def _new_slot(self, name: str) -> int:
        if self._free:
            slot = self._free.pop()
            self._names[slot] = name
            return slot
        self._names.append(name)
        for column in (self._before, self._after, self._heard_us, self._heard_at, self._timeout_us):
            column.append(0)
        return len(self._names) - 1
