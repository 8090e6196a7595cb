"""Digests of ended lives land late and in any order: nobody is silent who was heard, and a restart changes nothing.

The model knows one receiver, when on the received time each line was heard, and which digests are still under way: the
last of each life, since a life tells again what it could not tell.
"""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.alarm_router.domain.receiving import APART_US, MOST_OTHERS
from services.alarm_router.domain.silence import Silence, Supervised
from services.alarm_router.domain.watch import Watch
from services.contracts.codec import decode_inbox, encode
from services.contracts.liveness import HeardDigest, LastHeard, SystemSilent
from services.contracts.stored import MOST

SECOND = 1_000_000
LINES = ("a", "b", "c")
TIMEOUT_US = 8 * SECOND
STEPS = 60
APART = MOST_OTHERS * APART_US  # microseconds that are nobody's


class Model:
    """`heard`: by line, from when to when on the received time it may have been heard last, as far as told."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.silence = Silence()
        for line in LINES:
            self.silence.supervised[line] = Supervised("site", "a", line, TIMEOUT_US)
        self.watch, self.twin = Watch(), Watch()
        self.life, self.sequence, self.clock, self.received = 1, 0, 0, 0
        self.begun = [0, 0]  # by life, what was received when it was heard first
        self.under_way: list[tuple[int, HeardDigest]] = []  # with what was received when it was made
        self.heard: dict[str, tuple[int, int]] = {}
        self._second()
        self.heard = dict.fromkeys(LINES, (self.received, self.received))  # awaited since then

    def step(self) -> None:
        draw = self.random.random()
        if draw < 0.6:
            self._second()
        elif draw < 0.75 and self.life < MOST_OTHERS:
            self._next_life()
        elif draw < 0.9 and self.under_way:
            self._land_late()
        else:
            self.twin = Watch.remembering(list(self.twin.remembered(0)))
        self._judge()

    def _second(self) -> None:
        """Received and told in time."""
        digest = self._digest()
        self.received += SECOND
        for line in digest.lines:
            self.heard[line] = (self.received, self.received)
        self._land(digest)

    def _digest(self) -> HeardDigest:
        """A second of the life that is now."""
        since, self.clock = self.clock, self.clock + SECOND
        self.sequence += 1
        lines = tuple(line for line in LINES if self.random.random() < 0.2)
        return HeardDigest(
            run=f"run-{self.life}",
            sequence=self.sequence,
            since=since,
            until=self.clock,
            lines=lines,
            ago_ms=(0,) * len(lines),
            receiver="receiver",
            life=self.life,
        )

    def _next_life(self) -> None:
        """What the last one made last is under way; the clock of the next one is another."""
        if self.random.random() < 0.7:
            self.under_way.append((self.received, self._digest()))
        self.life, self.sequence = self.life + 1, 0
        self.clock = self.random.choice((0, self.clock, self.clock + 1_000 * SECOND))
        self.begun.append(self.received)
        self._second()

    def _land_late(self) -> None:
        made, digest = self.under_way.pop(self.random.randrange(len(self.under_way)))
        for line in digest.lines:
            first, last = self.heard[line]
            self.heard[line] = (max(first, made), max(last, self.begun[digest.life + 1]))
        self._land(digest)

    def _land(self, digest: HeardDigest) -> None:
        for watch in (self.watch, self.twin):
            watch.hear(digest)
            assert not list(watch.follow(self.silence, 1))

    def _judge(self) -> None:
        silent = {one.account for one in self.watch.reports(self.silence, 1) if isinstance(one, SystemSilent)}
        received = self.watch.time.us
        for line, (first, last) in self.heard.items():
            if line in silent:
                assert received - first >= TIMEOUT_US, (line, first, received)
            else:
                assert received - last < TIMEOUT_US + APART, (line, last, received)
        assert known(self.watch) == known(self.twin)


def known(watch: Watch) -> tuple[object, ...]:
    """All that matters from here on."""
    (last,) = watch.remembered(0)
    lines = sorted(zip(last.lines, last.heard_us, last.heard_at, strict=True))
    runs = {one.run: one for one in (*last.others, last.keeper) if one is not None}
    return lines, runs, last.run, last.received_us, watch.overdue


WHOLE = st.one_of(st.integers(-MOST, MOST), st.integers(-3, 3), st.sampled_from((MOST, -MOST)))
DIGESTS = st.builds(
    HeardDigest,
    run=st.sampled_from(("run-1", "run-2")),
    sequence=WHOLE,
    since=WHOLE,
    until=WHOLE,
    lines=st.lists(st.sampled_from(LINES)).map(tuple),
    ago_ms=st.lists(WHOLE).map(tuple),
    more=st.booleans(),
    receiver=st.sampled_from(("", "receiver")),
    life=WHOLE,
    ahead_us=WHOLE,
)


@given(st.lists(DIGESTS, max_size=6))
def test_whatever_numbers_a_digest_has_the_watch_goes_on_and_its_memory_can_be_read(
    digests: list[HeardDigest],
) -> None:
    model = Model(Random(0))
    for digest in digests:
        model.watch.hear(digest)
        (memory,) = model.watch.remembered(0)
        for report in model.watch.reports(model.silence, 1):
            decode_inbox(encode(report))
        Watch.remembering([msgspec.json.decode(encode(memory), type=LastHeard)])


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=150)
@example(0)
def test_late_digests_make_nobody_silent_and_nobody_heard(seed: int) -> None:
    model = Model(Random(seed))
    for _ in range(STEPS):
        model.step()
