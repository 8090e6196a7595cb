"""Signals over HTTP: `POST /v1/signals`, 202 with ids after the durable append."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.ingest.adapters.http_problems import PROBLEMS, problem
from services.ingest.domain.dc09_content import plain_number
from services.ingest.domain.report import Report
from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from services.ingest.adapters.prometheus_tally import Tally
    from services.ingest.handlers import Intake
    from services.ingest.ports import Signal

MAX_BODY = 1_048_576  # bytes
MAX_ITEMS = 1_000

# What DC-05 calls qualifiers, for senders that pass them through.
_CONTACT_ID_QUALIFIERS = {"1": "new", "3": "restore", "6": "status"}


def _qualifier(value: object) -> object:
    return _CONTACT_ID_QUALIFIERS.get(str(value), value)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class PostedSignal(BaseModel):
    """One signal as another centre or device posts it. `id` is the sender's own; sent twice, it is one signal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=128)
    receiver: str = Field(default="", max_length=64)
    account: Annotated[str, BeforeValidator(_as_text)] = Field(pattern=r"^[0-9A-Za-z_-]{1,32}$")
    code: Annotated[str, BeforeValidator(_as_text)] = Field(pattern=r"^[0-9A-Za-z]{1,8}$")
    qualifier: Annotated[Literal["new", "restore", "status"], BeforeValidator(_qualifier)] = "new"
    area: Annotated[str, BeforeValidator(_as_text)] = Field(default="", max_length=16)
    zone: Annotated[str, BeforeValidator(_as_text)] = Field(default="", max_length=16)
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


_ONE = TypeAdapter(PostedSignal)
_MANY = TypeAdapter(Annotated[list[PostedSignal], Field(min_length=1, max_length=MAX_ITEMS)])


class _TooLarge(Exception):
    """The body is over `MAX_BODY`."""


class SignalsHttp:
    """The application's endpoints. Until `ready()` says so, signals are answered 503: the directory is not read."""

    def __init__(self, intake: Intake, tally: Tally, *, token: str, ready: Callable[[], bool]) -> None:
        """`token`: what a sender puts after `Authorization: Bearer`."""
        self._intake = intake
        self._tally = tally
        self._token = token.encode()
        self._ready = ready

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/signals", self._post, methods=["POST"]),
                Route("/livez", self._livez),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
            ]
        )

    async def _post(self, request: Request) -> Response:
        if not self._authorized(request):
            return problem(request, PROBLEMS["unauthorized"], headers={"WWW-Authenticate": "Bearer"})
        if not self._ready():
            return problem(request, PROBLEMS["not_ready"], headers={"Retry-After": "2"})
        try:
            posted = _parse(await _body(request))
        except _TooLarge:
            return problem(request, PROBLEMS["too_large"])
        except ValidationError as error:
            return problem(request, PROBLEMS["invalid"], errors=_where(error))
        return await self._keep(request, posted)

    async def _keep(self, request: Request, posted: list[PostedSignal]) -> Response:
        """In the order given. After a failure none is confirmed: the sender repeats all with the same ids."""
        kept: list[Signal] = []
        try:
            for item in posted:
                report = item.report()
                kept += await self._intake.keep(report.account, (report,))
        except AppendFailed:
            self._tally.failed.labels("http").inc()
            return problem(request, PROBLEMS["not_kept"], headers={"Retry-After": "2"})
        self._tally.kept.labels("http").inc(len(kept))
        ids = [f"{signal.id.run}/{signal.id.line}/{signal.id.counter}" for signal in kept]
        return JSONResponse({"ids": ids}, status_code=202)

    def _authorized(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), self._token)

    async def _livez(self, _: Request) -> Response:
        return PlainTextResponse("live\n")

    async def _readyz(self, _: Request) -> Response:
        return PlainTextResponse("ready\n") if self._ready() else PlainTextResponse("not ready\n", 503)

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._tally.registry), media_type=CONTENT_TYPE_LATEST)


async def _body(request: Request) -> bytes:
    """The whole body. Raises `_TooLarge` as soon as it is over the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _TooLarge
    return bytes(body)


def _parse(body: bytes) -> list[PostedSignal]:
    """One signal or a list. Raises `ValidationError`, for bytes that are no JSON too."""
    if body.lstrip()[:1] == b"[":
        return _MANY.validate_json(body)
    return [_ONE.validate_json(body)]


def _where(error: ValidationError) -> list[dict[str, str]]:
    """Which field, and what is wrong with it; never the value, which may be personal."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"at": "/".join(str(part) for part in item["loc"]), "why": item["msg"]} for item in told[:20]]
