"""Whatever is accepted is small: its record in the inbox, and what the router decides about it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.contracts.codec import encode
from services.contracts.directory import LineAssigned
from services.contracts.topics import PARTITIONS
from services.eventsourcing.partition import MAX_DECISION_BYTES, Partition
from services.eventsourcing.ports import Record
from services.ingest.adapters.http import PostedSignal
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.domain.limits import MAX_RAW, RAW_CUT
from services.ingest.domain.report import AnyReport, Report, UnreadableReport
from services.ingest.handlers.conversation import Conversation
from services.ingest.handlers.intake import Intake, ReceiverRun, ReportRefused
from services.ingest.ports import Signal

MAX_RECORD = 16 * 1024
NOW = 1_800_000_000_000_000

# Long and wide: four bytes a character, six when JSON has to write it as an escape; around every limit and far above.
SIZES = (0, 1, 3, 8, 9, 16, 17, 32, 33, 64, 128, 129, 20_000)
CHARACTERS = "7\U0001f6a8\0"
TEXTS = st.builds(
    lambda character, size: character * size, st.sampled_from(CHARACTERS), st.sampled_from(SIZES)
)
RAWS = st.sampled_from([0, 1, 8_192, 8_193, 40_000]).map(bytes)
USUAL = Report(
    protocol="http", account="7", sequence="1", code="130", qualifier="new", area="1", zone="3", panel_time=1 << 60,
    deviations=("no_line_prefix", "unreadable_time", "account_differs", "glued_contact_id"), raw=b"x",
)  # fmt: skip
FIELDS = ("account", "sequence", "code", "area", "zone")
CHANGES = st.dictionaries(st.sampled_from(FIELDS), TEXTS, min_size=1, max_size=1) | RAWS.map(
    lambda raw: {"raw": raw}
)
REPORTS: st.SearchStrategy[AnyReport] = CHANGES.map(
    lambda changed: msgspec.structs.replace(USUAL, **changed)
) | st.builds(UnreadableReport, account=TEXTS, reason=st.just("unreadable_body"), raw=RAWS)
POSTED = st.fixed_dictionaries(
    {"id": TEXTS, "account": TEXTS, "code": TEXTS, "area": TEXTS, "zone": TEXTS, "receiver": TEXTS}
) | st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=128),
        "account": st.text("0123456789abcdefXYZ_-", min_size=1, max_size=33),
        "code": st.text("0123456789abBA", min_size=1, max_size=8),
        "area": st.text(max_size=16),
        "zone": st.text(max_size=16),
        "receiver": st.text(max_size=64),
    }
)
DCS = st.lists(
    st.sampled_from(["N", "O", "BA", "/", "|", "ri", "id", "^", "*", ":"])
    | st.integers(0, 300).map(lambda size: "9" * size),
    max_size=900,
).map("".join)
BODIES = (
    st.binary(max_size=4095)
    | st.builds(
        lambda account, data: (f'"SIA-DCS"0001L0#{account}[{data}'[:4094] + "]").encode(),
        st.text("0123456789ABCDEF", max_size=200),
        DCS,
    )
    | st.builds(
        lambda account, gap: f'"ADM-CID"0001L0#{account}[#{account}|1130{" " * gap}01 003]'.encode(),
        st.text("0123456789ABCDEF", min_size=1, max_size=17),
        st.integers(0, 3900),
    )
)


class World:
    """A receiver whose site names and account space are as long as they may be, or longer."""

    def __init__(self) -> None:
        self.log = MemorySignalLog()
        directory = MemoryLineDirectory()
        directory.assign(LineAssigned(position=1, account_space="s", account="7", site="x" * 100_000))
        me = ReceiverRun(run="01890000-0000-7000-8000-000000000001", sender="ingest", account_space="区" * 64)
        self.intake = Intake(self.log, directory, me, lambda: NOW)

    def check(self) -> None:
        for number, values in enumerate(self.log.partitions):
            decider = Partition(AlarmRouter(), number, "test")
            begun = genesis(number, "01890000-0000-7000-8000-0000000000ff", NOW, "test")
            decider.fold(Record(0, NOW, encode(begun)))
            for offset, value in enumerate(values):
                assert len(value) < MAX_RECORD
                decided = decider.decide(Record(offset, NOW, value))
                assert decided is not None
                assert len(decided) < MAX_DECISION_BYTES
        assert self.intake.accounting.in_flight == 0


async def offered(world: World, report: AnyReport) -> list[Signal] | ReportRefused:
    world.intake.accounting.receive("test")
    try:
        return await world.intake.offer(report.account, (report,))
    except ReportRefused as refused:
        return refused


@given(REPORTS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_receiver_reads_its_record_and_its_decision_are_small(report: AnyReport) -> None:
    world = World()
    asyncio.run(offered(world, report))
    world.check()
    assert len(world.log.partitions) == PARTITIONS


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("character", CHARACTERS)
def test_each_field_around_its_limit(field: str, character: str) -> None:
    world = World()
    for size in SIZES:
        asyncio.run(offered(world, msgspec.structs.replace(USUAL, **{field: character * size})))
    world.check()


@given(POSTED)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_posted_its_record_and_its_decision_are_small(item: dict[str, str]) -> None:
    try:
        report = PostedSignal.model_validate(item).report()
    except ValidationError:
        return
    world = World()
    kept = asyncio.run(offered(world, report))
    assert not isinstance(kept, ReportRefused)  # the door tells it field by field, the intake never has to
    world.check()


async def conversed(world: World, body: bytes) -> bytes:
    said: list[bytes] = []
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    talk = Conversation(world.intake, "test", said.append, over.set_result)
    talk.receive(seal(body))
    talk.hang_up()
    async with asyncio.timeout(5):
        await over
    return b"".join(said)


@given(BODIES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_panel_sends_its_records_and_decisions_are_small(body: bytes) -> None:
    world = World()
    answer = asyncio.run(conversed(world, body))
    world.check()
    framed = not (b"\r" in body or b"\n" in body) and body[:1] == b'"'
    assert (b'"ACK"' in answer or b'"DUH"' in answer) == framed


def test_raw_that_is_too_long_is_cut_and_says_so() -> None:
    async def kept() -> list[Signal] | ReportRefused:
        report = Report(
            protocol="http", account="1", sequence="1", code="130", qualifier="new", area="", zone="",
            panel_time=None, deviations=(), raw=bytes(MAX_RAW + 1),
        )  # fmt: skip
        return await offered(World(), report)

    signals = asyncio.run(kept())
    assert not isinstance(signals, ReportRefused)
    (signal,) = signals
    assert len(signal.raw) == MAX_RAW
    assert getattr(signal, "deviations", ()) == (RAW_CUT,)
