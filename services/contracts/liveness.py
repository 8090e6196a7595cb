"""Which lines are heard and which fell silent: digests of the receivers, the watch's memory, reports and events.

A system is watched by its account line. Time is the receivers' own: while nothing receives, nobody falls silent.
"""

from __future__ import annotations

from typing import Final

from services.contracts.stored import Stored, Whole, kept

SECOND_US: Final = 1_000_000
DAY_S: Final = 86_400
MOST_INTERVAL_S: Final = 32 * DAY_S  # the longest reporting time of EN 50136-1, SP1
MOST_DELAY_S: Final = DAY_S
MISSED_POLLS: Final = 3
TEST_GRACE_S: Final = 5_400


def timeout_us(interval_s: int, delay_s: int = 0) -> int:
    """How long a line may say nothing while it is received. `delay_s`: what the way of the signals may add.

    A poll may be missed twice: lost is three intervals. What comes once a day or less often is a test, which is
    missed once: a daily one is awaited for 25 h 30 min. What an entry may say and no register does stays a number that can
    be kept.
    """
    missed_s = interval_s + TEST_GRACE_S if interval_s >= DAY_S else MISSED_POLLS * interval_s
    return kept((missed_s + delay_s) * SECOND_US)


def interval_us(timeout_us: int) -> int:
    """When a sign of life was due, of a time-out that it was missed by; never earlier than the interval itself."""
    if timeout_us >= (DAY_S + TEST_GRACE_S) * SECOND_US:
        return timeout_us - TEST_GRACE_S * SECOND_US
    return timeout_us // MISSED_POLLS


class SystemSilent(Stored, frozen=True, kw_only=True, tag="report.system_silent.v2"):
    """Nothing was heard of the line for `timeout_us` of receiving time.

    `told`: which turn of the line the watch saw in the state, 0 if none; where the line took another one meanwhile, the
    report says nothing. None in what an earlier version reported. `last_heard_at`: of a line that was never heard, since
    when it is watched.
    """

    sender: str
    sent_at: Whole
    subject: str
    account_space: str
    account: str
    told: Whole | None
    last_heard_at: Whole
    timeout_us: Whole


class SystemHeard(Stored, frozen=True, kw_only=True, tag="report.system_heard.v2"):
    """A line that had fallen silent was heard. `told`: as in the report that it is silent."""

    sender: str
    sent_at: Whole
    subject: str
    account_space: str
    account: str
    told: Whole | None
    heard_at: Whole


class SystemFellSilent(Stored, frozen=True, kw_only=True, tag="system.fell_silent.v1"):
    """The line is silent from here on; `last_heard_at` and `timeout_us` as they were reported."""

    subject: str
    account_space: str
    account: str
    last_heard_at: Whole
    timeout_us: Whole


class SystemHeardAgain(Stored, frozen=True, kw_only=True, tag="system.heard_again.v1"):
    """The line is silent no more. `silent_since`: when it had last been heard."""

    subject: str
    account_space: str
    account: str
    silent_since: Whole
    heard_at: Whole


class HeardDigest(Stored, frozen=True, kw_only=True, tag="liveness.heard.v1"):
    """Topic system.liveness: the registered lines of one partition that a receiver heard, also when it was none.

    `run`: of the receiver; its digests are numbered by `sequence`, and one may be missing or come twice. It received
    from `since` to `until` by its own clock, which nobody sets; `lines` (`account_space/account`) were last heard `ago_ms`
    before `until`, the longest ago first. `ahead_us`: by how much the time of day is before that clock. `more`: the next one
    goes on with it, and nobody is judged before that is read.
    `receiver`: which one it is, for as long as its folder lasts; `life`: of its runs a later one has a greater number.
    """

    run: str
    sequence: Whole
    since: Whole
    until: Whole
    lines: tuple[str, ...] = ()
    ago_ms: tuple[Whole, ...] = ()
    more: bool = False
    receiver: str = ""
    life: Whole = 0
    ahead_us: Whole = 0


class RunTold(Stored, frozen=True, kw_only=True):
    """What a receiver run told last: its digest's number and end, and `received_us` then.

    `receiver`, `life`: as the digest says. `begun_us`: what was received before its first digest. `late`: how many of
    its digests came too late, one after the other.
    """

    run: str
    sequence: Whole
    until: Whole
    received_us: Whole
    receiver: str = ""
    life: Whole = 0
    begun_us: Whole = 0
    late: Whole = 0


class LastHeard(Stored, frozen=True, kw_only=True, tag="liveness.last_heard.v1"):
    """Topic system.last_heard: what a partition's watch knew when it had read the digests before `offset`.

    One of `chunks` of the same `copy`, which count together only. `run`, `sequence`, `until`: of the receiver that kept
    the time, by its last digest, which `keeper` tells whole; `rival`: the other run that was heard most since,
    `rivals_digests` times; `others`: what others told last; `received_us`: the time that was received so far. By line:
    `heard_us` on that time, `heard_at` in UTC microseconds, and the time-out it was judged by. `awaited`: the places of
    lines that nobody heard since they are awaited; their `heard_at` is when that began.
    """

    offset: Whole
    chunk: Whole
    chunks: Whole
    run: str
    sequence: Whole
    until: Whole
    received_us: Whole
    lines: tuple[str, ...] = ()
    heard_us: tuple[Whole, ...] = ()
    heard_at: tuple[Whole, ...] = ()
    timeouts_us: tuple[Whole, ...] = ()
    copy: Whole = 0
    rival: str = ""
    rivals_digests: Whole = 0
    others: tuple[RunTold, ...] = ()
    awaited: tuple[Whole, ...] = ()
    keeper: RunTold | None = None
