"""The DC-09 door on a real socket, with a log in memory."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from siadc09.account import Account
from siadc09.message import EventMessage
from siadc09.xdata import Data

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.ingest.adapters.dc09_tcp import Dc09Tcp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.panel import NoAnswer, PanelEvent, send_scenario

FRAME = seal(b'"ADM-CID"0001L0#0012[#0012|1130 01 003]')
ACK = seal(b'"ACK"0001L0#0012[]')


class Receiver:
    def __init__(
        self, frame_seconds: float = 5.0, max_connections: int = 64, max_per_host: int | None = None
    ) -> None:
        self.log = MemorySignalLog()
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        self.intake = Intake(self.log, MemoryLineDirectory(), me, lambda: 1)
        self.door = Dc09Tcp(
            self.intake,
            frame_seconds=frame_seconds,
            max_connections=max_connections,
            max_per_host=max_per_host,
        )
        self.port = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Receiver]:
        _, self.port = await self.door.start("127.0.0.1", 0)
        try:
            yield self
        finally:
            await self.door.close()

    @contextlib.asynccontextmanager
    async def dialled(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    def kept(self) -> int:
        return sum(len(partition) for partition in self.log.partitions)

    def signals(self) -> list[SignalReceived]:
        records = [decode_inbox(value) for partition in self.log.partitions for value in partition]
        return [record for record in records if isinstance(record, SignalReceived)]

    def ended(self, reason: str) -> int:
        return self.intake.accounting.ended[reason]


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


def foreign(sequence: int, account: int = 0x35010211) -> bytes:
    """A frame as another implementation writes it."""
    message = EventMessage(
        Account(acct=account),
        config={
            "idtoken": "ADM-CID",
            "data": Data(content=b"#%X|1130 01 003" % account),
            "timestamp": datetime(2026, 3, 1, 18, 13, 7, tzinfo=UTC),
        },
    )
    return bytes(message.encode(seq=sequence))


async def test_frames_of_another_implementation_split_at_every_byte_are_kept_and_acknowledged() -> None:
    length = len(foreign(1))
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        for at in range(length + 1):
            sent = foreign(at + 1)
            writer.write(sent[:at])
            await asyncio.sleep(0.001)  # so that the two parts are two reads
            writer.write(sent[at:])
            assert await answered(reader, seal(b'"ACK"%04dL0#35010211[]' % (at + 1)))
        signals = receiver.signals()
    assert sorted(int(signal.sequence or 0) for signal in signals) == list(range(1, length + 2))
    assert {(signal.code, signal.zone, signal.account) for signal in signals} == {("130", "3", "35010211")}


async def test_frames_of_another_implementation_glued_together_are_each_kept_and_acknowledged() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(b"".join(foreign(number) for number in range(1, 501)))
        for number in range(1, 501):
            assert await answered(reader, seal(b'"ACK"%04dL0#35010211[]' % number))
        assert [signal.sequence for signal in receiver.signals()] == [f"{n:04}" for n in range(1, 501)]


@contextlib.asynccontextmanager
async def others_undisturbed(receiver: Receiver) -> AsyncIterator[None]:
    """Another panel gets its ACK within a second, again and again, while this lasts, and at least once."""
    over = asyncio.Event()

    async def another() -> None:
        async with receiver.dialled() as (reader, writer):
            while not over.is_set():
                writer.write(FRAME)
                async with asyncio.timeout(1):
                    assert await reader.readexactly(len(ACK)) == ACK
                await asyncio.sleep(0.005)

    panel = asyncio.create_task(another())
    await asyncio.sleep(0.02)
    try:
        yield
        assert not panel.done()
    finally:
        over.set()
        await panel


@pytest.mark.parametrize(
    ("frame", "reason"), [(b"\n0000" + FRAME[5:], "crc"), (FRAME[:-1] + b"!\r", "length")]
)
async def test_a_damaged_frame_ends_its_connection_without_an_answer(frame: bytes, reason: str) -> None:
    async with Receiver().open() as receiver, others_undisturbed(receiver):
        async with receiver.dialled() as (reader, writer):
            writer.write(frame)
            assert await closed(reader)
        assert receiver.intake.accounting.refused == {reason: 1}
        assert receiver.ended("damaged_frame") == 1


NOISES = {
    "too_long": b"\n" + b"x" * 65_535,
    "noise": b"x" * 65_536,
    "too_many_rejected": b"\nx\r" * 21_845,
}


@pytest.mark.parametrize("reason", NOISES)
async def test_ten_megabytes_without_an_end_close_their_connection_in_little_memory(reason: str) -> None:
    async with Receiver().open() as receiver, others_undisturbed(receiver):
        before = tracemalloc_started()
        await asyncio.to_thread(pour, receiver.port, NOISES[reason], 10_000_000)
        grown = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert receiver.ended(reason) == 1
        assert grown < 1_000_000


async def test_ten_megabytes_of_frames_that_nobody_reads_the_answers_of_take_little_memory() -> None:
    async with Receiver(frame_seconds=1.0).open() as receiver, others_undisturbed(receiver):
        before = tracemalloc_started()
        supervision = seal(b'"NULL"0000L0#0012[]')
        await asyncio.to_thread(pour, receiver.port, supervision * 2000, 10_000_000)
        grown = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert receiver.ended("answers_not_taken") == 1
        assert grown < 1_000_000


def tracemalloc_started() -> int:
    tracemalloc.start()
    return tracemalloc.get_traced_memory()[0]


def pour(port: int, piece: bytes, total: int) -> None:
    """Send so many bytes, or until the other side has had enough; never read."""
    with socket.socket() as sock, contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(10)
        sock.connect(("127.0.0.1", port))
        for _ in range(total // len(piece) + 1):
            sock.sendall(piece)
        sock.recv(1)


async def test_silence_inside_a_frame_ends_its_connection_and_no_other() -> None:
    async with Receiver(frame_seconds=0.3).open() as receiver, others_undisturbed(receiver):
        async with receiver.dialled() as (reader, writer):
            writer.write(FRAME + FRAME[:20])
            assert await answered(reader, ACK)
            assert await closed(reader)
        assert receiver.ended("silent_inside_frame") == 1


async def test_a_frame_may_not_trickle_for_ever() -> None:
    async with Receiver(frame_seconds=0.3).open() as receiver, receiver.dialled() as (reader, writer):
        ended = asyncio.ensure_future(closed(reader))
        for byte in FRAME[:20]:
            if ended.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)
        assert await ended
        assert receiver.ended("silent_inside_frame") == 1


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
    async with (
        Receiver(max_connections=1, max_per_host=9).open() as receiver,
        receiver.dialled() as (reader, writer),
    ):
        writer.write(FRAME)
        assert await answered(reader, ACK)
        async with receiver.dialled() as (second, _):
            assert await closed(second)


async def test_who_holds_connections_and_says_nothing_keeps_no_panel_out() -> None:
    async with (
        Receiver(max_connections=2, max_per_host=9).open() as receiver,
        receiver.dialled() as (reader, writer),
        receiver.dialled() as (silent, _),
    ):
        writer.write(FRAME)
        assert await answered(reader, ACK)
        async with receiver.dialled() as (panel, of_panel):
            assert await closed(silent)
            of_panel.write(FRAME)
            assert await answered(panel, ACK)
            writer.write(FRAME)
            assert await answered(reader, ACK)


async def test_one_host_has_half_of_the_connections_at_most() -> None:
    async with (
        Receiver(max_connections=4).open() as receiver,
        receiver.dialled() as (first, writer),
        receiver.dialled(),
    ):
        async with receiver.dialled() as (third, _):
            assert await closed(third)
        writer.write(FRAME)
        assert await answered(first, ACK)
        assert receiver.intake.accounting.ended["too_many_of_one_host"] == 1


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


async def test_a_peer_that_hangs_up_after_its_frame_is_still_answered() -> None:
    async with Receiver().open() as receiver, receiver.dialled() as (reader, writer):
        writer.write(FRAME * 3)
        writer.write_eof()
        assert await reader.read() == ACK * 3
        assert receiver.intake.accounting.ended == {}


async def test_everything_that_came_over_sockets_is_accounted_for() -> None:
    async with Receiver().open() as receiver:
        for sent, abort in [
            (FRAME * 2, False),
            (FRAME + FRAME[:9], False),
            (FRAME * 5, True),
            (b"\nx\r", False),
        ]:
            async with receiver.dialled() as (reader, writer):
                writer.write(sent)
                if not abort:
                    writer.write_eof()
                    await reader.read()
        async with asyncio.timeout(5):
            while receiver.intake.accounting.connections or receiver.intake.accounting.in_flight:
                await asyncio.sleep(0.01)
        seen = receiver.intake.accounting
        assert seen.received["dc09_tcp"] == seen.recorded + seen.refused.total()
        assert seen.recorded == receiver.kept()
        assert seen.recorded >= 3
        assert seen.refused["envelope"] == 1
