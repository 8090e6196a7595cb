"""Every process shows its figures, and whether it lives and is ready, on a port of its own beside its work.

A process that listens for others has doors with rules (a login, a token); those who watch the machine need one that
is the same everywhere and says nothing but figures. It is bound to the loopback, on a free port unless
`JIEJING_METRICS` names one, and `DIR/run/metrics/NAME.json` says where, in the form that Prometheus discovers
targets by (`file_sd_configs`), so that a process that comes back on another port is found again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.health import is_ready
from services.runtime.http_server import Door, Server

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from services.runtime.settings import Address, Settings

READ = Counter("jiejing_read_decisions", "Counting decisions that this reader has acted on", ["reader"])
READ_UNTIL = Gauge(
    "jiejing_read_until_timestamp_seconds", "Partition time of the newest decision acted on", ["reader"]
)


class PortTaken(RuntimeError):
    """Somebody else listens where the figures should be shown."""


class _Target(msgspec.Struct, frozen=True):
    targets: tuple[str, ...]
    labels: dict[str, str]


def targets_file(settings: Settings, name: str) -> Path:
    """Where the process `name` says on which port it shows its figures."""
    return settings.run_dir / "metrics" / f"{name}.json"


def target_of(settings: Settings, name: str) -> str | None:
    """`HOST:PORT` of the process's figures as it said last; None when it said nothing."""
    try:
        found = msgspec.json.decode(targets_file(settings, name).read_bytes(), type=tuple[_Target, ...])
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found[0].targets[0] if found and found[0].targets else None


async def serve_figures(settings: Settings, name: str) -> None:
    """Serve /livez, /readyz and /metrics until cancelled. Raises `PortTaken`."""
    listening = _bind(settings.metrics, name)
    server = Server(_door(settings, name))
    _say(settings, name, listening)
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait([serving], timeout=1)


def _bind(address: Address, name: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        raise PortTaken(
            f"{name} cannot show its figures on {address}: {error.strerror}. "
            "Several processes on one machine need port 0 (metrics = 127.0.0.1:0)"
        ) from error


def _door(settings: Settings, name: str) -> Door:
    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        ready = is_ready(settings, name, os.getpid())
        return PlainTextResponse("ok\n" if ready else "not ready\n", 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Door(Starlette(routes=routes))


def _say(settings: Settings, name: str, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    at = settings.metrics._replace(host=host, port=port).reachable
    target = _Target(targets=(str(at),), labels={"job": "jiejing", "process": name})
    file = targets_file(settings, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_bytes(msgspec.json.encode((target,)))
    draft.replace(file)
