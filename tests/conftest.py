"""One Kafka and one PostgreSQL for a whole run, started when the first test asks; topics and databases per test."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import hypothesis
import pytest

from services.runtime.migrations import migrate
from services.runtime.settings import Settings
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.embedded_postgres import (
    ensure_database,
    postgres_dsn,
    prepare_postgres,
    remove_socket_folder,
)
from services.station.adapters.kafka_topics import drop_topics, make_topics, wanted_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from services.station.adapters.child import Child

T = TypeVar("T")
START_SECONDS = 240  # a busy machine is late, not wrong
STOP_SECONDS = 30


# Whether a commit is good does not depend on the draw: `make test` draws the same examples every time, and whoever
# looks for new ones says `make soak`. What that finds becomes an example of its test. Nor does it depend on the machine:
# an example may take any time.
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("new", print_blob=True, deadline=None)


def pytest_configure() -> None:
    """Products that tests start have no panels but those of the test, and end on Ctrl-C wherever the tests were started."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("JIEJING_DEMO_TRAFFIC", "false")
    hypothesis.settings.load_profile("new" if os.environ.get("SOAK") else "same")


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Run it in a thread of its own, since whoever asks for a fixture may be in a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _is_ready(child: Child, process: subprocess.Popen[bytes]) -> bool:
    return await child.ready(process.pid)


def wait_until_ready(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Fail with the end of the child's log when it dies or takes too long."""
    end = time.monotonic() + START_SECONDS
    while not run_apart(_is_ready(child, process)):
        if process.poll() is not None or time.monotonic() > end:
            tail = child.log.read_text(errors="replace")[-2000:]
            pytest.fail(f"{child.name} did not become ready:\n{tail}")
        time.sleep(0.05)


def end(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Stop it as the supervisor does, and make sure."""
    process.send_signal(child.stop)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(STOP_SECONDS)


@pytest.fixture(scope="session")
def station_settings() -> Iterator[Settings]:
    """A data folder for the run's broker and database."""
    folder = Path(tempfile.mkdtemp(prefix="jiejing-test-"))
    folder.chmod(0o711)
    yield Settings(data_dir=folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(station_settings: Settings) -> Iterator[str]:
    """`host:port` of the run's broker."""
    child = prepare_kafka(station_settings)
    process = child.start()
    try:
        wait_until_ready(child, process)
        ports = ports_of(station_settings)
        assert ports is not None
        yield f"127.0.0.1:{ports.broker}"
    finally:
        process.kill()  # its folder goes with it: closing thousands of partitions in order would take long
        process.wait(STOP_SECONDS)


@pytest.fixture(scope="session")
def postgres(station_settings: Settings) -> Iterator[str]:
    """DSN of the run's PostgreSQL; prefer `database` in tests that write."""
    child = prepare_postgres(station_settings)
    process = child.start()
    try:
        wait_until_ready(child, process)
        run_apart(ensure_database(station_settings))
        yield postgres_dsn(station_settings)
    finally:
        end(child, process)
        remove_socket_folder(station_settings)


_numbers = itertools.count(1)


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test has, ending in a dot."""
    return f"t{next(_numbers)}{secrets.token_hex(3)}."


@pytest.fixture
def topics(kafka: str, topic_prefix: str) -> Iterator[Callable[..., str]]:
    """Call it with some names to make those of `topics.toml` under this test's prefix, which it returns; without, all.

    They go with the test: a broker of this size cannot hold the partitions of a whole run.
    """

    def make(*names: str) -> str:
        make_topics(kafka, [one for one in wanted_topics() if not names or one.name in names], topic_prefix)
        return topic_prefix

    yield make
    drop_topics(kafka, lambda name: name.startswith(topic_prefix))


async def execute(dsn: str, statement: str) -> None:
    """One statement, on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextlib.contextmanager
def made_database(postgres: str, like: str = "template1") -> Iterator[str]:
    """DSN of a new one that begins as a copy of `like`, which nobody uses meanwhile."""
    name = f"t{next(_numbers)}_{secrets.token_hex(3)}"
    run_apart(execute(postgres, f"create database {name} template {like}"))
    try:
        yield named(postgres, name)
    finally:
        run_apart(execute(postgres, f"drop database if exists {name} with (force)"))


def named(postgres: str, database: str) -> str:
    """DSN of another database of the same server."""
    return postgres.replace("/jiejing?", f"/{database}?")


@pytest.fixture(scope="session")
def tables(postgres: str) -> str:
    """Name of a database that has all tables and nothing in them."""
    run_apart(execute(postgres, "create database tables"))
    run_apart(migrate(named(postgres, "tables")))
    return "tables"


@pytest.fixture
def database(postgres: str, tables: str) -> Iterator[str]:
    """DSN of a database of this test's own, with all tables, empty."""
    with made_database(postgres, tables) as dsn:
        yield dsn


@pytest.fixture
def bare_database(postgres: str) -> Iterator[str]:
    """DSN of one without tables."""
    with made_database(postgres) as dsn:
        yield dsn
