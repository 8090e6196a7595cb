"""The console of this installation as a police endpoint: takes notices, idempotent by their id, and tells what it has."""

from __future__ import annotations

import hmac

import msgspec
from fastapi import APIRouter, Request, Response

from services.contracts.codec import NOT_READ
from services.contracts.police import EscalationNotice
from services.police_link.ports import NoticeBook
from services.runtime import problem
from services.runtime.clock import now_us
from services.runtime.problem import Problem, Text

PREFIX = "/link/escalations"
LARGEST = 256 * 1024

problem.register(
    {
        "link.token": {
            "zh": Text("没有有效的链路令牌", "请使用本装置为该链路生成的令牌。"),
            "en": Text(
                "There is no valid token for this link", "Use the token that this installation made for it."
            ),
        },
        "notice.not_here": {
            "zh": Text("此端点没有该报告", "请以同一编号发送。"),
            "en": Text("This endpoint has no such notice", "Send it under the same id."),
        },
        "notice.invalid": {
            "zh": Text("报告内容不符合格式：{where}", "请按目录中的 police.escalation_notice.v1 发送。"),
            "en": Text(
                "The notice does not have the right form: {where}", "Send police.escalation_notice.v1."
            ),
        },
    }
)


def router(book: NoticeBook, token: str) -> APIRouter:
    """`token`: what the delivering side proves itself with."""
    routes = APIRouter(include_in_schema=False)

    def check(request: Request) -> None:
        expected = f"Bearer {token}".encode()
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise Problem("link.token", 401)

    @routes.get(PREFIX + "/{escalation}")
    async def status(request: Request, escalation: str) -> Response:
        check(request)
        found = await book.status(escalation)
        if found is None:
            raise Problem("notice.not_here", 404)
        return Response(msgspec.json.encode(found), media_type="application/json")

    @routes.post(PREFIX + "/{escalation}")
    async def take(request: Request, escalation: str) -> Response:
        check(request)
        taken = await book.take(await _notice(request, escalation), now_us())
        return Response(
            msgspec.json.encode(taken), 200 if taken.again else 201, media_type="application/json"
        )

    return routes


async def _notice(request: Request, escalation: str) -> EscalationNotice:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Problem("notice.invalid", 413, where=f"> {LARGEST} bytes")
    try:
        notice = msgspec.json.decode(bytes(body), type=EscalationNotice)
    except NOT_READ as error:
        raise Problem("notice.invalid", 422, where=str(error)) from error
    if notice.escalation != escalation:
        raise Problem("notice.invalid", 422, where="escalation")
    return notice
