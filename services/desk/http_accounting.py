"""The accounting of signals over HTTP: /api/accounting, by day, by line, by minute, down to the signals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.desk.answers import PersonOf, json_answer
from services.desk.domain.line_accounting import MINUTE_US, Span
from services.desk.handlers import accounting
from services.desk.handlers.accounting import Accounts, day_span
from services.runtime.clock import now_us

MOST_DAYS = 92
MOST_LINES = 200
LINE_CHARS = 200
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
Day = Annotated[date | None, Query(ge=EARLIEST, le=LATEST)]
Line = Annotated[str | None, Query(max_length=LINE_CHARS, pattern=r"^[^\x00]*$")]
Minute = Annotated[int | None, Query(ge=0, lt=1 << 53, multiple_of=MINUTE_US)]


def add_accounting(router: APIRouter, accounts: Accounts, person_of: PersonOf) -> None:
    """Add the routes; every level answers `Told`, the last one the signals."""

    @router.get("/accounting/days", summary="received = recorded + refused + under way + missing, day by day")
    async def days(
        request: Request,
        until: Day = None,
        days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 31,
        line: Line = None,
    ) -> Response:
        span = day_span(until or _today(), days, line)
        return json_answer(await accounting.by_day(accounts, await person_of(request), span, now_us()))

    @router.get("/accounting/minutes", summary="The same by minute of a day, of one line or of all")
    async def minutes(request: Request, day: Day = None, line: Line = None) -> Response:
        span = day_span(day or _today(), line=line)
        return json_answer(await accounting.by_minute(accounts, await person_of(request), span, now_us()))

    @router.get("/accounting/lines", summary="The same by line, of a day or of a minute; what misses first")
    async def lines(
        request: Request,
        day: Day = None,
        minute: Minute = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
        after: Annotated[int, Query(ge=0, lt=1 << 31)] = 0,
    ) -> Response:
        span = day_span(day or _today()) if minute is None else Span(minute, minute + MINUTE_US)
        person = await person_of(request)
        return json_answer(await accounting.by_line(accounts, person, span, now_us(), limit, after))

    @router.get("/accounting/signals", summary="The signals of a line in a minute, as the record has them")
    async def signals(request: Request, line: Line, minute: Minute) -> Response:
        found = await accounting.signals(accounts, await person_of(request), line or "", minute or 0)
        return json_answer({"items": found, "next": None})


def _today() -> date:
    """In Asia/Shanghai."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=8, microseconds=now_us())).date()
