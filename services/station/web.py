"""The process `web`: the HTTP sides of identity, registry and desk, and the pages, in one uvicorn.

Everything lies behind the desk's gate: what is not open by name needs a session.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest

from services.alarm_router.domain.codes import class_of
from services.alarm_router.domain.why import explain
from services.desk.adapters.static_pages import StaticPages
from services.desk.bootstrap import open_desk
from services.desk.gate import Gate, person_of
from services.desk.http import make_router
from services.desk.http_interruptions import interruption_routes
from services.identity.bootstrap import keeper
from services.identity.bootstrap import sessions as open_sessions
from services.identity.http import install as install_identity
from services.identity.http_accounts import account_routes
from services.police_link.bootstrap import console_routes
from services.registry.http import router as registry_router
from services.replay.bootstrap import replay_router
from services.runtime import problem
from services.runtime.body_limit import BodyLimit
from services.runtime.clock import now_us
from services.runtime.health import mark_ready
from services.runtime.http_server import Door, Server
from services.runtime.line_keys import LineKeys
from services.runtime.postgres_pool import POSTGRES_AWAY, open_pool
from services.runtime.problem import Problem, problem_response
from services.station.admission import actor_by, kept_cookie

if TYPE_CHECKING:
    import asyncpg

    from services.desk.adapters.kafka_gateway import KafkaGateway
    from services.desk.bootstrap import OpenDesk
    from services.identity.handlers.sessions import Sessions
    from services.runtime.settings import Settings

STEP_SECONDS = 0.02
STOP_SECONDS = 3
ANSWER_SECONDS = 2  # of the database, before a look at our health says that it does not answer


async def run(settings: Settings) -> None:
    """Serve for ever. Raises when the record is broken or of a newer version: a person must look."""
    async with await open_pool(settings, 10) as pool, asyncio.TaskGroup() as group:
        opened = await open_desk(settings, pool, class_of, explain)
        for work in opened.works():
            group.create_task(work)
        sessions = open_sessions(pool)
        app = BodyLimit(make_app(settings, pool, opened, sessions))
        server = Server(_door(settings, Gate(app, actor_by(sessions), settings.feed.port, kept_cookie)))
        group.create_task(_mark(settings, server, opened.gateway))
        await _serve(server)


def make_app(settings: Settings, pool: asyncpg.Pool, opened: OpenDesk, sessions: Sessions) -> FastAPI:
    """Every route, without the gate."""
    app = FastAPI(title="jiejing", version="0.1.0", docs_url=None, redoc_url=None)
    problem.install(app)
    install_identity(app, sessions, feed_port=settings.feed.port)
    app.include_router(account_routes(keeper(pool)))
    app.include_router(console_routes(pool, settings))
    app.include_router(registry_router(pool, person_of, LineKeys(settings.line_key_file)))
    app.include_router(replay_router(settings, pool, person_of))
    app.include_router(make_router(opened.desk, opened.accounts, person_of))
    app.include_router(interruption_routes(opened.interruptions, person_of))
    _health(app, pool, opened.gateway)
    _pages(app, StaticPages(settings.frontend_dist))
    return app


def _health(app: FastAPI, pool: asyncpg.Pool, gateway: KafkaGateway) -> None:
    @app.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return Response("ok\n", media_type="text/plain")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # also for a connection to ask on
                await pool.fetchval("select 1")
        except POSTGRES_AWAY:
            return Response("PostgreSQL does not answer\n", 503, media_type="text/plain")
        if not gateway.ready:
            return Response("Kafka does not answer\n", 503, media_type="text/plain")
        return Response("ok\n", media_type="text/plain")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        age = Gauge(
            "jiejing_web_newest_decision_age_seconds", "Since the newest decision seen", registry=registry
        )
        age.set((now_us() - gateway.newest_decision) / 1_000_000)
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _pages(app: FastAPI, pages: StaticPages) -> None:
    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request, path: str) -> Response:
        if path.startswith("api/"):
            return problem_response(request, Problem("not_found", 404))
        return pages.answer(path)


def _door(settings: Settings, gate: Gate) -> Door:
    host, port = settings.web
    return Door(gate, host=host, port=port, timeout_graceful_shutdown=STOP_SECONDS)


async def _serve(server: Server) -> None:
    """Serve until cancelled, then let requests end."""
    serving = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait([serving], timeout=STOP_SECONDS + 1)
        raise


async def _mark(settings: Settings, server: Server, gateway: KafkaGateway) -> None:
    while not (server.started and gateway.ready):
        await asyncio.sleep(STEP_SECONDS)
    mark_ready(settings, "web")
