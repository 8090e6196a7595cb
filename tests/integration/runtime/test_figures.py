"""The figures of a process, asked over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.runtime.health import mark_ready
from services.runtime.metrics import READ, PortTaken, serve_figures, target_of
from services.runtime.settings import Address, Settings

NAME = "followup"


@contextlib.asynccontextmanager
async def shown(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    serving = asyncio.create_task(serve_figures(settings, NAME))
    try:
        while (target := target_of(settings, NAME)) is None:
            assert not serving.done(), serving.result()
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://{target}") as client:
            yield client
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_process_shows_what_it_has_read_and_whether_it_is_ready(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    READ.labels("somebody").inc(3)
    async with shown(settings) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        mark_ready(settings, NAME)
        assert (await client.get("/readyz")).status_code == 200
        assert 'jiejing_read_decisions_total{reader="somebody"} 3.0' in (await client.get("/metrics")).text


async def test_a_port_that_somebody_has_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(data_dir=tmp_path, metrics=Address("127.0.0.1", taken.getsockname()[1]))
        with pytest.raises(PortTaken, match="followup cannot show its figures"):
            await serve_figures(settings, NAME)
    assert target_of(settings, NAME) is None
