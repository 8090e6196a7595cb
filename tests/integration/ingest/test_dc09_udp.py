"""The DC-09 door for datagrams on a real socket, with a log in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.contracts.alarm import AlarmRaised, SignalRecorded
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import Event
from services.contracts.topics import partition_of, shell_site
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.ingest.adapters.dc09_udp import MAX_DATAGRAM, Dc09Udp
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.ports import Entry

NOW = 1_800_000_000_000_000
FRAME = seal(b'"ADM-CID"0001L0#0012[#0012|1130 01 003]')
ACK = seal(b'"ACK"0001L0#0012[]')


class Held(MemorySignalLog):
    """Confirms when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.go.set()

    async def append(self, records: Sequence[Entry]) -> None:
        await self.go.wait()
        await super().append(records)


class Receiver:
    def __init__(self, max_per_host: int = 64) -> None:
        self.log = Held()
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        self.intake = Intake(self.log, MemoryLineDirectory(), me, lambda: NOW, append_seconds=0.5)
        self.door = Dc09Udp(self.intake, max_per_host=max_per_host)
        self.address = ("", 0)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Receiver]:
        self.address = await self.door.start("127.0.0.1", 0)
        try:
            yield self
        finally:
            await self.door.close()
            await self.intake.close()

    def kept(self) -> list[bytes]:
        return self.log.partitions[partition_of(shell_site("default", "0012"))]


class Panel(asyncio.DatagramProtocol):
    """Sends datagrams and collects what comes back."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: object) -> None:
        self.answers.put_nowait(data)

    async def heard(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.answers.get()


@contextlib.asynccontextmanager
async def panel_of(receiver: Receiver) -> AsyncIterator[tuple[Panel, asyncio.DatagramTransport]]:
    loop = asyncio.get_running_loop()
    transport, panel = await loop.create_datagram_endpoint(Panel, remote_addr=receiver.address)
    try:
        yield panel, transport
    finally:
        transport.abort()
        await asyncio.sleep(0)


async def settled(receiver: Receiver, received: int) -> None:
    async with asyncio.timeout(5):
        while receiver.intake.accounting.received.total() < received or receiver.intake.accounting.in_flight:
            await asyncio.sleep(0.005)


async def test_a_datagram_is_kept_and_then_acknowledged() -> None:
    async with Receiver().open() as receiver, panel_of(receiver) as (panel, transport):
        receiver.log.go.clear()
        transport.sendto(FRAME)
        await asyncio.sleep(0.1)
        assert panel.answers.empty()
        receiver.log.go.set()
        assert await panel.heard() == ACK
        assert len(receiver.kept()) == 1


async def test_without_the_append_there_is_no_answer_and_the_next_try_gets_one() -> None:
    async with Receiver().open() as receiver, panel_of(receiver) as (panel, transport):
        receiver.log.down = True
        transport.sendto(FRAME)
        await settled(receiver, 1)
        assert panel.answers.empty()
        receiver.log.down = False
        transport.sendto(FRAME)
        assert await panel.heard() == ACK


async def test_what_a_panel_sends_again_within_its_window_is_one_alarm() -> None:
    async with Receiver().open() as receiver, panel_of(receiver) as (panel, transport):
        for _ in range(3):
            transport.sendto(FRAME)
            assert await panel.heard() == ACK
    number = partition_of(shell_site("default", "0012"))
    decider = Partition(AlarmRouter(), number, "test")
    decider.fold(Record(0, NOW, encode(genesis(number, "01890000-0000-7000-8000-0000000000ff", NOW, "test"))))
    events: list[Event] = []
    for offset, value in enumerate(receiver.kept()):
        decided = decider.decide(Record(offset, NOW + offset * 20_000_000, value))
        assert decided is not None
        events += decode_decision(decided).events
    outcomes = [event.outcome for event in events if isinstance(event, SignalRecorded)]
    assert outcomes == ["surfaced", "retransmit", "retransmit"]
    assert sum(isinstance(event, AlarmRaised) for event in events) == 1


async def test_bad_datagrams_get_no_answer_and_disturb_nobody() -> None:
    bad = [b"\n0000" + FRAME[5:], FRAME[:-1], b"", b"x" * 100, b"\n" + b"x" * MAX_DATAGRAM]
    async with Receiver().open() as receiver, panel_of(receiver) as (panel, transport):
        for data in bad:
            transport.sendto(data)
        transport.sendto(FRAME)
        assert await panel.heard() == ACK
        assert panel.answers.empty()
        seen = receiver.intake.accounting
        assert seen.refused == {"crc": 1, "too_long": 1}
        assert seen.ended == {"damaged_frame": 1, "ended_inside_frame": 1}
        assert (seen.recorded, seen.in_flight) == (1, 0)


async def test_one_host_has_so_many_in_flight_and_no_more() -> None:
    async with Receiver(max_per_host=3).open() as receiver, panel_of(receiver) as (panel, transport):
        receiver.log.go.clear()
        for number in range(1, 6):
            transport.sendto(seal(b'"ADM-CID"%04dL0#%04d[1130 01 003]' % (number, number)))
        async with asyncio.timeout(5):
            while receiver.intake.accounting.received.total() < 5:
                await asyncio.sleep(0.005)
        receiver.log.go.set()
        assert {(await panel.heard())[9:18] for _ in range(3)} == {b'"ACK"0001', b'"ACK"0002', b'"ACK"0003'}
        assert receiver.intake.accounting.refused == {"too_many_in_flight": 2}
        transport.sendto(FRAME)
        assert await panel.heard() == ACK
