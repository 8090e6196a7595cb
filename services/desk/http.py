"""The desk over HTTP: alarms, escalations, acts and tickets, as one router that the station mounts.

Bodies are read by pydantic and closed to unknown fields; answers are written by msgspec from the contracts.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeAlias

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.commands import EvidenceKind, ReportAtOnceRule, VerificationResult, instant_of
from services.contracts.stored import Actor
from services.contracts.views import AlarmView, EscalationView
from services.desk.handlers import acting, looking
from services.desk.handlers.looking import Desk
from services.desk.ports import Page
from services.desk.problems import Problem, document, language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

PROBLEM = "application/problem+json"
MOST = 500
NOTE_CHARS = 4000
# What asyncpg raises while PostgreSQL is down or coming back; a mistake of ours is not among them.
AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError)
# A command is in time for 2 minutes; past that and a margin an unknown ticket never entered the record.
FORGOTTEN_US = 180_000_000


class Deps(NamedTuple):
    """`person`: a dependency that gives who asks, or answers 401."""

    desk: Desk
    person: Callable[..., Awaitable[Actor]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Nothing(_Body):
    """An act without parameters."""


class EvidenceBody(_Body):
    """What a verification stands on."""

    kind: EvidenceKind
    note: Annotated[str, Field(max_length=NOTE_CHARS)] = ""


class VerifyBody(_Body):
    """What a verification found."""

    result: VerificationResult
    evidence: Annotated[list[EvidenceBody], Field(max_length=20)] = []


class EscalateBody(_Body):
    """The report-at-once rule, where the verification was undetermined."""

    rule: ReportAtOnceRule | None = None


class CloseBody(_Body):
    """Why it is closed."""

    reason: Annotated[str, Field(min_length=1, max_length=NOTE_CHARS, pattern=r"\S")]


class SignForBody(_Body):
    """The number under which the police go on."""

    police_incident_no: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ProblemRoute(APIRoute):
    """Answers a `Problem`, and a body of the wrong form, with a problem document."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """See FastAPI."""
        inner = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await inner(request)
            except Problem as problem:
                return problem_response(request, problem)
            except AWAY:
                return problem_response(request, Problem(503, "database.away"))
            except RequestValidationError as error:
                return problem_response(request, Problem(422, "body.invalid"), errors=_errors(error))

        return handled


Key: TypeAlias = Annotated[str | None, Header(alias="Idempotency-Key", max_length=64)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST)]


def problem_response(request: Request, problem: Problem, **more: object) -> Response:
    """A problem document in the caller's language."""
    language = language_of(request.headers.get("accept-language", ""), request.query_params.get("lang"))
    body = msgspec.json.encode({**document(problem, language), **more})
    return Response(body, problem.status, media_type=PROBLEM, headers={"Cache-Control": "no-store"})


def make_router(deps: Deps) -> APIRouter:
    """The desk's routes."""
    router = APIRouter(prefix="/api", route_class=ProblemRoute)
    _looks(router, deps)
    _tickets(router, deps)
    _acts(router, deps)
    return router


def _looks(router: APIRouter, deps: Deps) -> None:
    desk = deps.desk

    @router.get("/alarms", summary="Alarms that you see; open ones by priority and age, others newest first")
    async def alarms(
        state: Literal["open", "closed", "all", ""] = "all",
        account: str | None = None,
        limit: Limit = 100,
        after: str | None = None,
        person: Actor = Depends(deps.person),
    ) -> Response:
        page = Page(state or "all", account or None, limit, _cursor(after, _ALARM_KEYS[state == "open"]))
        views = await looking.list_alarms(desk, person, page)
        mark = [
            (v.priority, v.raised_at, v.id) if state == "open" else (v.raised_at, v.id) for v in views[-1:]
        ]
        return _items(views, mark if len(views) == limit else [])

    @router.get("/alarms/{alarm}", summary="One alarm and all that happened to it")
    async def alarm_detail(alarm: str, person: Actor = Depends(deps.person)) -> Response:
        return _json(await looking.alarm_detail(desk, person, alarm))

    @router.get("/escalations", summary="Reports to the police that you see, newest first")
    async def escalations(
        limit: Limit = 100, after: str | None = None, person: Actor = Depends(deps.person)
    ) -> Response:
        page = Page(limit=limit, after=_cursor(after, (int, str)))
        views = await looking.list_escalations(desk, person, page)
        return _items(views, [(v.escalated_at, v.id) for v in views[-1:]] if len(views) == limit else [])


