"""The DC-09 door on a real socket, with a log in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.ingest.adapters.dc09_tcp import Dc09Tcp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.adapters.prometheus_tally import Tally
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers import Intake, ReceiverRun
from services.ingest.panel import NoAnswer, PanelEvent, send_scenario

FRAME = seal(b'"ADM-CID"0001L0#0012[#0012|1130 01 003]')
ACK = seal(b'"ACK"0001L0#0012[]')


class Receiver:
    def __init__(self, frame_seconds: float = 5.0, max_connections: int = 64) -> None:
        self.log = MemorySignalLog()
        self.tally = Tally()
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        intake = Intake(self.log, MemoryLineDirectory(), me, lambda: 1)
        self.door = Dc09Tcp(intake, self.tally, frame_seconds=frame_seconds, max_connections=max_connections)
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Receiver]:
        _, self.port = await self.door.start("127.0.0.1", 0)
        try:
            yield self
        finally:
            await self.door.close()

    @asynccontextmanager
    async def dialled(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    def kept(self) -> int:
        return sum(len(partition) for partition in self.log.partitions)

    def rejected(self, reason: str) -> float:
        return (
            self.tally.registry.get_sample_value("jiejing_ingest_dc09_rejected_total", {"reason": reason})
            or 0
        )


async def answered(reader: asyncio.StreamReader, wanted: bytes) -> bool:
    async with asyncio.timeout(5):
        return await reader.readexactly(len(wanted)) == wanted


async def closed(reader: asyncio.StreamReader) -> bool:
    """Nothing was said and the connection is over."""
    async with asyncio.timeout(5):
        try:
            return await reader.read() == b""
        except ConnectionResetError:
            return True


async def test_frames_glued_and_split_are_each_kept_and_acknowledged() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(FRAME + FRAME[:7])
        assert await answered(reader, ACK)
        writer.write(FRAME[7:])
        assert await answered(reader, ACK)
        assert receiver.kept() == 2


async def test_byte_by_byte_is_one_frame() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        for byte in FRAME:
            writer.write(bytes([byte]))
            await writer.drain()
        assert await answered(reader, ACK)


async def test_a_wrong_crc_gets_no_answer_and_the_next_frame_does() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(b"\n0000" + FRAME[5:] + FRAME)
        assert await answered(reader, ACK)
        assert (receiver.kept(), receiver.rejected("crc")) == (1, 1)


async def test_ten_megabytes_without_an_end_close_their_connection_and_no_other() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        async with receiver.dialled() as (bad_reader, bad_writer):
            bad_writer.write(b"\n" + b"x" * 10_000_000)
            assert await closed(bad_reader)
        writer.write(FRAME)
        assert await answered(reader, ACK)
        assert receiver.rejected("too_long") == 1


async def test_silence_inside_a_frame_closes_the_connection_however_it_trickles() -> None:
    async with Receiver(frame_seconds=0.3).open() as receiver, receiver.dialled() as (reader, writer):
        ended = asyncio.ensure_future(closed(reader))
        for byte in FRAME[:20]:
            if ended.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)
        assert await ended
        assert receiver.rejected("silent_inside_frame") == 1


async def test_silence_between_frames_is_borne() -> None:
    async with Receiver(frame_seconds=0.1).open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(FRAME)
        assert await answered(reader, ACK)
        await asyncio.sleep(0.3)
        writer.write(FRAME)
        assert await answered(reader, ACK)


async def test_what_is_not_kept_is_not_acknowledged() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        receiver.log.down = True
        writer.write(FRAME)
        assert await closed(reader)


async def test_one_connection_too_many_is_turned_away() -> None:
    async with Receiver(max_connections=1).open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(FRAME)
        assert await answered(reader, ACK)
        async with receiver.dialled() as (second, _):
            assert await closed(second)


async def test_the_simulated_panel_sends_again_until_it_is_kept() -> None:
    async with Receiver().open() as receiver:
        receiver.log.down = True
        asyncio.get_running_loop().call_later(0.3, setattr, receiver.log, "down", False)  # noqa: FBT003
        events = [PanelEvent(data="1130 01 003"), PanelEvent(after=0.2, data="1130 01 004")]
        answers = await send_scenario("127.0.0.1", receiver.port, "0012", events, speed=2)
        assert answers == ['"ACK"0001L0#0012[]', '"ACK"0002L0#0012[]']
        assert receiver.kept() == 2


async def test_the_simulated_panel_says_when_its_frame_cannot_be_processed() -> None:
    async with Receiver().open() as receiver:
        with pytest.raises(NoAnswer, match="cannot process"):
            await send_scenario("127.0.0.1", receiver.port, "0012", [PanelEvent(data="nonsense")])
