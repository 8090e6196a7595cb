"""History, an alarm's record and exports over HTTP, as one router that the station mounts.

At most two look at once; a third waits a little and is then told to come again. Reading goes in small steps.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import re
import tempfile
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from services.contracts.stored import Actor
from services.picture.instant import NotAnInstant, instant_of_text
from services.replay.adapters.zip_container import TooLarge, ZipBox
from services.replay.handlers.alarm_record import alarm_record, reason
from services.replay.handlers.exporting import Making, Stretch, export
from services.replay.handlers.history import Asked, history
from services.replay.handlers.room import ReadingRoom
from services.replay.ports import RecordAway, RecordBroken, RecordNewer
from services.replay.problems import Problem
from services.runtime.clock import now_us

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

READERS = ("inspector", "auditor", "enforcement_officer", "shift_supervisor", "provider_manager")
AT_ONCE = 2
WAIT_SECONDS = 20.0
GONE_SECONDS = 0.5
MOST_BYTES = 2_000_000_000  # of an export over HTTP; the command line has no limit
CHUNK = 262_144
T = TypeVar("T")
Alarm = Annotated[str | None, Query(max_length=64)]
Positions = Annotated[str | None, Query(max_length=2000)]
_SAFE = re.compile(r"[^0-9A-Za-z-]")
PLACES = re.compile(r"(\d{1,3}):(-1|\d{1,18})")


class Desk:
    """Lets two in at a time."""

    def __init__(self, room: ReadingRoom) -> None:
        self.room = room
        self._seats = asyncio.Semaphore(AT_ONCE)

    @contextlib.asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """A seat in the reading room; what goes wrong there becomes a problem document."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._seats.acquire()
        except TimeoutError as error:
            raise Problem("history.busy", 503, seconds="10") from error
        try:
            yield
        except RecordBroken as error:
            where = {"partition": str(error.partition), "offset": str(error.offset)}
            raise Problem("record.broken", 500, **where) from error
        except RecordNewer as error:
            where = {"partition": str(error.partition), "offset": str(error.offset)}
            raise Problem("record.newer", 503, **where) from error
        except (RecordAway, KafkaError) as error:
            raise Problem("record.away", 503) from error
        finally:
            self._seats.release()


def make_router(room: ReadingRoom, person: Callable[..., Awaitable[Actor]]) -> APIRouter:
    """The routes; `person`: a dependency that gives who asks, or answers 401."""
    router, desk = APIRouter(prefix="/api"), Desk(room)
    _history(router, desk, person)
    _alarms(router, desk, person)
    _exports(router, desk, person)
    return router


def _history(router: APIRouter, desk: Desk, person: Callable[..., Awaitable[Actor]]) -> None:
    @router.get("/history", summary="What the record said at an instant, or at a kept screen's positions")
    async def at_an_instant(  # noqa: PLR0913 - each a parameter of the address
        request: Request,
        at: Annotated[str | None, Query(max_length=40)] = None,
        positions: Positions = None,
        alarm: Alarm = None,
        state: Literal["open", "all"] = "all",
        who: Actor = Depends(person),
    ) -> Response:
        _may_read(who)
        asked = _asked(desk.room.partitions, at, positions, alarm, only_open=state == "open")
        async with desk.seat():
            found = await _while_there(request, history(desk.room, who, asked))
        return _json(found)


def _alarms(router: APIRouter, desk: Desk, person: Callable[..., Awaitable[Actor]]) -> None:
    @router.get("/history/alarms/{alarm}", summary="Every record of one alarm, with its place and digest")
    async def one_alarm(
        request: Request, alarm: str, partition: int | None = None, who: Actor = Depends(person)
    ) -> Response:
        _may_read(who)
        async with desk.seat():
            found = await _while_there(request, alarm_record(desk.room, who, alarm, partition))
        return _json(found)

    @router.get("/history/alarms/{alarm}/why", summary="What one decision about an alarm was decided on")
    async def why(
        request: Request,
        alarm: str,
        offset: Annotated[int, Query(ge=0)],
        partition: int | None = None,
        who: Actor = Depends(person),
    ) -> Response:
        _may_read(who)
        async with desk.seat():
            found = await _while_there(request, reason(desk.room, who, alarm, offset, partition))
        return _json(found)


