"""Who was truly heard, and for how long anybody received: against it every silence that is decided is judged.

A line may be called silent only for its time-out of receiving: it is reckoned by the lives of the receivers, not by
what they say. It may be called heard again only for a time that it was heard and was told of. What a receiver heard and
had told nobody when it died was heard by nobody.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.alarm_router.domain.silence import Supervised
from services.contracts.liveness import HeardDigest, SystemFellSilent, SystemHeardAgain
from services.contracts.topics import line_key
from services.simulation.process import Process
from services.simulation.world import World, expect

ROUNDED_US = 1_000  # digests tell milliseconds
LOOKS_S = 2.0  # a watch looks so soon behind what it read
KNOWN_AFTER_S = 60.0  # no watch that knows the register of before lives so long
UNDER_WAY_US = 7_000_000  # a watch looks at a state before its decision landed


class Hearing(NamedTuple):
    """A line was heard: when on the time that was received, and when since the world began."""

    received_us: int
    at_s: float


class Told(NamedTuple):
    """A hearing, and when it was there for the watch to read."""

    hearing: Hearing
    told_s: float


class Hearings:
    """Of all lines in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ended_us = 0
        self._receiver: Process | None = None
        self._heard: defaultdict[str, dict[str, dict[int, Hearing]]] = defaultdict(dict)
        self._told: defaultdict[str, dict[int, Told]] = defaultdict(dict)
        self._told_of: dict[tuple[str, str], int] = {}
        self._timeouts: dict[str, int] = {}
        self._changed_s: dict[str, float] = {}
        self._changed_us: dict[str, int] = {}  # on the time that was received
        self._looked_s: dict[int, float] = {}

    def receives(self, process: Process) -> None:
        """From now on it is this process that receives."""
        self._ended_us = self._received_us()
        self._receiver = process

    def hear(self, run: str, line: str, now: int) -> None:
        """The receiver hears a line. `now`: by its clock that nobody sets."""
        hearing = Hearing(self._received_us(), asyncio.get_running_loop().time())
        self._heard[run].setdefault(line, {})[now - now % ROUNDED_US] = hearing

    def tell(self, lines: Iterable[str], digest: HeardDigest) -> None:
        """A digest landed. `lines`: those of its partition."""
        heard = self._heard[digest.run]
        ago = dict(zip(digest.lines, digest.ago_ms, strict=True))
        for line in lines:
            before = [now for now in heard.get(line, ()) if now <= digest.until]
            if line in ago:
                at = digest.until - ago[line] * 1000
                missed = [now for now in before if at < now < digest.until]
                expect(at in before and not missed, f"{line} is said to have been heard at {at}")
                self._told_of[digest.run, line] = max(at, self._told_of.get((digest.run, line), 0))
                told = Told(heard[line][at], asyncio.get_running_loop().time())
                self._told[line].setdefault(at + digest.ahead_us, told)
            missed = [now for now in before if self._told_of.get((digest.run, line), 0) < now < digest.until]
            expect(not missed, f"{line} was heard at {missed} and no digest says so")

    def follow(self, supervised: Mapping[str, Supervised], lines: Iterable[str]) -> None:
        """What the register says now of these lines."""
        for line in lines:
            known = supervised.get(line)
            timeout_us = 0 if known is None else known.timeout_us
            if self._timeouts.get(line) != timeout_us:
                self._timeouts[line] = timeout_us
                self._changed_s[line] = asyncio.get_running_loop().time()
                self._changed_us[line] = self._received_us()

    def look(self, now: int) -> None:
        """A watch looks at the state. `now`: by its clock; since then it awaits whom it did not know."""
        self._looked_s.setdefault(now, asyncio.get_running_loop().time())

    def judge(self, event: SystemFellSilent | SystemHeardAgain, sent_at: int) -> None:
        """What was decided of a line. `sent_at`: when the watch reported it, by its clock."""
        line = line_key(event.account_space, event.account)
        if isinstance(event, SystemFellSilent):
            self._world.seen["fell silent"] += 1
            self._fell_silent(line, event, sent_at)
        else:
            self._world.seen["heard again"] += 1
            self._heard_again(line, event)

    def _received_us(self) -> int:
        return self._ended_us + (0 if self._receiver is None else self._receiver.ran_us())

    def _fell_silent(self, line: str, event: SystemFellSilent, sent_at: int) -> None:
        told = self._told[line]
        last = told.get(event.last_heard_at)
        if last is None:
            self._awaited(line, event)
            return
        begun, looked_s = last.hearing.received_us, self._looked_s[sent_at]
        after = [
            one.hearing.received_us
            for one in told.values()
            if one.hearing.received_us > begun and one.told_s < looked_s - LOOKS_S
        ]
        unheard_us = min(after, default=self._received_us()) - begun
        expect(
            unheard_us + ROUNDED_US >= event.timeout_us,
            f"{line} fell silent and was unheard for {unheard_us} us of {event.timeout_us}",
        )

    def _awaited(self, line: str, event: SystemFellSilent) -> None:
        """It is awaited since a watch came to know of it, for its time-out at least.

        If it is known for long, it was never heard before: somebody who forgot would say that.
        """
        since = event.last_heard_at
        expect(since in self._looked_s, f"{line} is silent since {since}, when nobody heard or awaited it")
        unheard_us = self._received_us() - self._changed_us[line]
        expect(
            unheard_us + UNDER_WAY_US >= event.timeout_us,
            f"{line} fell silent and was awaited for {unheard_us} us of {event.timeout_us}",
        )
        since_s = self._changed_s[line] + KNOWN_AFTER_S
        forgotten = [
            at
            for at, one in self._told[line].items()
            if one.hearing.at_s > since_s and one.told_s < self._looked_s[since] - LOOKS_S
        ]
        expect(
            not forgotten,
            f"{line} fell silent as if it had not been heard before {event.last_heard_at}: {forgotten[-3:]}",
        )

    def _heard_again(self, line: str, event: SystemHeardAgain) -> None:
        heard = self._told[line].get(event.heard_at)
        since = self._told[line].get(event.silent_since)
        expect(heard is not None, f"{line} is heard again at {event.heard_at}, and nobody heard it")
        if heard is None:
            return
        begun_s = self._looked_s[event.silent_since] - LOOKS_S if since is None else since.hearing.at_s
        expect(
            heard.hearing.at_s > begun_s,
            f"{line} is silent since {event.silent_since} and heard again at {event.heard_at}, before that",
        )
