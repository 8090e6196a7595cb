"""`ingest.dc09`: frames acknowledged a second by fifty panels, each with one frame in flight.

The receiver acknowledges after the fsynced append to Kafka, on the same cores. The yardstick is pysiaalarm under the
same load, which acknowledges before its user could begin to store anything. Each runs as a process of its own,
`python -m services.station.bench.ingest_dc09 NAME PORT`, and is sent what it accepts: fresh clocks, known accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import psutil

from services.contracts.topics import PARTITIONS
from services.ingest.panel import contact_id_frame
from services.runtime.clock import now_us
from services.runtime.logging import configure_logging
from services.runtime.settings import Address, Settings
from services.station.adapters.child import Child
from services.station.adapters.data_folder import make_folders
from services.station.adapters.leash import running_children
from services.station.adapters.ports import free_ports
from services.station.bench.broker import Bench
from services.station.bench.figure import Figure
from services.station.errors import StationError
from services.station.supervisor import Supervisor

NAME = "ingest.dc09"
PANELS, MOST_PANELS = 50, 500
WARM_S, SECONDS = 4.0, 6.0  # a broker that has just begun takes seconds to become itself
FRAMES = 200  # of each panel, sent round and round
OURS, THEIRS = "receiver", "pysiaalarm"
ACCOUNTS = tuple(f"{0x35010000 + number:08X}" for number in range(MOST_PANELS))


class Acknowledged(NamedTuple):
    """So many frames, how many a second, and the receiver's CPU microseconds for each."""

    frames: int
    rate: float
    cpu_us: float


async def ingest_dc09(bench: Bench) -> list[Figure]:
    """One figure: acknowledged frames a second."""
    await bench.topics(OURS)
    seconds = SECONDS / 3 if bench.quick else SECONDS
    theirs = await acknowledged(bench, THEIRS, PANELS, seconds)
    ours = await acknowledged(bench, OURS, PANELS, seconds)
    yardstick = f"pysiaalarm, which acknowledges before it stores, {theirs.cpu_us:.0f} us CPU"
    return [Figure(NAME, ours.rate, "frames/s", yardstick, theirs.rate, ours.cpu_us, done=ours.frames)]


async def acknowledged(bench: Bench, name: str, count: int, seconds: float) -> Acknowledged:
    """What so many panels get. Raises `StationError` where ours acknowledged what does not lie in the inbox."""
    before = await _lying(bench) if name == OURS else 0
    async with _receiver(bench, name) as (port, process):
        panels = [_Panel(account) for account in ACCOUNTS[:count]]
        loop = asyncio.get_running_loop()
        for panel in panels:
            await loop.create_connection(lambda panel=panel: panel, "127.0.0.1", port)  # type: ignore[misc]  # mypy cannot infer it
        await asyncio.sleep(WARM_S)
        began, warm, cpu = time.perf_counter(), _answers(panels), sum(process.cpu_times()[:2])
        await asyncio.sleep(seconds)
        took, done = time.perf_counter() - began, _answers(panels) - warm
        cpu = sum(process.cpu_times()[:2]) - cpu
        for panel in panels:
            panel.hang_up()
    if wrong := next((panel.wrong for panel in panels if panel.wrong), b""):
        raise StationError(f"no figure, {name} answered {wrong!r}")
    if name == OURS and (lying := await _lying(bench) - before) < _answers(panels):
        raise StationError(f"no figure, {_answers(panels)} were acknowledged and {lying} lie in the inbox")
    return Acknowledged(done, done / took, cpu / max(done, 1) * 1e6)


async def _lying(bench: Bench) -> int:
    """How many signals lie in the receiver's inbox."""
    logs = [bench.inbox(OURS, partition) for partition in range(PARTITIONS)]
    ends = [await log.end() for log in logs]
    await asyncio.gather(*(log.close() for log in logs))
    return sum(ends)


def _answers(panels: Sequence[_Panel]) -> int:
    return sum(panel.acknowledged for panel in panels)


class _Panel(asyncio.Protocol):
    """Sends a frame, waits for its ACK, sends the next."""

    def __init__(self, account: str) -> None:
        self.acknowledged = 0
        self.wrong = b""
        now = now_us()
        self._frames = [
            contact_id_frame(account, number + 1, f"1130 01 {number % 999:03d}", now)
            for number in range(FRAMES)
        ]
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._frames[0])

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if b'"ACK"' not in data:
            self.wrong = data
            return
        self.acknowledged += 1
        assert self._transport is not None
        self._transport.write(self._frames[self.acknowledged % FRAMES])

    def hang_up(self) -> None:
        """Say no more."""
        if self._transport is not None:
            self._transport.abort()


@contextlib.asynccontextmanager
async def _receiver(bench: Bench, name: str) -> AsyncIterator[tuple[int, psutil.Process]]:
    (port,) = free_ports(1)
    settings = bench.settings.model_copy(
        update={
            "data_dir": bench.settings.data_dir / name,
            "dc09": Address("127.0.0.1", port),
            "signals": Address("127.0.0.1", 0),
        }
    )
    make_folders(settings)

    async def ready(_: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    child = Child(
        name=name,
        argv=(sys.executable, "-m", "services.station.bench.ingest_dc09", name, str(port)),
        environment=settings.environment(),
        log=settings.logs_dir / f"{name}.log",
        ready=ready,
    )
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([child])
        yield port, psutil.Process(running_children(settings)[0].pid)


async def _receive(settings: Settings) -> None:
    from services.ingest.bootstrap import receiving

    async with receiving(settings, topic_prefix=f"{OURS}.") as receiver:
        await receiver.failed()


async def _receive_theirs(port: int) -> None:
    try:
        from pysiaalarm.account import SIAAccount
        from pysiaalarm.aio.client import SIAClient
        from pysiaalarm.event import SIAEvent
    except ImportError as error:
        raise StationError(
            "the yardstick pysiaalarm is not installed: `make setup` installs what developers need"
        ) from error

    async def forget(_: SIAEvent) -> None:
        """What its user would begin to store here, after the ACK has gone."""

    known = [SIAAccount(account) for account in ACCOUNTS]
    async with SIAClient("127.0.0.1", port, known, forget):  # type: ignore[abstract]  # it makes a TCP one
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging(Settings(), sys.argv[1])
    asyncio.run(_receive(Settings()) if sys.argv[1] == OURS else _receive_theirs(int(sys.argv[2])))