def _exports(router: APIRouter, desk: Desk, person: Callable[..., Awaitable[Actor]]) -> None:
    @router.get("/history/export", summary="A stretch of the record exactly as it lies, with its proof")
    async def export_file(  # noqa: PLR0913 - each a parameter of the address
        request: Request,
        begin: Annotated[str | None, Query(alias="from", max_length=40)] = None,
        end: Annotated[str | None, Query(alias="to", max_length=40)] = None,
        partition: Annotated[int | None, Query(ge=0)] = None,
        alarm: Alarm = None,
        who: Actor = Depends(person),
    ) -> Response:
        _may_read(who)
        stretch = _stretch(desk.room.partitions, begin, end, partition, alarm)
        return await _exported(request, desk, who, stretch)

    @router.get(
        "/alarms/{alarm}/export", summary="One alarm's stretch of the record, its history to read, its proof"
    )
    async def export_alarm(
        request: Request, alarm: Annotated[str, Path(max_length=64)], who: Actor = Depends(person)
    ) -> Response:
        _may_read(who)
        return await _exported(request, desk, who, Stretch(alarm=alarm))

    @router.get(
        "/interruptions/{interruption}/export",
        summary="One interruption's stretch of the record, its history to read, its proof",
    )
    async def export_interruption(
        request: Request, interruption: Annotated[str, Path(max_length=64)], who: Actor = Depends(person)
    ) -> Response:
        _may_read(who)
        return await _exported(request, desk, who, Stretch(interruption=interruption))


async def _exported(request: Request, desk: Desk, who: Actor, stretch: Stretch) -> Response:
    """The container, made whole before its first byte goes out: what cannot be made is a problem document."""
    async with contextlib.AsyncExitStack() as cleaning:
        file = cleaning.enter_context(tempfile.TemporaryFile(prefix="jiejing-export-"))  # noqa: SIM115 - the stack closes it
        async with desk.seat():
            made = await _while_there(request, _fill(desk.room, who, stretch, file))
        if not made:
            raise Problem("not_found", 404)
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        later = cleaning.pop_all()
    headers = {
        "Cache-Control": "no-store",
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{_file_name(stretch)}"',
    }
    return StreamingResponse(_chunks(file, later), media_type="application/zip", headers=headers)


async def _fill(room: ReadingRoom, who: Actor, stretch: Stretch, file: IO[bytes]) -> bool:
    making = Making(at=now_us(), by=who.id, version=version("jiejing"))
    try:
        with ZipBox(file, most=MOST_BYTES) as box:
            return await export(room, who, stretch, making, box) is not None
    except TooLarge as error:
        raise Problem("export.too_large", 413, most=str(MOST_BYTES // 1_000_000)) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Problem("disk.full", 507) from error


async def _chunks(file: IO[bytes], closing: contextlib.AsyncExitStack) -> AsyncIterator[bytes]:
    async with closing:
        while chunk := file.read(CHUNK):
            yield chunk


def _stretch(
    partitions: int, begin: str | None, end: str | None, partition: int | None, alarm: str | None
) -> Stretch:
    if partition is not None and partition >= partitions:
        raise Problem("export.partition", 422, most=str(partitions - 1))
    first, last = (None if text is None else _instant(text) for text in (begin, end))
    if first is not None and last is not None and first > last:
        raise Problem("export.backwards", 422)
    return Stretch(begin=first, end=last, partition=partition, alarm=alarm)


def _file_name(stretch: Stretch) -> str:
    parts = [stretch.begin, stretch.end]
    named = "-".join("" if at is None else str(at // 1_000_000) for at in parts).strip("-")
    if stretch.about is not None:
        named = "-".join(filter(None, [_SAFE.sub("", stretch.about), named]))
    return f"jiejing-record{'-' if named else ''}{named}.zip"


def _may_read(who: Actor) -> None:
    if not set(READERS) & set(who.roles):
        raise Problem("role.missing", 403, role=", ".join(READERS))


def _json(found: object | None) -> Response:
    if found is None:
        raise Problem("not_found", 404)
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(found), media_type="application/json", headers=headers)


async def _while_there(request: Request, work: Coroutine[object, object, T]) -> T:
    """The work's result; it is cancelled when the caller has gone away."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=GONE_SECONDS))[0]:
            if await request.is_disconnected():
                raise Problem("caller.gone", 499)
        return task.result()
    finally:
        task.cancel()


def _asked(
    partitions: int, at: str | None, positions: str | None, alarm: str | None, *, only_open: bool
) -> Asked:
    if (at is None) == (positions is None):
        raise Problem("history.when", 422)
    if at is not None:
        return Asked(at=_instant(at), alarm=alarm, only_open=only_open)
    places = [PLACES.fullmatch(part.strip()) for part in (positions or "").split(",")]
    by_partition = {int(place[1]): int(place[2]) for place in places if place is not None}
    if len(by_partition) != len(places) or not all(number < partitions for number in by_partition):
        raise Problem("history.positions", 422)
    return Asked(positions=by_partition, alarm=alarm, only_open=only_open)


def _instant(text: str) -> int:
    try:
        return instant_of_text(text)
    except NotAnInstant as error:
        raise Problem("history.instant", 422) from error
