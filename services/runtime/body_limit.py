"""No body is read without an end: what a stranger may post lies in memory until it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.runtime.problem import TOO_LARGE, Problem, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1_048_576


class BodyLimit:
    """ASGI: answers 413 to a body that says it is larger, and to one that turns out to be."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        """`most`: bytes."""
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self._most:
            problem = Problem("body.too_large", TOO_LARGE)
            await problem_response(request, problem)(scope, receive, send)
            return
        read = 0

        async def receive_so_much() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise HTTPException(TOO_LARGE)  # FastAPI lets this one through while it reads a body
            return message

        await self._app(scope, receive_so_much, send)
