"""The desk over HTTP: alarms, escalations, acts and tickets, as one router that the station mounts."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query, Request, Response

from services.desk.answers import PersonOf, json_answer, page_answer, page_mark
from services.desk.handlers import looking, submitting, undecided
from services.desk.handlers.accounting import Accounts
from services.desk.handlers.looking import Desk
from services.desk.http_accounting import add_accounting
from services.desk.http_acts import acted, add_alarm_acts, add_police_acts
from services.desk.ports import Page, Within
from services.desk.problem_texts import TEXTS
from services.runtime import problem

MOST = 500
TEXT_CHARS = 100
_ALARM_KEYS: dict[bool, tuple[type, ...]] = {True: (int, int, str), False: (int, str)}
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST)]
Instant: TypeAlias = Annotated[int | None, Query(alias="from", ge=0, lt=1 << 53)]  # UTC microseconds
End: TypeAlias = Annotated[int | None, Query(alias="to", ge=0, lt=1 << 53)]
Word: TypeAlias = Annotated[str, Query(max_length=TEXT_CHARS, pattern=r"^[^\x00]*$")]

problem.register(TEXTS)


def make_router(desk: Desk, accounts: Accounts, person_of: PersonOf) -> APIRouter:
    """The desk's routes; problems are answered by whoever mounts them (`problem.install`)."""
    router = APIRouter(prefix="/api")
    _add_alarms(router, desk, person_of)
    _add_other_looks(router, desk, person_of)
    add_alarm_acts(router, desk, person_of)
    add_police_acts(router, desk, person_of)
    add_accounting(router, accounts, person_of)
    return router


def _add_alarms(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    @router.get("/alarms", summary="Alarms that you see; open ones by priority and age, others newest first")
    async def alarms(  # noqa: PLR0913 - what a list may be asked for
        request: Request,
        state: Literal["open", "closed", "all", ""] = "all",
        account: Word = "",
        site: Word = "",
        provider: Word = "",
        begin: Instant = None,
        end: End = None,
        limit: Limit = 100,
        after: str | None = None,
    ) -> Response:
        page = Page(
            state or "all",
            account or None,
            site or None,
            provider or None,
            Within(begin, end),
            limit,
            page_mark(after, _ALARM_KEYS[state == "open"]),
        )
        views = await looking.list_alarms(desk, await person_of(request), page)
        if len(views) < limit:
            return page_answer(views, None)
        last = views[-1]
        keys = (last.raised_at, last.id)
        return page_answer(views, (last.priority, *keys) if state == "open" else keys)

    @router.get("/alarms/{alarm}", summary="One alarm and all that happened to it")
    async def alarm_detail(request: Request, alarm: str) -> Response:
        return json_answer(await looking.alarm_detail(desk, await person_of(request), alarm))

    @router.get("/alarms/{alarm}/why", summary="Why an alarm was decided as it was, the rules asked again")
    async def alarm_why(request: Request, alarm: str) -> Response:
        return json_answer(await looking.alarm_why(desk, await person_of(request), alarm))

    @router.get(
        "/search", summary="Alarms that you see, by account, number, the site's or the provider's name"
    )
    async def search(request: Request, q: Word = "", begin: Instant = None, end: End = None) -> Response:
        found = await looking.search(desk, await person_of(request), q, Within(begin, end))
        return page_answer(found, None)


def _add_other_looks(router: APIRouter, desk: Desk, person_of: PersonOf) -> None:
    @router.get("/escalations", summary="Reports to the police that you see, newest first")
    async def escalations(request: Request, limit: Limit = 100, after: str | None = None) -> Response:
        page = Page(limit=limit, after=page_mark(after, (int, str)))
        views = await looking.list_escalations(desk, await person_of(request), page)
        last = (views[-1].escalated_at, views[-1].id) if len(views) == limit else None
        return page_answer(views, last)

    @router.get("/undecided", summary="Signals of partitions that do not decide, straight from the inbox")
    async def lane(request: Request) -> Response:
        return json_answer((await undecided.lane(desk, await person_of(request)))._asdict())

    @router.get("/tickets/{partition}/{command}", summary="What became of a command")
    async def ticket(request: Request, partition: int, command: str) -> Response:
        return acted(await submitting.ticket(desk, await person_of(request), partition, command))
