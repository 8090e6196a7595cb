"""POST and DELETE /api/session, GET /api/me, and the dependency that says who asks.

The cookie is HttpOnly and SameSite=Strict; on methods that change anything the Origin, where a browser sends
one, must be our own. A client without a browser sends none and is let through: it has no ambient cookie.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.identity.domain.login import SESSION_US, Person
from services.identity.handlers.sessions import GivenPassword, Sessions, WrongLogin
from services.identity.ports import Throttled
from services.runtime import problem
from services.runtime.problem import Problem, Text

COOKIE = "jiejing_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

router = APIRouter()

problem.register(
    {
        "login.needed": {
            "zh": Text("请先登录", "请登录后重试。"),
            "en": Text("Login needed", "Log in and try again."),
        },
        "login.wrong": {
            "zh": Text("用户名或密码不正确", "请核对后重试；忘记密码请联系管理员。"),
            "en": Text("Wrong username or password", "Check both; ask an administrator for a new password."),
        },
        "password.given": {
            "zh": Text("此密码由他人设定，须先改为自己的密码", "请设定一个只有自己知道的密码，再登录。"),
            "en": Text(
                "Somebody else gave this password", "Choose one that only you know, and log in with it."
            ),
        },
        "login.throttled": {
            "zh": Text("登录失败次数过多", "请在 {seconds} 秒后重试，或联系管理员。"),
            "en": Text("Too many failed logins", "Try again in {seconds} seconds, or ask an administrator."),
        },
        "origin.foreign": {
            "zh": Text("请求来自其他网站", "请在本系统页面中操作。"),
            "en": Text("The request comes from another site", "Use the pages of this system."),
        },
    }
)


TypedName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class Login(BaseModel):
    """What a person types."""

    model_config = ConfigDict(extra="forbid")
    username: TypedName
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class Me(BaseModel):
    """Who is logged in, and where the live feed is."""

    id: str
    username: str
    display_name: str
    roles: list[str]
    provider: str | None
    bureau: str | None
    feed: str


class Named(BaseModel):
    """A person's id, name and roles: whom an alarm may be handed to is seen from these."""

    id: str
    display_name: str
    roles: list[str]


class People(BaseModel):
    """Everybody there is."""

    items: list[Named]


def install(app: FastAPI, sessions: Sessions, *, feed_port: int) -> None:
    """Give `app` its sessions; `feed_port`: of the websocket, on the host by which a browser reaches the pages."""
    app.state.sessions = sessions
    app.state.feed_port = feed_port
    app.include_router(router)


async def current_person(request: Request) -> Person:
    """Who asks. Raises the problems `login.needed` (401) and `origin.foreign` (403)."""
    _check_origin(request)
    person = await _sessions(request).person(request.cookies.get(COOKIE))
    if person is None:
        raise Problem("login.needed", 401)
    return person


def host_of(request: Request) -> str:
    """Where a request comes from; empty where the server does not know."""
    return "" if request.client is None else request.client.host


def throttled(error: Throttled) -> Problem:
    """The answer to one attempt too many."""
    return Problem("login.throttled", 429, seconds=str(-(-error.wait_us // 1_000_000)))


def keep_cookie(request: Request, response: Response, cookie: str) -> None:
    """Let the browser keep the cookie as long as a session lives from now on."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=SESSION_US // 1_000_000,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


@router.post("/api/session")
async def log_in(request: Request, response: Response, body: Login) -> Me:
    """Log in."""
    _check_origin(request)
    try:
        person, cookie = await _sessions(request).log_in(body.username, body.password, host_of(request))
    except WrongLogin as error:
        raise Problem("login.wrong", 401) from error
    except GivenPassword as error:
        raise Problem("password.given", 403) from error
    except Throttled as error:
        raise throttled(error) from error
    keep_cookie(request, response, cookie)
    return _me(request, person)


@router.delete("/api/session", status_code=204)
async def log_out(request: Request, response: Response) -> None:
    """Log out; without a session nothing happens."""
    _check_origin(request)
    await _sessions(request).log_out(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/api/me")
async def me(request: Request, response: Response) -> Me:
    """Who is logged in."""
    person = await current_person(request)
    response.headers["Cache-Control"] = "no-store"
    return _me(request, person)


@router.get("/api/people")
async def people(request: Request) -> People:
    """Who the ids in the record are, for whoever is logged in."""
    await current_person(request)
    known = await _sessions(request).people()
    return People(
        items=[Named(id=one.id, display_name=one.display_name, roles=list(one.roles)) for one in known]
    )


def _me(request: Request, person: Person) -> Me:
    return Me(
        id=person.id,
        username=person.username,
        display_name=person.display_name,
        roles=list(person.roles),
        provider=person.provider,
        bureau=person.bureau,
        feed=_feed(request),
    )


def _feed(request: Request) -> str:
    scheme = "wss" if request.url.scheme == "https" else "ws"
    host = request.url.hostname or "localhost"
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bracketed}:{request.app.state.feed_port}/v1/feed"


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin is None:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem("origin.foreign", 403)
