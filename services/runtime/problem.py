"""Problem documents (RFC 9457): a stable type and what to do, in the caller's language."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import asyncpg
import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

Language: TypeAlias = Literal["zh", "en"]
MOST_ERRORS = 20
TOO_LARGE = 413
MEDIA_TYPE = "application/problem+json"
# What asyncpg raises while PostgreSQL is down or coming back; a mistake of ours is not among them.
AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError)
_log = structlog.get_logger()


class Text(NamedTuple):
    """What it is, and what to do; `{name}` is filled from the problem's parameters."""

    title: str
    what_to_do: str


class Problem(Exception):
    """A request that is not done. `type`: the reason ("login.needed"); `status`: HTTP's."""

    def __init__(self, type: str, status: int, **params: str) -> None:  # noqa: A002 - RFC 9457's word
        """`params`: what a person needs to know."""
        super().__init__(type)
        self.type, self.status, self.params = type, status, params


_TEXTS: dict[str, dict[Language, Text]] = {
    "about:blank": {
        "zh": Text("请求未被接受（{status}）", "请核对地址和内容后重试。"),
        "en": Text(
            "The request was not accepted ({status})", "Check the address and the content, then try again."
        ),
    },
    "database.away": {
        "zh": Text("数据库暂时不可用", "信号接收与判定不受影响。请几秒后重试；其间以实时屏为准。"),
        "en": Text(
            "The database is away",
            "Receiving goes on. Try again in a few seconds; the live screen is current.",
        ),
    },
    "body.too_large": {
        "zh": Text("提交的内容过大", "请缩短后重试。"),
        "en": Text("The request is too large", "Shorten it and try again."),
    },
    "value.unfit": {
        "zh": Text("内容中有无法处理的字符或超出范围的数值", "请核对地址和内容后重试。"),
        "en": Text(
            "A character or a number in the request cannot be worked with",
            "Check the address and the content, then try again.",
        ),
    },
    "body.invalid": {
        "zh": Text("提交的内容不符合要求：{where}", "请更正后重试。"),
        "en": Text("The request does not have the right form: {where}", "Correct it and try again."),
    },
}


def register(texts: dict[str, dict[Language, Text]]) -> None:
    """Add the texts of a service's reasons."""
    _TEXTS.update(texts)


def language_of(request: Request) -> Language:
    """What `?lang=` says, else the first known of Accept-Language, else Chinese."""
    asked = [request.query_params.get("lang", ""), *request.headers.get("accept-language", "").split(",")]
    for part in asked:
        tag = part.strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh"


def problem_response(request: Request, problem: Problem, **more: object) -> Response:
    """The document of `problem`, with `more` members."""
    texts = _TEXTS.get(problem.type, _TEXTS["about:blank"])[language_of(request)]
    params = {"status": str(problem.status), **problem.params}
    title = texts.title.format_map(_Kept(params))
    body = {
        "type": f"urn:jiejing:{problem.type}",
        "title": title,
        "status": problem.status,
        "detail": title,
        "what_to_do": texts.what_to_do.format_map(_Kept(params)),
        "params": problem.params,
        **more,
    }
    headers = {"Cache-Control": "no-store"}
    if "seconds" in problem.params:
        headers["Retry-After"] = problem.params["seconds"]
    return Response(msgspec.json.encode(body), problem.status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every `Problem`, bad form, unknown address and absent database of `app` with a document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_bad_form)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(asyncpg.DataError, _on_unfit)
    for away in AWAY:
        app.add_exception_handler(away, _on_away)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(request, error)


async def _on_bad_form(request: Request, error: Exception) -> Response:
    """Where and what, never the value: it may be free text."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"at": [str(part) for part in one["loc"]], "message": one["msg"]}
        for one in error.errors()[:MOST_ERRORS]
    ]
    where = "; ".join(".".join(str(part) for part in one["loc"]) for one in error.errors()[:MOST_ERRORS])
    return problem_response(request, Problem("body.invalid", 422, where=where), errors=errors)


async def _on_away(request: Request, error: Exception) -> Response:
    del error
    return problem_response(request, Problem("database.away", 503))


async def _on_unfit(request: Request, error: Exception) -> Response:
    """PostgreSQL takes no NUL in a text and no number beyond its column: what was asked cannot be there."""
    _log.warning("value_unfit", path=request.url.path, kind=type(error).__name__)
    return problem_response(request, Problem("value.unfit", 422))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == TOO_LARGE:
        return problem_response(request, Problem("body.too_large", TOO_LARGE))
    return problem_response(request, Problem("about:blank", error.status_code))


class _Kept(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"
