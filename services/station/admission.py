"""Who sends a cookie: identity's sessions, for the processes that serve other services' people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from services.contracts.stored import Actor
from services.identity.http import COOKIE, keep_cookie

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from services.identity.handlers.sessions import Sessions


def actor_by(sessions: Sessions) -> Callable[[str | None], Awaitable[Actor | None]]:
    """Who sends a cookie, as commands name them; using a session keeps it alive."""

    async def actor(cookie: str | None) -> Actor | None:
        person = await sessions.person(cookie)
        if person is None:
            return None
        return Actor(id=person.id, roles=person.roles, provider=person.provider, bureau=person.bureau)

    return actor


def kept_cookie(request: Request) -> str:
    """The cookie once more: a browser keeps it as long as the session lives, which is counted from its last use."""
    answer = Response()
    keep_cookie(request, answer, request.cookies[COOKIE])
    return answer.headers["set-cookie"]
