"""Laws of the spool: whatever happens to its bytes, and wherever the receiver dies, what was confirmed comes out."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.ingest.adapters.file_spool import FileSpool
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.accounting import Accounting
from services.ingest.domain.spool_lines import read, written
from services.ingest.handlers.intake import ReceiverRun
from services.ingest.handlers.spooled_log import Patience, SpooledLog
from services.ingest.ports import AppendFailed, Entry

LINES = 3
MOODS = [["takes"], ["refuses"], ["unsaid", "takes", "takes a part"]]


def signal(run: str, line: int, counter: int, raw: bytes = b"") -> SignalReceived:
    return SignalReceived(
        id=SignalId(run=run, line=f"default/{line}", counter=counter),
        sender="ingest",
        sent_at=1,
        received_at=1,
        subject=f"site-{line}",
        protocol="adm_cid",
        account_space="default",
        account=str(line),
        code="130",
        raw=raw,
    )


SIGNALS = st.lists(
    st.builds(signal, st.just("r"), st.integers(0, LINES), st.integers(1, 1 << 40), st.binary(max_size=40)),
    min_size=1,
    max_size=5,
)


@given(SIGNALS)
@settings(deadline=None)
def test_cut_at_any_byte_it_holds_what_was_whole_and_no_damage(signals: list[SignalReceived]) -> None:
    lines = written(signals)
    ends = [len(written(signals[: number + 1])) for number in range(len(signals))]
    for cut in range(len(lines) + 1):
        found = read(lines[:cut])
        whole = sum(end - 1 <= cut for end in ends)  # the last byte of a line is its end and says nothing
        assert (found.damaged, list(found.signals)) == (0, signals[:whole])
        begun = cut - ([0, *ends][whole])
        assert found.torn == max(0, begun)


@given(SIGNALS, st.data())
@settings(deadline=None)
def test_no_flipped_bit_is_passed_over_in_silence(signals: list[SignalReceived], data: st.DataObject) -> None:
    lines = bytearray(written(signals))
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] ^= 1 << data.draw(st.integers(0, 7))
    found = read(bytes(lines))
    assert all(one in signals for one in found.signals)
    missing = len(signals) - len(found.signals)
    assert missing <= min(2, 2 * found.damaged)  # a lost line end makes one bad line of two


@given(st.binary(max_size=200))
def test_garbage_is_never_a_signal(content: bytes) -> None:
    assert read(content).signals == ()


class Died(BaseException):
    """The receiver was killed."""


class Fickle(MemorySignalLog):
    """Takes, refuses, takes and does not say so; or the receiver dies in the middle of it."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.moods = ["takes"]

    async def append(self, records: Sequence[Entry]) -> None:
        mood = self._random.choice(self.moods)
        await asyncio.sleep(0)
        if mood == "refuses":
            raise AppendFailed("refused")
        if mood == "takes a part":
            await super().append(records[: self._random.randint(0, len(records))])
            raise AppendFailed("a part")
        await super().append(records)
        if mood == "unsaid":
            raise AppendFailed("unsaid")
        if mood == "dies":
            raise Died


class Story:
    """Runs of a receiver over one folder and one inbox, each ended by a death."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.log = Fickle(self.random)
        self.confirmed: dict[str, list[tuple[str, int]]] = defaultdict(list)

    async def run(self, number: int, *, last: bool) -> None:
        run, found = f"r{number}", self._newest()
        spool = FileSpool(self.folder, segment_bytes=self.random.choice([1, 400, 10_000]))
        me = ReceiverRun(run=run, sender="ingest", account_space="default")
        log = SpooledLog(self.log, spool, Accounting(lambda: 1), me, lambda: 1, Patience(retry=0.001))
        draining = asyncio.create_task(log.drain())
        lines = asyncio.create_task(self._lines(log, run, deadly=not last))
        try:
            await asyncio.wait({lines, draining}, return_when=asyncio.FIRST_COMPLETED)
            while last and spool.waiting:
                self.log.moods = ["takes"]
                await asyncio.sleep(0.001)
        finally:
            for task in (lines, draining):
                task.cancel()
            await asyncio.gather(lines, draining, return_exceptions=True)
            spool.close()
        if not last:
            self._die(run, found)

    async def _lines(self, log: SpooledLog, run: str, *, deadly: bool) -> None:
        async with asyncio.TaskGroup() as group:
            for line in range(LINES):
                group.create_task(self._line(log, run, line, deadly=deadly))

    async def _line(self, log: SpooledLog, run: str, line: int, *, deadly: bool) -> None:
        """One after the other, as the intake does; what failed is sent again with its id, or not at all."""
        for counter in range(1, self.random.randint(2, 8)):
            one = signal(run, line, counter * LINES + line)
            for _ in range(3):
                self.log.moods = self.random.choice(MOODS + [["dies", "takes", "refuses"]] * deadly)
                try:
                    await log.append([one])
                except AppendFailed:
                    continue
                self.confirmed[one.id.line].append((run, one.id.counter))
                break
            await asyncio.sleep(0)

    def _newest(self) -> int:
        return max((int(path.stem) for path in self.folder.glob("*.spool")), default=0)

    def _die(self, run: str, found: int) -> None:
        """A write was under way, and any part of it came to the disk: in a segment of this run, never in one `found`."""
        lines = written([signal(run, line, 10_000 + line) for line in range(LINES)])
        part = lines[: self.random.randint(0, len(lines))]
        newest = self._newest()
        with (self.folder / f"{newest if newest > found else newest + 1:010d}.spool").open("ab") as file:
            file.write(part)

    def recorded(self) -> dict[str, list[tuple[str, int]]]:
        """What the core makes of the inbox: lower than or equal to the line's mark of that run is known."""
        marks: dict[tuple[str, str], int] = {}
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for values in self.log.partitions:
            for value in values:
                one = decode_inbox(value)
                assert isinstance(one, SignalReceived)
                name = (one.id.line, one.id.run)
                if one.id.counter > marks.get(name, 0):
                    marks[name] = one.id.counter
                    found[one.id.line].append((one.id.run, one.id.counter))
        return found


@given(st.integers(0, 1 << 32), st.integers(1, 3))
@example(527797541, 3)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_wherever_it_dies_what_was_confirmed_is_recorded_once_and_in_order(seed: int, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="jiejing-test-") as folder:
        story = Story(Path(folder), seed)
        for number in range(runs):
            asyncio.run(story.run(number, last=number == runs - 1))
        found = story.recorded()
    for line, confirmed in story.confirmed.items():
        assert [one for one in found[line] if one in set(confirmed)] == confirmed
