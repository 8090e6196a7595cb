"""Where the receiver is built: doors in front of one intake, the inbox and the directory behind it."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from services.contracts.topics import DIRECTORY, INBOX, LIVENESS
from services.ingest.adapters.dc09_tcp import FRAME_SECONDS, MAX_CONNECTIONS, Dc09Tcp
from services.ingest.adapters.dc09_udp import Dc09Udp
from services.ingest.adapters.directory_file import DirectoryFile
from services.ingest.adapters.file_spool import FileSpool
from services.ingest.adapters.http import SignalsHttp
from services.ingest.adapters.kafka_digest_log import KafkaDigestLog
from services.ingest.adapters.kafka_line_directory import KafkaLineDirectory
from services.ingest.adapters.kafka_signal_log import KafkaSignalLog
from services.ingest.adapters.life_file import begin_life
from services.ingest.domain.accounting import Accounting
from services.ingest.handlers.clock_teller import ClockTeller
from services.ingest.handlers.heard_teller import HeardTeller
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.handlers.spooled_log import SpooledLog
from services.ingest.ports import AppendFailed
from services.runtime.clock import ahead_us, now_us, steady_us
from services.runtime.host_clock import host_name
from services.runtime.http_server import Door, Server
from services.runtime.ids import secret, uuid7
from services.runtime.line_keys import LineKeys
from services.runtime.settings import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable

    from starlette.applications import Starlette

    from services.runtime.settings import Settings

KAFKA_SECONDS = 3.0  # to answer at the start, before the directory of the last run will do
_RETRY_SECONDS = 0.5
_PORTS_TRIED = 20
_OTHER_FILES = 512


@dataclass(frozen=True)
class Receiver:
    """A running receiver: where it listens, and the tasks that must not end."""

    dc09: Address
    signals: Address
    tasks: tuple[asyncio.Task[None], ...]

    async def failed(self) -> None:
        """Wait until a task ends, and raise its error."""
        await _first(self.tasks)


@asynccontextmanager
async def receiving(
    settings: Settings,
    *,
    topic_prefix: str = "",
    frame_seconds: float = FRAME_SECONDS,
    append_seconds: float = 10.0,
) -> AsyncIterator[Receiver]:
    """Connect, read the directory whole, open the doors; close them in reverse.

    The HTTP door opens first and says 503 until the directory is known; DC-09, which has no word for that,
    opens after. While Kafka is away the directory of the last run will do, if there is one, and what comes lies in
    the spool until Kafka is there. `topic_prefix` keeps tests apart.
    """
    log = KafkaSignalLog(settings.kafka, topic_prefix + INBOX)
    spool = FileSpool(settings.spool_dir)  # first: whoever has its lock is the one receiver of this folder
    me = ReceiverRun(
        run=uuid7(),
        sender="ingest",
        account_space=settings.account_space,
        host=host_name(),
        life=begin_life(settings.spool_dir / "life", now_us()),
    )
    accounting = Accounting(now_us)
    remembered = DirectoryFile(settings.spool_dir / "directory")
    directory = KafkaLineDirectory(settings.kafka, remembered, topic_prefix + DIRECTORY)
    spooled = SpooledLog(log, spool, accounting, me, now_us)
    keys = LineKeys(settings.line_key_file)
    intake = Intake(spooled, directory, me, now_us, append_seconds, accounting, keys, steady_us)
    digests = KafkaDigestLog(settings.kafka, topic_prefix + LIVENESS)
    teller = HeardTeller(intake.heard, digests, steady_us, ahead_us)
    clocks = ClockTeller(intake.clocks, log, me, now_us)
    is_open = asyncio.Event()
    http = SignalsHttp(intake, spool, token=signal_token(settings), ready=is_open.is_set)
    tcp = Dc09Tcp(intake, frame_seconds=frame_seconds, max_connections=_connections())
    udp = Dc09Udp(intake)
    door = _bound(settings.signals)
    tasks: tuple[asyncio.Task[None], ...] = (
        asyncio.create_task(_serve(http.app(), door), name="signals"),
        asyncio.create_task(directory.follow(), name="directory"),
        asyncio.create_task(spooled.drain(), name="spool"),
    )
    try:
        await _before(tasks, _prepared(directory, log))
        is_open.set()
        dc09 = await _listening(tcp, udp, settings.dc09)
        tasks += (
            asyncio.create_task(teller.run(), name="heard"),
            asyncio.create_task(clocks.run(), name="clocks"),
        )
        yield Receiver(dc09, Address(*door.getsockname()[:2]), tasks)
    finally:
        await tcp.close()
        await udp.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await intake.close()
        await log.close()
        await digests.close()
        spool.close()  # last: its lock is what makes this the one receiver


async def _listening(tcp: Dc09Tcp, udp: Dc09Udp, wanted: Address) -> Address:
    """Both at the same port number. With port 0 TCP finds one, and another if UDP cannot have it."""
    for _ in range(_PORTS_TRIED):
        found = Address(*await tcp.start(*wanted))
        try:
            await udp.start(*found)
        except OSError:
            await tcp.close()
            if wanted.port != 0:
                raise
        else:
            return found
    raise OSError(errno.EADDRINUSE, "no port is free for both TCP and UDP")


def signal_token(settings: Settings) -> str:
    """The bearer token of the HTTP door; made at the first start, readable by the owner only. Raises ValueError."""
    path = settings.signal_token_file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret() + "\n")
    token = path.read_text(encoding="ascii").strip()
    if not token:  # of a disk that was full, or lost its power: with it anybody could post
        msg = f"{path} is empty: delete it, and a new token is made"
        raise ValueError(msg)
    return token


def _connections() -> int:
    """How many panels may be connected at once: as many as wanted, if this process may open so many files.

    What is kept back is for the broker and the other door, which must not be starved by strangers.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MAX_CONNECTIONS, soft - _OTHER_FILES))


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    return socket.create_server(tuple(address), family=family, backlog=512)


async def _serve(app: Starlette, door: socket.socket) -> None:
    server = Server(Door(app, timeout_graceful_shutdown=2))
    try:
        await server.serve(sockets=[door])
    except asyncio.CancelledError:
        server.should_exit = True
        await server.shutdown(sockets=[door])
        raise


async def _prepared(directory: KafkaLineDirectory, log: KafkaSignalLog) -> None:
    """Connect and read the directory, for as long as it takes; not for long if the last run read one."""
    said = structlog.get_logger("ingest")
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            await _connected(directory, log)
    except TimeoutError:
        if directory.known:
            said.warning("kafka_is_away_going_on_with_the_directory_of_the_last_run")
        else:
            said.error("nothing_is_acknowledged_kafka_is_away_and_no_directory_was_ever_read")
            await directory.loaded.wait()


async def _connected(directory: KafkaLineDirectory, log: KafkaSignalLog) -> None:
    """Ahead of the first append."""
    while True:
        try:
            await log.start()
        except AppendFailed as error:
            structlog.get_logger("ingest").warning("waiting_for_the_broker", error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            break
    await directory.loaded.wait()


async def _before(tasks: Iterable[asyncio.Task[None]], wanted: Coroutine[object, object, object]) -> None:
    """Wait for `wanted`, unless a task that must not end does so first."""
    waiting = asyncio.ensure_future(wanted)
    watching = asyncio.ensure_future(_first(tasks))
    try:
        done, _ = await asyncio.wait((waiting, watching), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        waiting.cancel()
        watching.cancel()


async def _first(tasks: Iterable[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
        msg = f"{task.get_name()} ended by itself"
        raise RuntimeError(msg)
