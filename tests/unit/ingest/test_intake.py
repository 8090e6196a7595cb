"""Signals: their ids, subjects and what is answered."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence

import pytest

from services.alarm_router.domain.state import RETRANSMIT_US
from services.contracts.codec import decode_inbox
from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.topics import partition_of, shell_site
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers.conversation import Conversation
from services.ingest.handlers.intake import MOST_DOUBTFUL, Intake, ReceiverRun
from services.ingest.ports import LANES, Entry, Signal

NOW = 1_800_000_000_000_000
ALARM = b'"ADM-CID"0042L0#00350102[#00350102|1130 01 003]'


class World:
    def __init__(self, log: MemorySignalLog | None = None, append_seconds: float = 10.0) -> None:
        self.log = log or MemorySignalLog()
        self.directory = MemoryLineDirectory()
        self.now = NOW
        self.intake = Intake(
            self.log,
            self.directory,
            ReceiverRun(run="r", sender="ingest", account_space="default"),
            lambda: self.now,
            append_seconds,
        )

    async def answer(self, body: bytes) -> bytes:
        """What a peer that sends this frame hears before the conversation is over."""
        said: list[bytes] = []
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        talk = Conversation(self.intake, "test", said.append, over.set_result)
        talk.receive(seal(body))
        talk.hang_up()
        async with asyncio.timeout(5):
            await over
        return b"".join(said)

    def kept(self) -> list[Signal]:
        records = [decode_inbox(value) for partition in self.log.partitions for value in partition]
        return [record for record in records if isinstance(record, (SignalReceived, SignalMalformed))]


async def test_an_alarm_is_kept_and_acknowledged() -> None:
    world = World()
    assert await world.answer(ALARM) == seal(b'"ACK"0042L0#00350102[]')
    (signal,) = world.kept()
    assert isinstance(signal, SignalReceived)
    assert (signal.code, signal.qualifier, signal.area, signal.zone) == ("130", "new", "1", "3")
    assert (signal.protocol, signal.sequence, signal.raw, signal.received_at) == (
        "adm_cid",
        "0042",
        ALARM,
        NOW,
    )
    assert (signal.id.run, signal.id.line, signal.id.counter) == ("r", "default/00350102", 1)


async def test_an_unknown_account_is_a_shell_site_in_its_partition() -> None:
    world = World()
    await world.answer(ALARM)
    site = shell_site("default", "00350102")
    assert world.kept()[0].subject == site
    assert len(world.log.partitions[partition_of(site)]) == 1


async def test_a_registered_account_is_its_site() -> None:
    world = World()
    world.directory.assign(LineAssigned(position=1, account_space="default", account="00350102", site="s-1"))
    await world.answer(ALARM)
    assert world.kept()[0].subject == "s-1"


async def test_an_older_assignment_does_nothing() -> None:
    directory = MemoryLineDirectory()
    for position, site in ((2, "new"), (1, "old")):
        directory.assign(LineAssigned(position=position, account_space="default", account="1", site=site))
    assert directory.site_of("default", "1") == "new"


async def test_several_events_of_one_frame_are_several_signals_and_one_ack() -> None:
    world = World()
    assert b'"ACK"' in await world.answer(b'"SIA-DCS"0001L0#1234[#1234|NBA01/BA02]')
    assert [signal.id.counter for signal in world.kept()] == [1, 2]


async def test_supervision_is_acknowledged_and_not_kept() -> None:
    world = World()
    assert await world.answer(b'"NULL"0000L0#1234[]') == seal(b'"ACK"0000L0#1234[]')
    assert world.kept() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'"*ADM-CID"0001L0#1234[00ff', "no_key"),
        (b'"FBI-SF"0001L0#1234[1]', "unknown_token"),
        (b'"ADM-CID"0001L0#1234[nonsense]', "unreadable_data"),
        (b'"ADM-CID"0001L0#1234', "unreadable_body"),
    ],
)
async def test_what_cannot_be_read_is_kept_as_malformed_and_answered_with_duh(
    body: bytes, reason: str
) -> None:
    world = World()
    assert b'"DUH"0001L0#1234[]' in await world.answer(body)
    (signal,) = world.kept()
    assert isinstance(signal, SignalMalformed)
    assert (signal.reason, signal.account, signal.raw) == (reason, "1234", body)


async def test_a_stale_clock_on_plain_text_is_accepted_and_told() -> None:
    world = World()
    await world.answer(ALARM + b"_18:13:07,03-01-2016")
    (signal,) = world.kept()
    assert isinstance(signal, SignalReceived)
    assert signal.deviations == ("clock_skew",)


async def test_without_the_append_there_is_no_answer() -> None:
    world = World()
    world.log.down = True
    assert await world.answer(ALARM) == b""
    assert world.intake.accounting.refused == {"not_kept": 1}


class _Doubtful(MemorySignalLog):
    """Keeps, and then fails to say so."""

    async def append(self, records: Sequence[Entry]) -> None:
        await super().append(records)
        if self.slow:
            await asyncio.sleep(3600)

    slow = True


async def test_the_same_bytes_again_after_a_doubtful_append_keep_their_ids() -> None:
    log = _Doubtful()
    world = World(log, append_seconds=0.0)
    assert await world.answer(ALARM) == b""
    log.slow = False
    assert b'"ACK"' in await world.answer(ALARM)
    first, second = world.kept()
    assert first == second


@pytest.mark.parametrize(("later", "counters"), [(RETRANSMIT_US, [1, 1]), (RETRANSMIT_US + 1, [1, 2])])
async def test_the_same_bytes_keep_their_ids_no_longer_than_the_router_takes_them_for_a_repetition(
    later: int, counters: list[int]
) -> None:
    log = _Doubtful()
    world = World(log, append_seconds=0.0)
    assert await world.answer(ALARM) == b""
    log.slow = False
    for world.now in (NOW + later // 2, NOW + later):  # what is tried again does not become younger
        log.down = world.now < NOW + later
        assert (await world.answer(ALARM) == b"") == log.down
    kept = world.kept()
    assert [signal.id.counter for signal in kept] == counters
    assert kept[-1].received_at == (NOW if counters[-1] == 1 else world.now)


async def test_after_something_else_of_the_line_the_same_bytes_get_a_higher_id() -> None:
    world = World()
    world.log.down = True
    assert await world.answer(ALARM) == b""
    world.log.down = False
    await world.answer(ALARM.replace(b"003]", b"004]"))
    await world.answer(ALARM)
    assert [(signal.id.counter, signal.raw[-4:]) for signal in world.kept()] == [(2, b"004]"), (3, b"003]")]


async def test_two_lines_of_a_run_never_share_a_number() -> None:
    world = World()
    for account in (b"0001", b"0002", b"0001"):
        await world.answer(ALARM.replace(b"00350102", account))
    assert sorted(signal.id.counter for signal in world.kept()) == [1, 2, 3]


async def test_made_up_lines_leave_nothing_behind_and_a_line_heard_again_goes_on_counting() -> None:
    world = World()
    await world.answer(ALARM)
    for number in range(5_000):
        await world.answer(ALARM.replace(b"00350102", b"%06X" % number))
    assert world.intake.lines_held == 0
    await world.answer(ALARM)
    assert [signal.id.counter for signal in world.kept() if signal.account == "00350102"] == [1, 5_002]


async def test_made_up_lines_that_could_not_be_kept_are_remembered_up_to_a_limit() -> None:
    world = World()
    world.log.down = True
    for number in range(MOST_DOUBTFUL + 100):
        await world.answer(ALARM.replace(b"00350102", b"%06X" % number))
    assert world.intake.lines_held == MOST_DOUBTFUL


async def test_a_number_that_is_too_long_is_told_as_malformed() -> None:
    world = World()
    assert b'"DUH"' in await world.answer(b'"SIA-DCS"0001L0#1234[#1234|NBA12345678901234567]')
    (signal,) = world.kept()
    assert isinstance(signal, SignalMalformed)
    assert signal.reason == "number_too_long"


async def test_a_frame_with_more_events_than_any_panel_sends_is_one_malformed_signal() -> None:
    world = World()
    assert b'"DUH"' in await world.answer(b'"SIA-DCS"0001L0#1234[#1234|N' + b"/".join([b"BA1"] * 65) + b"]")
    (signal,) = world.kept()
    assert isinstance(signal, SignalMalformed)
    assert signal.reason == "too_many_events"


async def test_an_account_that_is_too_long_is_refused_and_never_cut_to_anothers() -> None:
    world = World()
    assert b'"DUH"' in await world.answer(b'"ADM-CID"0001L0#' + b"1234" * 9 + b"[1130 01 003]")
    assert world.kept() == []
    assert world.intake.accounting.refused == {"account_too_long": 1}


async def test_a_site_name_that_is_too_long_is_not_believed() -> None:
    world = World()
    line = LineAssigned(position=1, account_space="default", account="00350102", site="s" * 65)
    world.directory.assign(line)
    await world.answer(ALARM)
    assert world.kept()[0].subject == shell_site("default", "00350102")


async def test_what_is_in_flight_when_the_receiver_stops_is_refused_and_told() -> None:
    log = _Doubtful()
    world = World(log)
    answers = [asyncio.create_task(world.answer(ALARM)) for _ in range(3)]
    await asyncio.sleep(0)
    assert world.intake.accounting.in_flight == 3
    await world.intake.close()
    assert await asyncio.gather(*answers) == [b"", b"", b""]
    assert (world.intake.accounting.in_flight, world.intake.lines_held) == (0, 1)


class _Slow(MemorySignalLog):
    """Counts its appends and takes its time."""

    calls = 0

    async def append(self, records: Sequence[Entry]) -> None:
        self.calls += 1
        await asyncio.sleep(0.01)
        await super().append(records)


async def test_panels_that_come_at_once_share_appends() -> None:
    log = _Slow()
    world = World(log)
    bodies = [ALARM.replace(b"00350102", b"%04X" % number) for number in range(200)]
    await asyncio.gather(*(world.answer(body) for body in bodies))
    assert len(world.kept()) == 200
    assert log.calls <= 2 * LANES


class _Broken(MemorySignalLog):
    """Fails once in a way that nobody foresaw."""

    broken = True

    async def append(self, records: Sequence[Entry]) -> None:
        await asyncio.sleep(0)
        if self.broken:
            self.broken = False
            raise RuntimeError("unforeseen")
        await super().append(records)


async def test_after_an_unforeseen_error_the_next_signals_are_kept() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(str(told["exception"])))
    world = World(_Broken())
    assert await world.answer(ALARM) == b""
    assert b'"ACK"' in await world.answer(ALARM)
    gc.collect()
    assert reported == ["unforeseen"]
    assert world.intake.accounting.in_flight == 0
