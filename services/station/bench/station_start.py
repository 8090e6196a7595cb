"""`station.start`: `jiejing up` until `run/endpoints.json` is there, on a new folder and then on the same again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import prepare_kafka
from services.station.adapters.leash import running_children
from services.station.bench.broker import Bench
from services.station.bench.figure import Figure
from services.station.errors import StationError
from services.station.supervisor import Supervisor

LIMIT_S = 120.0
STOP_S = 15.0
LISTENING = ("web", "feed", "signals", "dc09")


async def station_start(bench: Bench) -> list[Figure]:
    """First and warm, seconds, each beside a Kafka that starts alone in the same condition."""
    del bench
    figures = []
    with tempfile.TemporaryDirectory(prefix="jiejing-start-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # noqa: ASYNC240 - once, before anything runs; PostgreSQL may run as another user
        for which in ("first", "warm"):
            whole, running = await asyncio.to_thread(_start_station, folder / "station")
            alone = await _start_kafka(folder / "kafka")
            yardstick = f"Kafka alone, {which}"
            figures.append(Figure(f"station.start.{which}", whole, "s", yardstick, alone, done=running))
    return figures


def _start_station(data: Path) -> tuple[float, int]:
    """Seconds, and how many processes it is then."""
    command = [sys.executable, "-m", "services.station", "up", "--no-demo", f"--data={data}"]
    command += [f"--{name}=127.0.0.1:0" for name in LISTENING]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not (data / "run" / "endpoints.json").exists():
            if process.poll() is not None or time.perf_counter() - began > LIMIT_S:
                raise StationError("the station does not start: try `jiejing up` yourself")
            time.sleep(0.02)
        return time.perf_counter() - began, len(running_children(Settings(data_dir=data)))
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
        return
    process.kill()  # its watchdog ends the children
    process.wait()


async def _start_kafka(data: Path) -> float:
    settings = Settings(data_dir=data)
    make_folders(settings)
    began = time.perf_counter()
    child = await asyncio.to_thread(prepare_kafka, settings)
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([child])
        return time.perf_counter() - began
