"""RFC 9457 problem documents of the signals door: a stable type, and what to do, in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response


class Wording(msgspec.Struct, frozen=True):
    """What happened, and what to do."""

    title: str
    to_do: str


class Problem(msgspec.Struct, frozen=True):
    """One kind of problem; `name` never changes."""

    name: str
    status: int
    zh: Wording
    en: Wording


_ALL = (
    Problem(
        "unauthorized",
        401,
        Wording("没有有效的访问令牌", "请在 Authorization 头中以 Bearer 方式携带本中心发放的令牌。"),
        Wording("No valid token", "Send the token that this centre issued as Authorization: Bearer."),
    ),
    Problem(
        "invalid",
        422,
        Wording("报文格式不符合要求", "请按 errors 中指出的字段更正后重发, id 保持不变。"),
        Wording(
            "The body does not have the required form", "Correct the fields named in errors; keep the id."
        ),
    ),
    Problem(
        "too_large",
        413,
        Wording("报文过大", "每次最多 1000 条、1 MiB; 请分批发送。"),
        Wording("The body is too large", "Send at most 1000 signals and 1 MiB at a time."),
    ),
    Problem(
        "not_ready",
        503,
        Wording("接收服务尚未就绪", "请稍后以相同的 id 重发。"),
        Wording("The receiver is not ready yet", "Send it again with the same id in a moment."),
    ),
    Problem(
        "not_kept",
        503,
        Wording("信号未能确认写入, 不视为已接收", "请以相同的 id 重发全部信号; 重复的不会产生第二次报警。"),
        Wording(
            "The signals could not be confirmed as kept",
            "Send all of them again with the same ids; none counts twice.",
        ),
    ),
)
PROBLEMS = {kind.name: kind for kind in _ALL}


def problem(
    request: Request,
    kind: Problem,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """The answer, in Chinese unless the caller prefers English."""
    language = _language(request.headers.get("accept-language", ""))
    wording = kind.en if language == "en" else kind.zh
    body: dict[str, object] = {
        "type": f"urn:jiejing:problem:signals.{kind.name}",
        "title": wording.title,
        "status": kind.status,
        "detail": wording.to_do,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(
        body,
        status_code=kind.status,
        media_type="application/problem+json",
        headers={"Content-Language": language, **(headers or {})},
    )


def _language(accepted: str) -> str:
    """`en` if English is asked for before Chinese, else `zh`."""
    asked = [part.strip().lower()[:2] for part in accepted.split(",")]
    return next((language for language in asked if language in {"zh", "en"}), "zh")
