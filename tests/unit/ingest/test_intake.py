"""Signals: their ids, subjects and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.contracts.codec import decode_inbox
from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.topics import partition_of, shell_site
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import read_body, seal
from services.ingest.handlers import Intake, ReceiverRun, answer_frame
from services.ingest.ports import AppendFailed, Signal

NOW = 1_800_000_000_000_000
ALARM = b'"ADM-CID"0042L0#00350102[#00350102|1130 01 003]'


class World:
    def __init__(self, log: MemorySignalLog | None = None, append_seconds: float = 10.0) -> None:
        self.log = log or MemorySignalLog()
        self.directory = MemoryLineDirectory()
        self.intake = Intake(
            self.log,
            self.directory,
            ReceiverRun(run="r", sender="ingest", account_space="default"),
            lambda: NOW,
            append_seconds,
        )

    async def answer(self, body: bytes) -> bytes:
        return await answer_frame(self.intake, read_body(body))

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
        (b'"*ADM-CID"0001L0#1234[00ff', "encrypted"),
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
    with pytest.raises(AppendFailed):
        await world.answer(ALARM)


class _Doubtful(MemorySignalLog):
    """Keeps, and then fails to say so."""

    async def append(self, records: Sequence[Signal]) -> None:
        await super().append(records)
        if self.slow:
            await asyncio.sleep(3600)

    slow = True


async def test_the_same_bytes_again_after_a_doubtful_append_keep_their_ids() -> None:
    log = _Doubtful()
    world = World(log, append_seconds=0.0)
    with pytest.raises(AppendFailed):
        await world.answer(ALARM)
    log.slow = False
    assert b'"ACK"' in await world.answer(ALARM)
    first, second = world.kept()
    assert first == second


async def test_after_something_else_of_the_line_the_same_bytes_get_a_higher_id() -> None:
    world = World()
    world.log.down = True
    with pytest.raises(AppendFailed):
        await world.answer(ALARM)
    world.log.down = False
    await world.answer(ALARM.replace(b"003]", b"004]"))
    await world.answer(ALARM)
    assert [(signal.id.counter, signal.raw[-4:]) for signal in world.kept()] == [(2, b"004]"), (3, b"003]")]
