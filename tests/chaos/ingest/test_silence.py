"""A minute of silence inside a frame, as real as it is shipped with SOAK=1, and shortened without."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from services.ingest.adapters.dc09_tcp import FRAME_SECONDS, Dc09Tcp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers.intake import Intake, ReceiverRun

FRAME = seal(b'"ADM-CID"0001L0#0012[#0012|1130 01 003]')
ACK = seal(b'"ACK"0001L0#0012[]')
SECONDS = FRAME_SECONDS if os.environ.get("SOAK") else 1.0


async def test_silence_inside_a_frame_ends_that_connection_in_time_while_others_are_served() -> None:
    me = ReceiverRun(run="r", sender="ingest", account_space="default")
    door = Dc09Tcp(Intake(MemorySignalLog(), MemoryLineDirectory(), me, lambda: 1), frame_seconds=SECONDS)
    address = await door.start("127.0.0.1", 0)
    silent, silent_writer = await asyncio.open_connection(*address)
    served, writer = await asyncio.open_connection(*address)
    began = time.monotonic()
    silent_writer.write(FRAME[:20])
    ended = asyncio.create_task(silent.read())
    while not ended.done():
        writer.write(FRAME)
        async with asyncio.timeout(1):
            assert await served.readexactly(len(ACK)) == ACK
        await asyncio.wait({ended}, timeout=SECONDS / 20)
        assert time.monotonic() - began < SECONDS + 2
    assert ended.result() == b""
    assert time.monotonic() - began == pytest.approx(SECONDS, abs=1.0)
    for one in (silent_writer, writer):
        one.transport.abort()
    await door.close()
