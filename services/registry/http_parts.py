"""What the register's routes share: the store and the lists, instants, and how a change is asked for and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from fastapi import Request, Response

from services.contracts.envelope import Refused
from services.contracts.stored import Actor
from services.eventsourcing.event_store import Retry
from services.picture.instant import NotAnInstant, instant_of_text
from services.registry.adapters.postgres_lists import PostgresLists
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bodies import Body
from services.registry.bootstrap import registry_store
from services.registry.domain import site as s
from services.registry.domain.keys import site_stream
from services.registry.handlers.change_entry import Changed, ChangeEntry, Stale, Wanted, repetition
from services.registry.handlers.reading import entry_of, stored_until
from services.registry.problem_texts import FIELDS
from services.registry.rights import may_change_site
from services.runtime.ids import uuid7
from services.runtime.line_keys import LineKeys
from services.runtime.postgres_looks import PostgresLooks
from services.runtime.problem import Problem, language_of
from services.runtime.sealing import Sealing

REQUEST_CHARS = 64
SHANGHAI_HOURS = 8
MOST_NAMED = 5
MOST_DIGITS = 18  # of a version


class Registry:
    """Everything that a request needs."""

    def __init__(self, pool: asyncpg.Pool, line_keys: LineKeys) -> None:
        """`pool`: not owned. `line_keys`: seals what panels encipher with."""
        self.line_keys = line_keys
        self.store = registry_store(pool)
        self.lists, self.lines = PostgresLists(pool), PostgresLineBook(pool)
        self.sealing, self.looks = Sealing(pool), PostgresLooks(pool)

    async def position(self, at: str, position: int | None) -> int | None:
        """Up to where the register is asked for; None: as it is now. Raises `Problem` 422."""
        if not at:
            return position
        try:
            return await self.store.position_at(instant_of_text(at))
        except NotAnInstant as error:
            raise Problem("instant.invalid", 422, at=at) from error

    async def site_to_change(self, who: Actor, site: str) -> s.Known:
        """The site, which this person may change. Raises `Problem` 404."""
        entry = entry_of(await stored_until(self.store, site_stream(site), None))
        if not isinstance(entry, s.Known) or not may_change_site(who, entry.details):
            raise Problem("site.unknown", 404)
        return entry

    async def done(self, request: Request, who: Actor, stream: str) -> Response | None:
        """The first answer to this very request, if it was done before; asked before rules that it changed itself."""
        done = repetition(await self.store.read(stream), mark(request, who))
        return None if done is None else _answer(stream.partition("/")[2], done)

    async def change(
        self, request: Request, who: Actor, wanted: Wanted, also: Sequence[Wanted] = ()
    ) -> Response:
        """Do it and answer with the entry's id and its new version. Raises `Problem`: 409 stale or refused, 503."""
        named = mark(request, who) or uuid7()
        try:
            done = await ChangeEntry(self.store).run(wanted, also=also, by=who.id, request=named)
        except Retry as error:
            raise Problem("register.busy", 503) from error
        if isinstance(done, Refused):
            raise Problem(done.reason, 404 if done.reason.endswith(".unknown") else 409, **done.params)
        if isinstance(done, Stale):
            raise await self._stale(request, done)
        return _answer(wanted.stream.partition("/")[2], done)

    async def _stale(self, request: Request, stale: Stale) -> Problem:
        if not stale.steps:
            return Problem("entry.exists", 409)
        last = stale.steps[-1]
        words = FIELDS[language_of(request)]
        said = [
            f"{_word(one.field, words)} {one.before or '—'} → {one.after or '—'}"
            for step in stale.steps
            for one in step.changes
        ]
        return Problem(
            "entry.stale",
            409,
            by=await self.lists.person_name(last.by),
            at=shanghai(last.at_us),
            what="; ".join(said[:MOST_NAMED]) or last.type,
            version=str(last.version),
        )


def seen_version(request: Request, body: Body) -> int:
    """The version that the person saw: of the body, else of If-Match. Raises `Problem` 428."""
    said = request.headers.get("if-match", "").removeprefix("W/").strip('"')
    if body.version is not None:
        return body.version
    if not said.isdecimal() or len(said) > MOST_DIGITS:
        raise Problem("version.missing", 428)
    return int(said)


def shown(form: dict[str, Any], version: int) -> Response:
    """An entry with its version, also as ETag."""
    return _json({**form, "version": version}, version)


def shanghai(at_us: int) -> str:
    """An instant as people here write it."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us, hours=SHANGHAI_HOURS)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def mark(request: Request, who: Actor) -> str:
    """By which a repetition of this person's request is known; empty: they said nothing to know it by."""
    key = request.headers.get("idempotency-key", "")[:REQUEST_CHARS]
    return f"{who.id}/{key}" if key else ""


def _answer(entry: str, done: Changed) -> Response:
    return _json({"id": entry, "version": done.version, "position": done.position}, done.version)


def _json(value: object, version: int) -> Response:
    headers = {"Cache-Control": "no-store", "ETag": f'"{version}"'}
    return Response(msgspec.json.encode(value), media_type="application/json", headers=headers)


def _word(field: str, words: dict[str, str]) -> str:
    name, _, of = field.partition(":")
    return f"{words.get(name, name)} {of}".strip()
