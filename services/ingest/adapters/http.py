"""Signals over HTTP: `POST /v1/signals`, 202 with ids after the durable append."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec.json import encode as json_encode
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.ingest.adapters.http_problems import PROBLEMS, problem
from services.ingest.adapters.prometheus_accounting import registry_of
from services.ingest.domain.dc09_content import plain_number
from services.ingest.domain.limits import MAX_PLACE, MAX_SEQUENCE
from services.ingest.domain.report import Report
from services.ingest.handlers.counted import ByLine, OfRun, counted, counted_by_line
from services.ingest.handlers.intake import ReportRefused
from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from services.ingest.handlers.intake import Intake
    from services.ingest.ports import Signal, Spool

SOURCE = "http"
MAX_BODY = 1_048_576  # bytes
MAX_ITEMS = 1_000
MOST_DIGITS = 19

# What DC-05 calls qualifiers, for senders that pass them through.
_CONTACT_ID_QUALIFIERS = {"1": "new", "3": "restore", "6": "status"}


def _qualifier(value: object) -> object:
    return _CONTACT_ID_QUALIFIERS.get(str(value), value)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("only printable characters")
    return value


_Text = Annotated[str, AfterValidator(_printable)]


class PostedSignal(BaseModel):
    """One signal as another centre or device posts it. `id` is the sender's own; sent twice, it is one signal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Text = Field(min_length=1, max_length=MAX_SEQUENCE)
    receiver: _Text = Field(default="", max_length=64)
    account: Annotated[str, BeforeValidator(_as_text)] = Field(pattern=r"^[0-9A-Za-z_-]{1,32}$")
    code: Annotated[str, BeforeValidator(_as_text)] = Field(pattern=r"^[0-9A-Za-z]{1,8}$")
    qualifier: Annotated[Literal["new", "restore", "status"], BeforeValidator(_qualifier)] = "new"
    area: Annotated[_Text, BeforeValidator(_as_text)] = Field(default="", max_length=MAX_PLACE)
    zone: Annotated[_Text, BeforeValidator(_as_text)] = Field(default="", max_length=MAX_PLACE)
    panel_time: AwareDatetime | None = None

    def report(self) -> Report:
        """The signal in words of ours; `raw` is this item as JSON."""
        at = self.panel_time
        return Report(
            protocol="http",
            account=self.account.upper(),
            sequence=self.id,
            code=self.code.upper(),
            qualifier=self.qualifier,
            area=plain_number(self.area),
            zone=plain_number(self.zone),
            panel_time=None if at is None else round(at.timestamp() * 1_000_000),
            deviations=(),
            raw=self.model_dump_json().encode(),
        )


_MANY = TypeAdapter(Annotated[list[PostedSignal], Field(min_length=1, max_length=MAX_ITEMS)])


class _TurnedAway(Exception):
    """The body is not looked into."""

    def __init__(self, name: str, **headers: str) -> None:
        super().__init__(name)
        self.kind = PROBLEMS[name]
        self.headers = headers


