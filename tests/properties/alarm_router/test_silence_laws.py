"""A line is silent exactly when it was not heard for its time-out of receiving time, whatever dies meanwhile.

The model knows only who said what when somebody received. The real parts are the receiver's book of the heard, the
watch with its memory, and the partition's decisions. Killed are receivers (a new run takes its time to be believed)
and watches (which resume from an older memory); lost, doubled or late are digests and reports; intervals change.
"""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.alarm_router.domain.receiving import TAKES_OVER_AT
from services.alarm_router.domain.watch import Watch
from services.contracts import directory as d
from services.contracts.liveness import (
    HeardDigest,
    LastHeard,
    SystemFellSilent,
    SystemHeard,
    SystemHeardAgain,
    SystemSilent,
    timeout_us,
)
from services.contracts.topics import partition_of
from services.ingest.domain.heard import HeardLines
from tests.unit.alarm_router.saying import BUREAU, SITE, Desk

SECOND = 1_000_000
ACCOUNTS = ("1", "2", "3", "4")
INTERVALS: tuple[int | None, ...] = (None, 1, 2, 5)
ITS = partition_of(SITE)
STEPS = 120
DAY_US = 86_400 * SECOND


class Line(msgspec.Struct):
    """What the model knows. `least`, `most`: received microseconds since it was heard or awaited anew.

    `ever`: since it was heard, whatever the register said; what counts for a watch that resumed from before a change.
    """

    interval_s: int | None = None
    least: int = 0
    most: int = 0
    ever: int = 0
    silent: bool = False
    heard_since: bool = False
    changed_at: int = 0
    resumed_before: bool = False


