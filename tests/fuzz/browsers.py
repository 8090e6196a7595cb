"""What browsers and registrars send: sheets, bodies, marks of pages, headers and the feed's first words."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from websockets.datastructures import Headers
from websockets.http11 import Request as Handshake

from services.contracts.codec import NOT_READ, encode
from services.contracts.views import Resume
from services.desk import bodies as desk
from services.desk.adapters.postgres_sessions import COOKIE
from services.desk.adapters.websocket_feed import cookie_of, origin_fits
from services.desk.answers import page_mark
from services.desk.http import _ALARM_KEYS
from services.identity import http as identity
from services.identity import http_accounts as accounts
from services.registry import bodies as registry
from services.registry.domain.fault_texts import fault_text
from services.registry.domain.sheet import SheetUnreadable, read_sheet
from services.registry.http_parts import seen_version
from services.runtime import problem
from services.runtime.problem import Problem
from tests.fuzz.law import Target, drawn, only

T = TypeVar("T")
FAULTS_OF_A_ROW = 30
UNSAYABLE = dict.fromkeys((*range(32), 127))  # no HTTP parser lets them through in a header
BODIES: tuple[TypeAdapter[BaseModel], ...] = tuple(
    TypeAdapter(body)
    for module, form in (
        (desk, desk._Body),
        (registry, registry.Body),
        (registry, registry.Adopt),
        (identity, identity.Login),
        (accounts, accounts.AccountBody),
        (accounts, accounts.OwnPassword),
    )
    for body in vars(module).values()
    if isinstance(body, type) and issubclass(body, form)
)
MARKS = ((int, str), *_ALARM_KEYS.values())


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What it returns; it waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    raise AssertionError("it waits")


def told(if_match: str = "") -> Request:
    """A request that says which version was seen."""
    headers = [(b"if-match", if_match.encode("latin-1"))]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers})


def sheet_law(data: bytes) -> None:
    """Right rows and named faults, each with a place in the file and its words in both languages."""
    with only(SheetUnreadable):
        sheet = read_sheet(data)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    numbers = {row.number for row in sheet.rows}
    assert len(numbers) == len(sheet.rows)
    assert not numbers & {fault.line for fault in sheet.faults}
    assert len(sheet.faults) <= FAULTS_OF_A_ROW * lines
    for fault in sheet.faults:
        assert 1 <= fault.line <= lines + 1
        assert all((*fault_text(fault, "zh"), *fault_text(fault, "en")))
    encode([sheet.rows, sheet.faults])


def body_law(data: bytes) -> None:
    """A body is read and says the same again, or it is told where it is wrong, in words that JSON can hold."""
    which, data = drawn(data, len(BODIES))
    with only(ValueError, RecursionError):  # FastAPI answers 422 or 400 for what is no JSON
        said = json.loads(data)
    try:
        body = BODIES[which].validate_python(said)
    except ValidationError as error:
        bad = RequestValidationError(error.errors(include_url=False))
        assert at_once(problem._on_bad_form(told(), bad)).status_code == 422
        return
    assert BODIES[which].validate_json(body.model_dump_json()) == body
    encode(body.model_dump(mode="json"))


def mark_law(data: bytes) -> None:
    """Where a page goes on, as it was told, or a problem."""
    which, data = drawn(data, len(MARKS))
    with only(Problem):
        keys = page_mark(data.decode("latin-1"), MARKS[which])
    assert tuple(map(type, keys)) == MARKS[which]


def header_law(data: bytes) -> None:
    """A version that was seen, a session's cookie, the page's address: understood or refused, never an error."""
    host, _, origin = data.decode("latin-1").partition("\n")
    text, host, origin = (said.translate(UNSAYABLE) for said in (host + origin, host, origin))
    assert cookie_of(Handshake("/v1/feed", Headers({"Cookie": text}))) is None or COOKIE in text
    fits = origin_fits(Handshake("/v1/feed", Headers({"Host": host, "Origin": origin})), 8080)
    assert not fits or (origin.lstrip().lower().startswith("http") and host)
    with only(Problem):
        assert seen_version(told(text), registry.Body()) >= 0


def resume_law(data: bytes) -> None:
    """Where a screen's picture stands, or nothing said."""
    with only(*NOT_READ):
        resume = msgspec.json.decode(data, type=Resume)
    assert msgspec.json.decode(encode(resume), type=Resume) == resume


TARGETS = (
    Target("registry_sheet", sheet_law),
    Target("http_bodies", body_law),
    Target("page_mark", mark_law, 512),
    Target("headers", header_law, 5000),
    Target("feed_resume", resume_law),
)