class SignalsHttp:
    """The application's endpoints. Until `ready()` says so, signals are answered 503: the directory is not known.

    Accounting: an item of a list counts as one; a body whose items cannot be told apart counts as one.
    """

    def __init__(self, intake: Intake, spool: Spool, *, token: str, ready: Callable[[], bool]) -> None:
        """`token`: what a sender puts after `Authorization: Bearer`."""
        self._intake = intake
        self._spool = spool
        self._accounting = intake.accounting
        self._registry = registry_of(intake.accounting, spool)
        self._token = token.encode()
        self._ready = ready

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/signals", self._post, methods=["POST"]),
                Route("/v1/accounting", self._counted, methods=["GET"]),
                Route("/v1/accounting/lines", self._counted_by_line, methods=["GET"]),
                Route("/v1/lines/{account}", self._line, methods=["GET"]),
                Route("/livez", self._livez),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
            ]
        )

    async def _post(self, request: Request) -> Response:
        try:
            items = await self._items(request)
        except _TurnedAway as away:
            self._accounting.receive(SOURCE)
            self._accounting.refuse(away.kind.name)
            return problem(request, away.kind, headers=away.headers)
        except ClientDisconnect:  # nothing whole was cut from the socket, and nobody is there to be told
            return Response(status_code=400)
        count = max(1, len(items)) if isinstance(items, list) else 1
        self._accounting.receive(SOURCE, count)
        try:
            posted = _MANY.validate_python(items)
        except ValidationError as error:
            self._accounting.refuse("invalid", count)
            return problem(request, PROBLEMS["invalid"], errors=_where(error))
        return await self._keep(request, posted)

    async def _items(self, request: Request) -> object:
        """The posted list, one signal as a list of one, None for what is no JSON. Raises `_TurnedAway`."""
        if not self._authorized(request):
            raise _TurnedAway("unauthorized", **{"WWW-Authenticate": "Bearer"})
        if not self._ready():
            raise _TurnedAway("not_ready", **{"Retry-After": "2"})
        try:
            said = from_json(await _body(request))
        except ValueError:
            return None
        return [said] if isinstance(said, dict) else said

    async def _keep(self, request: Request, posted: list[PostedSignal]) -> Response:
        """Each account's in the order given. After a failure none is confirmed: the sender repeats all."""
        places: dict[str, list[int]] = {}
        reports = [item.report() for item in posted]
        for place, report in enumerate(reports):
            places.setdefault(report.account, []).append(place)
        offers = [
            self._intake.offer(account, tuple(reports[place] for place in its))
            for account, its in places.items()
        ]
        outcomes = await asyncio.gather(*offers, return_exceptions=True)
        ids = [""] * len(posted)
        for its, kept in zip(places.values(), outcomes, strict=True):
            if isinstance(kept, AppendFailed):
                return problem(request, PROBLEMS["not_kept"], headers={"Retry-After": "2"})
            if isinstance(kept, ReportRefused):
                return problem(request, PROBLEMS["invalid"], errors=[{"at": "", "why": kept.reason}])
            if isinstance(kept, BaseException):
                raise kept
            for place, signal in zip(its, kept, strict=True):
                ids[place] = _id(signal)
        return JSONResponse({"ids": ids}, status_code=202)

    async def _line(self, request: Request) -> Response:
        """Whose line an account is for signals that come now, so that whoever installs a panel need not guess."""
        if not self._authorized(request):
            return _stranger(request)
        return JSONResponse({"site": self._intake.site_of(request.path_params["account"])})

    async def _counted(self, request: Request) -> Response:
        """The accounting of this run, for whoever may post."""
        if not self._authorized(request):
            return _stranger(request)
        return _told(counted(self._intake, self._spool))

    async def _counted_by_line(self, request: Request) -> Response:
        """What this run counted by line and minute after a number; what was read up to there may be forgotten."""
        if not self._authorized(request):
            return _stranger(request)
        asked = request.query_params
        said = asked.get("after", "")
        after = int(said) if said.isascii() and said.isdecimal() and len(said) < MOST_DIGITS else 0
        return _told(counted_by_line(self._intake, self._spool, asked.get("run"), after))

    def _authorized(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), self._token)

    async def _livez(self, _: Request) -> Response:
        return PlainTextResponse("live\n")

    async def _readyz(self, _: Request) -> Response:
        if not self._ready():
            return PlainTextResponse(
                "not ready: Kafka is away, or the directory of lines is not read yet\n", 503
            )
        if self._accounting.troubles:
            return PlainTextResponse(f"in trouble: {', '.join(self._accounting.troubles)}\n", 503)
        return PlainTextResponse("ready\n")

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _stranger(request: Request) -> Response:
    return problem(request, PROBLEMS["unauthorized"], headers={"WWW-Authenticate": "Bearer"})


async def _body(request: Request) -> bytes:
    """The whole body. Raises `_TurnedAway` as soon as it is over the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _TurnedAway("too_large")
    return bytes(body)


def _id(signal: Signal) -> str:
    return f"{signal.id.run}/{signal.id.line}/{signal.id.counter}"


def _where(error: ValidationError) -> list[dict[str, str]]:
    """Which field, and what is wrong with it; never the value, which may be personal."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"at": "/".join(str(part) for part in item["loc"]), "why": item["msg"]} for item in told[:20]]


def _told(counts: OfRun | ByLine) -> Response:
    return Response(json_encode(counts), media_type="application/json", headers={"Cache-Control": "no-store"})
