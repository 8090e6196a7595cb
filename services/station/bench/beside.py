"""A part of a bench in a process of its own: what it costs or holds is told from what the bench does."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import psutil

from services.station.errors import StationError


@contextlib.asynccontextmanager
async def beside(*command: str) -> AsyncIterator[Process]:
    """Run a command whose output is read; leaving ends it."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(process.pid).kill()
            await process.wait()


async def run_beside(module: str, *arguments: object, limit_s: float) -> bytes:
    """What a module of ours writes until it ends. Raises `StationError`."""
    async with beside(sys.executable, "-m", module, *map(str, arguments)) as process:
        return await said_by(process, module, limit_s)


async def said_by(process: Process, name: str, limit_s: float) -> bytes:
    """What it writes until it ends. Raises `StationError` where it does not end well, or in time."""
    try:
        async with asyncio.timeout(limit_s):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise StationError(f"no figure, {name} was not done in {limit_s:.0f} s") from error
    if process.returncode != 0:
        raise StationError(f"no figure, {name} ended with {process.returncode}: what it said stands above")
    return said
