"""What a receiver tells of its counts: those of the whole run, and by line and minute what changed since somebody read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from services.ingest.domain.line_book import MINUTE_US, LineMinute

if TYPE_CHECKING:
    from services.ingest.handlers.intake import Intake
    from services.ingest.ports import Spool

MOST_LINES = 5_000  # of one answer


class Spooled(msgspec.Struct):
    """What waits in the spool, of any run. `bytes`: that it takes."""

    signals: int
    bytes: int


class OfRun(msgspec.Struct):
    """received = recorded + refused + under_way; what waits in the spool is under way, though its senders were answered."""

    run: str
    received: int
    recorded: int
    refused: dict[str, int]
    under_way: int
    spool: Spooled
    troubles: dict[str, int]


class ByLine(msgspec.Struct):
    """`more`: there is more to read at once; `spooled`: signals, of any run, that wait in the spool."""

    run: str
    lines: Sequence[LineMinute]
    more: bool
    spooled: int


def counted(intake: Intake, spool: Spool) -> OfRun:
    """The sums of this run."""
    seen = intake.accounting
    return OfRun(
        run=intake.run,
        received=seen.received.total(),
        recorded=seen.recorded - seen.spooled,
        refused=dict(seen.refused),
        under_way=seen.in_flight + seen.spooled,
        spool=Spooled(spool.waiting, spool.size),
        troubles={kind: troubled.count for kind, troubled in seen.troubles.items()},
    )


def counted_by_line(intake: Intake, spool: Spool, run: str | None, after: int) -> ByLine:
    """What this run counted after a number of its own; what was read up to there may be forgotten."""
    book, known = intake.accounting.lines, after if run == intake.run else 0
    found = book.since(known, MOST_LINES)
    book.forget(known, intake.now_us() - MINUTE_US)
    return ByLine(intake.run, found, more=len(found) == MOST_LINES, spooled=spool.waiting)
