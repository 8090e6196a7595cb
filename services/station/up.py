"""`jiejing up`: from an empty folder to a desk that works, in order, and back down again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from services.alarm_router.bootstrap import law_of, write_genesis
from services.identity.bootstrap import ensure_accounts
from services.runtime.clock import now_us
from services.runtime.health import clear_ready
from services.runtime.migrations import MigrationAltered, migrate
from services.station.adapters.data_folder import (
    check_space,
    held,
    make_folders,
    remove_run_file,
    write_run_file,
)
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.embedded_node import build_pages
from services.station.adapters.embedded_postgres import (
    ensure_database,
    postgres_dsn,
    prepare_postgres,
    remove_socket_folder,
)
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.leash import clear_leftovers
from services.station.adapters.ports import choose
from services.station.adapters.secret_files import accounts, ensure_secrets, signal_token
from services.station.errors import StationError
from services.station.generation import newest_generation
from services.station.kafka_archive import ensure_archive
from services.station.processes import expected, service_child, workers_of
from services.station.supervisor import Supervisor

if TYPE_CHECKING:
    from services.runtime.settings import Settings
    from services.station.adapters.child import Child

Say = Callable[[str], None]
ENDPOINTS = "endpoints.json"
EXPECTED = "expected.json"
SPACE_SECONDS = 5.0
LISTENING = ("web", "feed", "signals", "dc09")


async def up(settings: Settings, *, own_kafka: bool, own_postgres: bool, say: Say) -> None:
    """Run the whole product until cancelled. `own_…`: that one is run by somebody else.

    Raises `StationError` when something stands in the way.
    """
    make_folders(settings)
    with held(settings):
        check_space(settings)
        remove_run_file(settings, ENDPOINTS)
        own = [name for name, is_own in (("kafka", own_kafka), ("postgres", own_postgres)) if is_own]
        names = expected(own, workers_of(settings))
        settle_s = law_of(settings).settle_us // 1_000_000
        write_run_file(settings, EXPECTED, {"own": own, "names": list(names), "settle_s": settle_s})
        for name in await asyncio.to_thread(clear_leftovers, settings):
            say(f"ended {name}, left by an earlier start")
        chosen = choose((name, getattr(settings, name)) for name in LISTENING)
        settings = settings.model_copy(update=chosen)
        is_first = ensure_secrets(settings)
        try:
            await _run(settings, is_first=is_first, own_kafka=own_kafka, own_postgres=own_postgres, say=say)
        finally:
            remove_run_file(settings, ENDPOINTS)
            remove_socket_folder(settings)


@asynccontextmanager
async def running_stores(
    settings: Settings, *, own_kafka: bool, own_postgres: bool, say: Say
) -> AsyncIterator[Settings]:
    """Kafka and PostgreSQL, with an empty database at least, and nothing else; the settings have their addresses."""
    async with Supervisor(settings, say) as supervisor:
        await supervisor.start(await _stores(settings, own_kafka, own_postgres, say))
        if not own_postgres:
            await ensure_database(settings)
        yield _with_addresses(settings, own_kafka=own_kafka, own_postgres=own_postgres)


async def _run(settings: Settings, *, is_first: bool, own_kafka: bool, own_postgres: bool, say: Say) -> None:
    async with Supervisor(settings, say) as supervisor:
        pages = asyncio.create_task(_pages(settings, say))
        await supervisor.start(await _stores(settings, own_kafka, own_postgres, say))
        settings = _with_addresses(settings, own_kafka=own_kafka, own_postgres=own_postgres)
        made = await _furnish(settings, own_postgres=own_postgres, say=say)
        await pages
        names = workers_of(settings)
        say(f"starting {', '.join(names)}")
        for name in names:
            clear_ready(settings, name)
        await supervisor.start([service_child(name, settings) for name in names])
        write_run_file(settings, ENDPOINTS, endpoints(settings))
        welcome(settings, say, is_first=is_first, made=made)
        await watch_space(settings, say)


async def watch_space(settings: Settings, say: Say, every: float = SPACE_SECONDS) -> None:
    """For ever: say once when the disk gets full, before the stores stop taking anything, and when it is over."""
    is_short = False
    while True:
        try:
            await asyncio.to_thread(check_space, settings)
        except StationError as problem:
            if not is_short:
                say(f"WARNING: {problem}; on a full disk nothing more is acknowledged")
            is_short = True
        else:
            if is_short:
                say("there is enough space again")
            is_short = False
        await asyncio.sleep(every)


async def _stores(settings: Settings, own_kafka: bool, own_postgres: bool, say: Say) -> list[Child]:
    children = []
    if not own_postgres:
        children.append(await asyncio.to_thread(prepare_postgres, settings))
    if not own_kafka:
        if not settings.jars.exists():
            say("fetching Kafka, once for this user (45 MB)")
        await ensure_archive(settings, say)
        children.append(await asyncio.to_thread(prepare_kafka, settings))
    say(
        f"starting {' and '.join(child.name for child in children)}"
        if children
        else "using your Kafka and PostgreSQL"
    )
    return children


async def _pages(settings: Settings, say: Say) -> None:
    """Build them in a thread, which is told when nobody waits for it any more."""
    given_up, log = threading.Event(), settings.logs_dir / "pages.log"
    try:
        built = await asyncio.to_thread(build_pages, settings.frontend, settings.environment(), log, given_up)
    finally:
        given_up.set()
    if not built:
        say(f"no pages: {settings.frontend} has no package.json")


def _with_addresses(settings: Settings, *, own_kafka: bool, own_postgres: bool) -> Settings:
    update: dict[str, str] = {}
    ports = ports_of(settings)
    if not own_kafka and ports is not None:
        update["kafka"] = f"127.0.0.1:{ports.broker}"
    if not own_postgres:
        update["postgres"] = postgres_dsn(settings)
    return settings.model_copy(update=update)


async def _furnish(settings: Settings, *, own_postgres: bool, say: Say) -> set[str]:
    """Schemas, topics, the genesis of every partition and the first accounts; each does nothing the second time.

    The roles whose accounts were made.
    """
    if not own_postgres:
        await ensure_database(settings)
    await apply_migrations(settings.postgres, say)
    made = await asyncio.to_thread(make_topics, settings.kafka, wanted_topics())
    if made:
        say(f"made topics {', '.join(made)}")
    await asyncio.to_thread(newest_generation, settings.kafka)
    await write_genesis(settings.kafka)
    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2) as pool:
        return await ensure_accounts(pool, accounts(settings))


async def furnish_apart(settings: Settings, say: Say) -> None:
    """What `up` makes before it starts the processes, on stores that somebody else runs."""
    make_folders(settings)
    is_first = ensure_secrets(settings)
    made = await _furnish(settings, own_postgres=True, say=say)
    if is_first and made:
        say(f"first accounts: {settings.accounts_file}")


async def apply_migrations(dsn: str, say: Say) -> None:
    """Bring the schemas up to date. Raises `StationError` when a file was altered or the server is not there."""
    try:
        applied = await migrate(dsn)
    except MigrationAltered as problem:
        raise StationError(str(problem)) from problem
    except (OSError, asyncpg.PostgresError) as problem:
        message = (
            f"PostgreSQL does not take the migrations ({type(problem).__name__}: {problem}): is it running?"
        )
        raise StationError(message) from problem
    if applied:
        say(f"migrated {', '.join(applied)}")


def endpoints(settings: Settings) -> dict[str, object]:
    """What outsiders read in `run/endpoints.json`; with the demo, also how to log in."""
    ready_at = datetime.fromtimestamp(now_us() / 1_000_000, UTC)
    found: dict[str, object] = {
        "ready_at": ready_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "web": f"http://{settings.web.reachable}",
        "feed": f"ws://{settings.feed.reachable}/v1/feed",
        "signals": f"http://{settings.signals.reachable}",
        "dc09": str(settings.dc09.reachable),
        "kafka": settings.kafka,
        "postgres": settings.postgres,
    }
    if settings.demo:
        found["accounts"] = accounts(settings)
        found["signal_token"] = signal_token(settings)
    return found


def welcome(settings: Settings, say: Say, *, is_first: bool, made: set[str]) -> None:
    """Where the desk is and how to log in. `made`: roles whose accounts were made; those of a restored copy were not."""
    say(f"the desk is at http://{settings.web.reachable}")
    if is_first and not made:
        say(f"people log in with the passwords that they had; those in {settings.accounts_file} are nobody's")
    elif settings.demo:
        one = accounts(settings)["operator"]
        say(f"log in as {one['username']} with {one['password']} (others: {settings.accounts_file})")
    elif is_first:
        one = accounts(settings)["administrator"]
        say(
            f"log in as {one['username']} with {one['password']} (choose your own behind the name): make the people there"
        )
    say("Ctrl-C ends everything")
