"""What the desk's routes answer with: JSON written by msgspec from the contracts, pages with their marks."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from fastapi import Request, Response

from services.contracts.stored import Actor
from services.runtime.problem import Problem

# Who asks, as the gate found in this very request; raises `Problem` 401.
PersonOf: TypeAlias = Callable[[Request], Awaitable[Actor]]


def json_answer(value: object, status: int = 200) -> Response:
    """Never kept by a browser."""
    return Response(
        msgspec.json.encode(value),
        status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def page_answer(items: object, last: tuple[int | str, ...] | None) -> Response:
    """`last`: the sort keys of the last item, if there may be more."""
    after = None if last is None else urlsafe_b64encode(msgspec.json.encode(last)).decode()
    return json_answer({"items": items, "next": after})


def page_mark(after: str | None, shape: tuple[type, ...]) -> tuple[int | str, ...]:
    """The sort keys in a mark; none for the first page. Raises `Problem` 422."""
    if after is None:
        return ()
    try:
        keys: tuple[int | str, ...] = msgspec.json.decode(urlsafe_b64decode(after), type=tuple[shape])  # type: ignore[valid-type]  # a type made at run time
    except (ValueError, msgspec.DecodeError) as error:
        raise Problem("cursor.invalid", 422) from error
    return keys