class Model:
    """The world, and what is so whatever happened in it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.desk = Desk()
        self.now = self.desk.now
        self.lines = {account: Line() for account in ACCOUNTS}
        self.log: list[HeardDigest] = []
        self.read_to = 0
        self.watch = Watch()
        self.memory: list[LastHeard] = []
        self.memory_at = 0
        self.position = 0
        self.run = 0
        self.fresh = 0
        self.unkept_us = 0
        self.skew = 0
        self.heard = HeardLines("run-0", self.now)
        self.events: list[SystemFellSilent | SystemHeardAgain] = []

    def step(self) -> None:
        """One second, or something that happens in none."""
        draw = self.random.random()
        if draw < 0.7:
            self._second()
        elif draw < 0.76:
            self._change()
        elif draw < 0.82:
            self._away()
        elif draw < 0.87:
            self._new_receiver()
        elif draw < 0.94:
            self._remember()
        else:
            self._new_watch()
        self._settle()
        self._judge()

    def _second(self) -> None:
        """Received: some lines are heard; now and then the digest is lost, or comes twice."""
        begun = self.now + self.skew
        self._pass(SECOND)
        self.unkept_us += SECOND
        said = [account for account in ACCOUNTS if self.random.random() < 0.25]
        for account, after in zip(said, sorted(self.random.randrange(SECOND) for _ in said), strict=True):
            self.heard.hear(ITS, f"a/{account}", begun + after)
        (digest,) = self.heard.digests(self.now + self.skew)[ITS]
        if self.random.random() < 0.1:
            return  # not kept: the next one says it again
        self.heard.kept(ITS, digest)
        self.log += [digest] * (2 if self.random.random() < 0.1 else 1)
        self._received(digest)
        self.unkept_us = 0

    def _received(self, digest: HeardDigest) -> None:
        believed = self.fresh >= TAKES_OVER_AT
        self.fresh += 1
        told = digest.until - digest.since
        for account, line in self.lines.items():
            line.most += self.unkept_us
            line.ever += self.unkept_us
            line.least += told if believed else 0
            if f"a/{account}" in digest.lines:
                ago = digest.ago_ms[digest.lines.index(f"a/{account}")] * 1000
                line.most = line.ever = min(ago + 1000, self.unkept_us)
                line.least = min(ago, told) if believed else 0
                line.heard_since, line.resumed_before = True, False

    def _pass(self, us: int) -> None:
        self.now += us
        self.desk.now = self.now

    def _change(self) -> None:
        account = self.random.choice(ACCOUNTS)
        line = self.lines[account]
        interval_s = self.random.choice(INTERVALS)
        if interval_s == line.interval_s:
            return
        line.interval_s, line.least, line.most, line.changed_at = interval_s, 0, 0, len(self.log)
        line.silent, line.resumed_before = line.silent and interval_s is not None, False
        self.position += 1
        told = d.SiteSet(sender="registry", sent_at=self.now, position=self.position, site=self._site())
        self.desk.told(told)

    def _site(self) -> d.SiteEntry:
        lines = tuple(
            d.Line(account_space="a", account=account, interval_s=line.interval_s)
            for account, line in self.lines.items()
        )
        return d.SiteEntry(
            id=SITE, provider="p", site_class="other", division="210102", bureau=BUREAU, lines=lines
        )

    def _away(self) -> None:
        """The receiver stood still, or its machine did."""
        self._pass(self.random.randrange(3, 40) * SECOND)
        self.unkept_us = 0

    def _new_receiver(self) -> None:
        """Killed, with what it had not told; its clock may be set back."""
        self._pass(self.random.randrange(1, 20) * SECOND)
        self.run, self.fresh, self.unkept_us = self.run + 1, 0, 0
        self.skew = self.random.choice((0, -DAY_US, DAY_US))
        self.heard = HeardLines(f"run-{self.run}", self.now + self.skew)

    def _remember(self) -> None:
        self.memory, self.memory_at = list(self.watch.remembered(self.read_to)), self.read_to

    def _new_watch(self) -> None:
        """Killed; the next one resumes from the memory, or without any from the end."""
        self.watch = Watch.remembering(self.memory) if self.memory else Watch()
        self.read_to = self.memory_at if self.memory else len(self.log)
        for line in self.lines.values():
            if not self.memory or line.changed_at >= self.memory_at:
                line.least = line.most = 0
                line.resumed_before = bool(self.memory)

    def _settle(self) -> None:
        """The watch reads on, and its reports arrive; some only after they were said again, some twice."""
        for digest in self.log[self.read_to :]:
            self.watch.hear(digest)
        self.read_to = len(self.log)
        for attempt in range(3):
            assert not list(self.watch.follow(self.desk.state.silence, self.now))
            for report in list(self.watch.reports(self.desk.state.silence, self.now)):
                for _ in range(self.random.choice((0, 1, 2)) if attempt < 2 else 1):
                    self._decided(report)

    def _decided(self, report: SystemSilent | SystemHeard) -> None:
        for event in self.desk.told(report).events:
            if isinstance(event, SystemFellSilent | SystemHeardAgain):
                self.events.append(event)
                self._happened(event, self.lines[event.account])

    def _happened(self, event: SystemFellSilent | SystemHeardAgain, line: Line) -> None:
        assert line.interval_s is not None
        if isinstance(event, SystemFellSilent):
            assert not line.silent
            unheard = line.ever if line.resumed_before else line.most
            assert unheard >= timeout_us(line.interval_s), line
            line.silent, line.heard_since = True, False
        else:
            assert line.silent
            assert line.heard_since, line
            line.silent = False

    def _judge(self) -> None:
        silent = {line.removeprefix("a/") for line in self.desk.state.silence.silent}
        for account, line in self.lines.items():
            assert (account in silent) == line.silent, account
            if line.interval_s is None or not self.watch.time.keeper:
                continue
            unheard = line.least >= timeout_us(line.interval_s)
            assert not (line.silent and line.heard_since and not unheard), account
            if unheard:
                assert line.silent, (account, line)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
@example(946)  # heard and again not for too long between two digests: one silence
@example(2535)  # awaited anew while it was silent, and the memory was older: it seemed to be heard
@example(2600)  # a new receiver was counted from the beginning after every restart
def test_a_line_is_silent_exactly_when_it_was_not_heard_for_its_time_out(seed: int) -> None:
    model = Model(Random(seed))
    for _ in range(STEPS):
        model.step()


def test_the_model_sees_silence_and_its_end() -> None:
    said: set[str] = set()
    for seed in range(20):
        model = Model(Random(seed))
        for _ in range(STEPS):
            model.step()
        said |= {type(event).__name__ for event in model.events}
    assert said == {"SystemFellSilent", "SystemHeardAgain"}


class Made(NamedTuple):
    """A report, and how many turns its line had taken when it was made."""

    report: SystemSilent | SystemHeard
    turns: int


class Reporting:
    """One line, whose reports land in any order, late and several times, by clocks that differ by hours."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.desk = Desk()
        self.made: list[Made] = []
        self.turns = 0
        self.position = 0
        self.believed: set[int] = set()
        self._registered(1)

    def step(self) -> None:
        draw = self.random.random()
        if draw < 0.3:
            self._make()
        elif draw < 0.75 and self.made:
            self._land(self.random.choice(self.made))
        elif draw < 0.85:
            self._registered(self.random.choice(INTERVALS))
        elif draw < 0.95:
            self.desk.now += self.random.choice((-1, 1, 1, 60)) * self.random.randrange(SECOND)
        else:
            self._report_at_once()

    def _make(self) -> Made:
        """By a watch that knows the state of now; what it heard may be so or not."""
        supervised = self.desk.state.silence.supervised.get("a/1")
        line: dict[str, Any] = {
            "sender": "router",
            "sent_at": self.desk.now + self.random.choice((0, 0, 3600, -3600)) * SECOND,
            "subject": SITE,
            "account_space": "a",
            "account": "1",
            "told": self.desk.saw("1"),
        }
        if "a/1" in self.desk.state.silence.silent:
            report: SystemSilent | SystemHeard = SystemHeard(**line, heard_at=self.desk.now)
        else:
            timeout = supervised.timeout_us if supervised else timeout_us(1)
            report = SystemSilent(**line, last_heard_at=self.desk.now, timeout_us=timeout)
        self.made.append(Made(report, self.turns))
        return self.made[-1]

    def _land(self, made: Made) -> bool:
        """Whether it was believed."""
        turned = [
            event
            for event in self.desk.told(made.report).events
            if isinstance(event, SystemFellSilent | SystemHeardAgain)
        ]
        if turned:
            assert made.turns == self.turns, "its line took a turn meanwhile"
            assert made.report.told not in self.believed, "one mark, two turns"
            self.believed.add(made.report.told or 0)
            self.turns += 1
        return bool(turned)

    def _report_at_once(self) -> None:
        """Whatever was believed before, and by whichever clocks."""
        assert self._land(self._make()) == ("a/1" in self.desk.state.silence.supervised)

    def _registered(self, interval_s: int | None) -> None:
        known = self.desk.state.silence.supervised.get("a/1")
        lines = (d.Line(account_space="a", account="1", interval_s=interval_s),)
        site = d.SiteEntry(
            id=SITE, provider="p", site_class="other", division="210102", bureau=BUREAU, lines=lines
        )
        self.position += 1
        self.desk.told(d.SiteSet(sender="r", sent_at=self.desk.now, position=self.position, site=site))
        self.turns += known != self.desk.state.silence.supervised.get("a/1")


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_a_report_is_believed_on_the_turn_that_its_watch_saw_and_on_no_other(seed: int) -> None:
    model = Reporting(Random(seed))
    for _ in range(STEPS):
        model.step()


def test_many_are_believed_and_many_are_not() -> None:
    models = [Reporting(Random(seed)) for seed in range(20)]
    for model in models:
        for _ in range(STEPS):
            model.step()
    assert sum(len(model.believed) for model in models) > 100
    assert sum(len(model.made) - len(model.believed) for model in models) > 100
