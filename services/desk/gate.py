"""Nothing for strangers, unless a line here says so: every path is closed until a session opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from services.desk.adapters.postgres_sessions import COOKIE
from services.desk.adapters.static_pages import page_headers
from services.desk.http import AWAY, problem_response
from services.desk.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from services.contracts.stored import Actor

OPEN = frozenset({"/api/session", "/api/directory", "/livez", "/readyz"})
CLOSED_PAGES = frozenset({"/openapi.json", "/metrics"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Gate:
    """ASGI: refuses strangers and foreign pages, says who asks (`request.state.person`), adds page headers."""

    def __init__(
        self, app: ASGIApp, person: Callable[[str | None], Awaitable[Actor | None]], feed_port: int
    ) -> None:
        """`app`: what lies behind; `person`: who sends this cookie, looked up anew each time."""
        self._app, self._person, self._feed_port = app, person, feed_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        extra = page_headers(self._feed_port, request.url.hostname or "localhost")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    *((name.lower().encode(), value.encode()) for name, value in extra.items()),
                ]
            await send(message)

        try:
            await self._let_in(request)
        except Problem as problem:
            await problem_response(request, problem)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    async def _let_in(self, request: Request) -> None:
        if request.method in CHANGING and _is_foreign(request):
            raise Problem(403, "origin.foreign")
        if not _needs_session(request):
            return
        try:
            person = await self._person(request.cookies.get(COOKIE))
        except AWAY as error:
            raise Problem(503, "database.away") from error
        if person is None:
            raise Problem(401, "login.needed")
        request.state.person = person


async def person_of(request: Request) -> Actor:
    """FastAPI's dependency: who asks, as the gate found in this very request. Raises `Problem` 401."""
    person: Actor | None = getattr(request.state, "person", None)
    if person is None:
        raise Problem(401, "login.needed")
    return person


def _needs_session(request: Request) -> bool:
    path = request.url.path
    if path in OPEN:
        return False
    return path.startswith("/api/") or path in CLOSED_PAGES or request.method not in {"GET", "HEAD"}


def _is_foreign(request: Request) -> bool:
    """Whether a page of another origin asks; other programs send no Origin."""
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
