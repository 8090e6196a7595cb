"""received = recorded + refused(reason), whatever peers, broker and operator do."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalMalformed, SignalReceived
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.domain.line_book import MINUTE_US
from services.ingest.handlers.conversation import Conversation
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.ports import AppendFailed, Entry, Signal

PEERS = 4
STEP_US = 7_000_000  # the clock goes on by this at every look: a session lasts many minutes
OTHERS = ["away", "doubtful", "hangs", "reset", "hang_up", "silence"]
Step: TypeAlias = tuple[str, int, bytes]


class Moody(MemorySignalLog):
    """Confirms, fails, keeps without saying so, or hangs. `confirmed`: records that it said were kept."""

    mood = "well"
    confirmed = 0

    async def append(self, records: Sequence[Entry]) -> None:
        mood = self.mood
        await asyncio.sleep(0)
        if mood == "away":
            raise AppendFailed("away")
        await super().append(records)
        if mood == "doubtful":
            raise AppendFailed("kept and not said")
        if mood == "hangs":
            await asyncio.sleep(3600)
        self.confirmed += len(records)


class Peer:
    """A conversation, and what it was told."""

    def __init__(self, intake: Intake) -> None:
        self.said: list[bytes] = []
        self.ends: list[str] = []
        self.talk = Conversation(intake, "test", self.said.append, self.ends.append)


def frame(account: str, sequence: int, data: str) -> bytes:
    return seal(f'"SIA-DCS"{sequence:04d}L0#{account}[#{account}|{data}]'.encode())


def chunk(random: Random) -> bytes:
    """What a peer may send in one go: mostly frames, some of them damaged, and garbage."""
    good = frame(
        random.choice(["1234", "ABCD", "BEEF", "5" * 40]),
        random.randint(1, 9999),
        random.choice(["NBA1", "NBA1", "NBA1/BA2/TA3", "nonsense", "NBA" + "1" * 20]),
    )
    kinds = (good, good, good, good[:-5], b"\n0000" + good[5:], b"\nGET /\r", seal(b'"NULL"0000L0#1234[]'))
    return random.choice([*kinds, random.randbytes(20)])


def session_of(seed: int) -> list[Step]:
    """Sixty steps, dense: drawn step by step they would mostly be nothing at all."""
    random = Random(seed)
    steps: list[Step] = []
    for _ in range(60):
        sent = b"".join(chunk(random) for _ in range(random.choice([1, 1, 2, 4])))
        what = random.choice(["bytes"] * 8 + ["turns"] * 8 + ["well"] * 3 + OTHERS)
        steps.append((what, random.randrange(PEERS), sent))
    return steps


class Session:
    """One receiver, some peers, and what happened."""

    def __init__(self) -> None:
        self.log = Moody()
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        clock = itertools.count(STEP_US, STEP_US)
        self.intake = Intake(self.log, MemoryLineDirectory(), me, clock.__next__, append_seconds=0.02)
        self.peers = [Peer(self.intake) for _ in range(PEERS)]
        self.every = list(self.peers)

    def dial_again(self, number: int) -> None:
        self.peers[number] = Peer(self.intake)
        self.every.append(self.peers[number])

    async def take(self, step: str, number: int, data: bytes) -> None:
        match step:
            case "bytes":
                if self.peers[number].talk.over:
                    self.dial_again(number)
                self.peers[number].talk.receive(data)
            case "reset":
                self.peers[number].talk.leave()
            case "hang_up":
                self.peers[number].talk.hang_up()
            case "silence":
                self.peers[number].talk.time_out()
            case "turns":
                for _ in range(4 * number):
                    await asyncio.sleep(0)
            case _:
                self.log.mood = step
        assert self.intake.accounting.in_flight >= 0
        await asyncio.sleep(0)

    async def finish(self, *, stop: bool) -> None:
        """Stop the receiver at once, or let it finish with a broker that is well."""
        for peer in self.every:
            peer.talk.hang_up()
        if stop:
            await self.intake.close()
        self.log.mood = "well"
        async with asyncio.timeout(5):
            while self.intake.accounting.in_flight or not all(peer.talk.over for peer in self.every):
                await asyncio.sleep(0)
        await self.intake.close()


async def play(steps: Sequence[Step], *, stop: bool) -> tuple[Intake, Moody, list[Peer]]:
    session = Session()
    for step in steps:
        await session.take(*step)
    await session.finish(stop=stop)
    return session.intake, session.log, session.every


@given(st.integers(0, 1 << 32), st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_everything_received_is_recorded_or_refused(seed: int, stop: bool) -> None:
    intake, log, peers = asyncio.run(play(session_of(seed), stop=stop))
    seen = intake.accounting
    assert seen.in_flight == 0
    assert seen.received.total() == seen.recorded + seen.refused.total()
    assert seen.recorded == log.confirmed
    answers = [answer for peer in peers for answer in peer.said]
    acknowledged = sum(b'"ACK"' in answer and b'"0000' not in answer for answer in answers)
    assert acknowledged <= seen.recorded
    assert all(len(peer.ends) == 1 for peer in peers)


@given(st.integers(0, 1 << 32), st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_number_of_a_line_is_ever_given_to_two_signals(seed: int, stop: bool) -> None:
    _, log, _ = asyncio.run(play(session_of(seed), stop=stop))
    named: dict[tuple[str, int], Signal] = {}
    for values in log.partitions:
        highest: dict[str, int] = {}
        for value in values:
            signal = decode_inbox(value)
            assert isinstance(signal, (SignalReceived, SignalMalformed))
            line, counter = signal.id.line, signal.id.counter
            if (line, counter) in named:
                assert named[line, counter] == signal
            else:  # below its line's mark the core would take it for a repetition
                assert counter > highest.get(line, 0)
            named[line, counter] = signal
            highest[line] = max(counter, highest.get(line, 0))


@given(st.integers(0, 1 << 32), st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_line_and_minute_adds_up_and_what_was_kept_lies_in_the_log(seed: int, stop: bool) -> None:
    intake, log, _ = asyncio.run(play(session_of(seed), stop=stop))
    seen, lines = intake.accounting, intake.accounting.lines.since(0, 1 << 30)
    assert sum(one.received for one in lines) == seen.received.total()
    assert sum((one.refused for one in lines), Counter()) == seen.refused
    named = {decode_inbox(value) for values in log.partitions for value in values}
    in_log: Counter[tuple[str, int]] = Counter()
    for signal in named:
        assert isinstance(signal, (SignalReceived, SignalMalformed))
        in_log[signal.id.line, signal.received_at // MINUTE_US * MINUTE_US] += 1
    for one in lines:
        assert one.received == one.kept + one.refused.total(), (seed, one)
        assert one.kept <= in_log[one.line, one.minute], (seed, one)


def test_the_three_reasons_that_a_supervisor_asks_about_first() -> None:
    steps: list[Step] = [
        ("bytes", 0, frame("1234", 1, "NBA1/BA2")),
        ("turns", 5, b""),
        ("away", 0, b""),
        ("bytes", 0, frame("1234", 2, "NBA1")),
        ("turns", 5, b""),
        ("bytes", 1, b"\n0000" + frame("1234", 3, "NBA1")[5:]),
        ("bytes", 2, seal(b'"NULL"0000L0#1234[]')),
    ]
    intake, _, _ = asyncio.run(play(steps, stop=False))
    seen = intake.accounting
    assert (seen.received, seen.recorded) == ({"test": 5}, 2)
    assert seen.refused == {"not_kept": 1, "crc": 1, "supervision": 1}