def _tickets(router: APIRouter, deps: Deps) -> None:
    desk = deps.desk

    @router.get("/tickets/{partition}/{command}", summary="What became of a command")
    async def ticket(partition: int, command: str, person: Actor = Depends(deps.person)) -> Response:
        found = await looking.ticket(desk, person, partition, command)
        if found is not None:
            return _json(looking.ticket_document(found))
        if _forgotten(desk, command):
            raise Problem(404, "ticket.unknown")
        return _json({"ticket": f"/api/tickets/{partition}/{command}"}, 202)


def _acts(router: APIRouter, deps: Deps) -> None:
    desk = deps.desk

    @router.post("/alarms/{alarm}/claim", summary="Take an alarm")
    async def claim(
        alarm: str, body: Nothing | None = None, key: Key = None, person: Actor = Depends(deps.person)
    ) -> Response:
        return _acted(await acting.claim(desk, person, alarm, key))

    @router.post("/alarms/{alarm}/verify", summary="Record what the verification found")
    async def verify(
        alarm: str, body: VerifyBody, key: Key = None, person: Actor = Depends(deps.person)
    ) -> Response:
        evidence = [(item.kind, item.note) for item in body.evidence]
        return _acted(await acting.verify(desk, person, alarm, key, body.result, evidence))

    @router.post("/alarms/{alarm}/escalate", summary="Report to the police")
    async def escalate(
        alarm: str, body: EscalateBody | None = None, key: Key = None, person: Actor = Depends(deps.person)
    ) -> Response:
        rule = None if body is None else body.rule
        return _acted(await acting.escalate(desk, person, alarm, key, rule))

    @router.post("/alarms/{alarm}/close", summary="Close with a reason")
    async def close(
        alarm: str, body: CloseBody, key: Key = None, person: Actor = Depends(deps.person)
    ) -> Response:
        return _acted(await acting.close(desk, person, alarm, key, body.reason))

    @router.post("/escalations/{escalation}/sign-for", summary="The police take note")
    async def sign_for(
        escalation: str,
        body: SignForBody | None = None,
        key: Key = None,
        person: Actor = Depends(deps.person),
    ) -> Response:
        number = None if body is None else body.police_incident_no
        return _acted(await acting.sign_for(desk, person, escalation, key, number))


_ALARM_KEYS: dict[bool, tuple[type, ...]] = {True: (int, int, str), False: (int, str)}


def _json(value: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(value),
        status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _items(views: Sequence[AlarmView | EscalationView], mark: Sequence[tuple[int | str, ...]]) -> Response:
    after = urlsafe_b64encode(msgspec.json.encode(mark[0])).decode() if mark else None
    return _json({"items": views, "next": after})


def _acted(acted: acting.Acted) -> Response:
    return _json({"ticket": acted.url}, 202) if acted.document is None else _json(acted.document)


def _cursor(after: str | None, shape: tuple[type, ...]) -> tuple[int | str, ...]:
    if after is None:
        return ()
    try:
        keys: tuple[int | str, ...] = msgspec.json.decode(urlsafe_b64decode(after), type=tuple[shape])  # type: ignore[valid-type]  # a type made at run time
    except (ValueError, msgspec.DecodeError) as error:
        raise Problem(422, "cursor.invalid") from error
    return keys


def _forgotten(desk: Desk, command: str) -> bool:
    try:
        return instant_of(command) + FORGOTTEN_US < desk.gateway.newest_decision
    except ValueError:
        return True


def _errors(error: RequestValidationError) -> list[dict[str, object]]:
    """Where and what, never the value: it may be free text."""
    return [{"at": [str(part) for part in one["loc"]], "message": one["msg"]} for one in error.errors()]
