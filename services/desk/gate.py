"""Nothing for strangers, unless a line here says so: every path is closed until a session opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from services.desk.adapters.postgres_sessions import COOKIE
from services.desk.adapters.static_pages import page_headers
from services.runtime.problem import AWAY, Problem, problem_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from services.contracts.stored import Actor

OPEN = frozenset({"/api/session", "/api/session/password", "/api/directory", "/livez", "/readyz"})
CLOSED_PAGES = frozenset({"/openapi.json", "/metrics"})
# Machines prove themselves there with a token of their own (police_link.http).
LINKS = "/link/"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Gate:
    """ASGI: refuses strangers and foreign pages, says who asks (`request.state.person`), adds page headers."""

    def __init__(
        self,
        app: ASGIApp,
        person: Callable[[str | None], Awaitable[Actor | None]],
        feed_port: int,
        keep: Callable[[Request], str],
    ) -> None:
        """`person`: who sends this cookie, looked up anew each time; `keep`: the cookie that lives on with the session."""
        self._app, self._person, self._feed_port, self._keep = app, person, feed_port, keep

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
        if hasattr(request.state, "person"):
            extra = {**extra, "Set-Cookie": self._keep(request)}
        await self._app(scope, receive, send_with_headers)

    async def _let_in(self, request: Request) -> None:
        if request.method in CHANGING and _is_foreign(request):
            raise Problem("origin.foreign", 403)
        if not _needs_session(request):
            return
        try:
            person = await self._person(request.cookies.get(COOKIE))
        except AWAY as error:
            raise Problem("database.away", 503) from error
        if person is None:
            raise Problem("login.needed", 401)
        request.state.person = person


async def person_of(request: Request) -> Actor:
    """FastAPI's dependency: who asks, as the gate found in this very request. Raises `Problem` 401."""
    person: Actor | None = getattr(request.state, "person", None)
    if person is None:
        raise Problem("login.needed", 401)
    return person


def _needs_session(request: Request) -> bool:
    path = request.url.path
    if path in OPEN or path.startswith(LINKS):
        return False
    return path.startswith("/api/") or path in CLOSED_PAGES or request.method not in {"GET", "HEAD"}


def _is_foreign(request: Request) -> bool:
    """Whether a page of another origin asks; other programs send no Origin."""
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
