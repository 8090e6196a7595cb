"""A person asks what became of every signal: by day, by line, by minute, down to the signals. Every look is noted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import decode_decision
from services.desk.domain.line_accounting import MINUTE_US, Counts, SignalSeen, Span, Total, added, signals_of
from services.desk.ports import Away
from services.eventsourcing.ports import OffsetGone
from services.picture.visibility import alarm_scope
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.contracts.stored import Actor
    from services.desk.ports import BookOfLooks, Gateway, Inbox, LineCounts
    from services.eventsourcing.ports import EventLog

READERS = ("shift_supervisor", "engineer", "provider_manager", "inspector", "auditor", "enforcement_officer")
GRACE_US = 15_000_000  # an append has 10 s, a decision some milliseconds
DAY_US = 86_400_000_000
SHANGHAI_US = 8 * 3_600_000_000
MOST_SIGNALS = 300
READ_SECONDS = 2.0
_DAY_ZERO = date(1970, 1, 1)


class Accounts(msgspec.Struct):
    """What the handlers work with. `logs` opens a partition of the record for one reader."""

    counts: LineCounts
    looks: BookOfLooks
    gateway: Gateway
    inbox: Inbox
    logs: Callable[[int], EventLog]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One level of the accounting. `judged_until`: what came in later may still be on its way; 0: nothing is judged."""

    items: Sequence[Total]
    total: Counts
    judged_until: int
    next: int | None = None


def day_span(day: date, days: int = 1, line: str | None = None) -> Span:
    """So many days of Asia/Shanghai that end with `day`."""
    end = (day - _DAY_ZERO).days + 1
    return Span((end - days) * DAY_US - SHANGHAI_US, end * DAY_US - SHANGHAI_US, line)


async def by_day(accounts: Accounts, person: Actor, span: Span, now: int) -> Told:
    """The days of a span."""
    await _look(accounts, person, "days", span)
    judged = await _judged_until(accounts, now)
    found = await accounts.counts.days(alarm_scope(person), span, judged - GRACE_US)
    items = [msgspec.structs.replace(one, key=_day(one.key)) for one in found]
    return await _told(accounts, person, span, items, judged)


async def by_minute(accounts: Accounts, person: Actor, span: Span, now: int) -> Told:
    """The minutes of a span in which something came in."""
    await _look(accounts, person, "minutes", span)
    judged = await _judged_until(accounts, now)
    items = await accounts.counts.minutes(alarm_scope(person), span, judged - GRACE_US)
    return await _told(accounts, person, span, items, judged)


async def by_line(  # noqa: PLR0913 - the page of a list
    accounts: Accounts, person: Actor, span: Span, now: int, limit: int, after: int
) -> Told:
    """The lines of a span; `after`: so many are known already."""
    await _look(accounts, person, "lines", span)
    judged = await _judged_until(accounts, now)
    scope, due = alarm_scope(person), judged - GRACE_US
    items = await accounts.counts.lines(scope, span, due, limit, after)
    told = await _told(accounts, person, span, await accounts.counts.days(scope, span, due), judged)
    more = after + limit if len(items) == limit else None
    return msgspec.structs.replace(told, items=items, next=more)


async def signals(accounts: Accounts, person: Actor, line: str, minute: int) -> list[SignalSeen]:
    """The signals of a line in a minute, as the record has them, at most `MOST_SIGNALS`."""
    span = Span(minute, minute + MINUTE_US, line)
    await _look(accounts, person, "signals", span)
    places = await accounts.counts.places(alarm_scope(person), line, minute)
    found: list[SignalSeen] = []
    for partition in sorted({partition for partition, _ in places}):
        offsets = [offset for there, offset in places if there == partition]
        try:
            found += await _read(accounts, partition, offsets[:MOST_SIGNALS], span)
        except (Away, OffsetGone) as error:
            raise Problem("inbox.away", 503) from error
    return sorted(found, key=lambda one: (one.received_at, one.run, one.counter))[:MOST_SIGNALS]


async def _read(accounts: Accounts, partition: int, offsets: Sequence[int], span: Span) -> list[SignalSeen]:
    assert span.line is not None
    found: list[SignalSeen] = []
    log = accounts.logs(partition)
    try:
        for offset in offsets:
            for record in await log.read(offset, most=1, wait_s=READ_SECONDS):
                decision = decode_decision(record.value)
                found += signals_of(decision, partition, record.offset, span.line, span.begin)
    finally:
        await log.close()
    return found


async def _told(accounts: Accounts, person: Actor, span: Span, items: Sequence[Total], judged: int) -> Told:
    reasons = await accounts.counts.reasons(alarm_scope(person), span)
    return Told(items=items, total=added([one.counts for one in items], reasons), judged_until=judged)


async def _judged_until(accounts: Accounts, now: int) -> int:
    """Up to when all that was appended is decided and counted. While the inbox cannot be read nobody can say."""
    if not accounts.inbox.following:
        return 0
    counted = await accounts.counts.read_up_to()
    behind = [
        counted.get(partition, (-1, 0))[1]
        for partition, offset in accounts.gateway.reached().items()
        if counted.get(partition, (-1, 0))[0] < offset
    ]
    unsure = await accounts.counts.unsure_since()
    held = [] if unsure is None else [unsure]
    return min([now - accounts.inbox.behind_us(now), *behind, *held])


async def _look(accounts: Accounts, person: Actor, level: str, span: Span) -> None:
    """Who may, and that they did."""
    if set(READERS).isdisjoint(person.roles):
        raise Problem("role.missing", 403, role=", ".join(READERS))
    detail: Mapping[str, object] = {"begin": span.begin, "end": span.end, "line": span.line}
    await accounts.looks.note_look(person.id, f"accounting.{level}", span.line or "accounting", detail)


def _day(number: str) -> str:
    return (_DAY_ZERO + timedelta(days=int(number))).isoformat()
