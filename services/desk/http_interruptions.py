"""Interruptions and maintenance windows over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from services.desk import bodies
from services.desk.answers import PersonOf, json_answer, page_answer, page_mark
from services.desk.handlers import interrupted
from services.desk.handlers.interrupted import Interruptions, Work
from services.desk.http_acts import Key, acted
from services.desk.ports import Asked

Limit = Annotated[int, Query(ge=1, le=500)]
Id = Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")]
Kind = Literal["settling", "covered", "lead", "notice"]
_RESTORED = {"open": False, "restored": True, "all": None}


def interruption_routes(all_: Interruptions, person_of: PersonOf) -> APIRouter:
    """The routes; problems are answered by whoever mounts them (`problem.install`)."""
    router = APIRouter(prefix="/api")
    _add_looks(router, all_, person_of)
    _add_acts(router, all_, person_of)
    return router


def _add_looks(router: APIRouter, all_: Interruptions, person_of: PersonOf) -> None:
    @router.get("/interruptions", summary="Interruptions of the sites that you see, newest first")
    async def interruptions(  # noqa: PLR0913 - the filters of a list
        request: Request,
        state: Literal["open", "restored", "all"] = "all",
        kind: Kind | None = None,
        site: Id = None,
        limit: Limit = 100,
        after: str | None = None,
        at: Annotated[int | None, Query(ge=0, lt=2**62)] = None,
    ) -> Response:
        asked = Asked(site, kind, _RESTORED[state], limit, page_mark(after, (int, str)), at)
        views = await interrupted.list_interruptions(all_, await person_of(request), asked)
        return page_answer(views, (views[-1].began_at, views[-1].id) if len(views) == limit else None)

    @router.get("/interruptions/{interruption}", summary="One interruption and all that happened to it")
    async def interruption_detail(request: Request, interruption: str) -> Response:
        return json_answer(
            await interrupted.interruption_detail(all_, await person_of(request), interruption)
        )

    @router.get("/maintenance-windows", summary="Maintenance windows of the sites that you see, newest first")
    async def windows(
        request: Request, site: Id = None, limit: Limit = 100, after: str | None = None
    ) -> Response:
        asked = Asked(site=site, limit=limit, after=page_mark(after, (int, str)))
        views = await interrupted.list_windows(all_, await person_of(request), asked)
        return page_answer(views, (views[-1].decided_at, views[-1].id) if len(views) == limit else None)

    @router.get("/law", summary="The rule packs: which clauses may apply to an interruption; no penalties")
    async def law(request: Request) -> Response:
        await person_of(request)
        return page_answer(interrupted.law_texts(all_), None)


def _add_acts(router: APIRouter, all_: Interruptions, person_of: PersonOf) -> None:
    @router.post(
        "/sites/{site}/maintenance-windows", summary="Say beforehand that work will disturb a system"
    )
    async def open_window(request: Request, site: str, body: bodies.WindowBody, key: Key = None) -> Response:
        work = Work(
            body.kind,
            body.from_us,
            body.until_us,
            tuple(body.facts),
            body.reference,
            body.opinion,
            body.plan,
            body.note,
        )
        return acted(await interrupted.open_window(all_, await person_of(request), site, key, work))

    @router.post("/maintenance-windows/{window}/end", summary="The work is done")
    async def end_window(
        request: Request, window: str, body: bodies.Nothing | None = None, key: Key = None
    ) -> Response:
        del body
        return acted(await interrupted.end_window(all_, await person_of(request), window, key))
