"""The accounting of signals by line and minute: who reads the receivers' counts and the record, and what must hold of both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from services.alarm_router.domain.answered import CARRIED
from services.contracts.alarm import SignalCarriedOn
from services.contracts.envelope import Decision, Refused
from services.desk.adapters.memory_line_accounting import MemoryLineAccounting
from services.desk.book_reader import again, read_on
from services.desk.domain.line_accounting import CellKey, LinesRead, Recorded, count
from services.desk.handlers.keeping_counts import keep_counts
from services.ingest.handlers.counted import counted_by_line
from services.simulation.disk import reach_database
from services.simulation.process import Process
from services.simulation.telling import LockedBook
from services.simulation.world import expect

if TYPE_CHECKING:
    from services.simulation.house import House

_READ = msgspec.json.Decoder(LinesRead)


class SimulatedReceivers:
    """`ReceiversByLine`: whoever receives now, if it answers."""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process

    async def counted_by_line(self, run: str, number: int) -> LinesRead | None:
        """See the port."""
        await self._process.outside()
        door = self._house.door
        if door is None or not door[0].answers:
            return None
        told = msgspec.json.encode(counted_by_line(door[1], self._house.spool, run, number))
        await self._process.outside()
        return _READ.decode(told)


class SimulatedAccounting(LockedBook[MemoryLineAccounting]):
    """`Book` and `SocketCounts`: a database that is away now and then; the record's side is held by one process."""

    def __init__(self, house: House, process: Process) -> None:
        super().__init__(house, process, house.rules.accounting(house.accounts))

    async def newest_run(self) -> tuple[str, int]:
        """See the port."""
        await reach_database(self._process)
        return await self._writer.newest_run()

    async def doubted(self) -> int | None:
        """See the port."""
        await reach_database(self._process)
        return await self._writer.doubted()

    async def doubt(self, since: int | None) -> None:
        """See the port."""
        await reach_database(self._process)
        await self._writer.doubt(since)

    async def write_sockets(self, read: LinesRead, now: int) -> None:
        """See the port."""
        await reach_database(self._process)
        await self._writer.write_sockets(read, now)
        await reach_database(self._process)


async def keep_accounts(house: House, process: Process) -> None:
    """The process `accounting`."""

    async def work() -> None:
        writer = SimulatedAccounting(house, process)
        await keep_counts(SimulatedReceivers(house, process), writer, process.now_us)

    await again("sockets", work)


async def project_accounts(house: House, process: Process) -> None:
    """What the process `projector` does beside its other books, here as a process of its own."""

    async def work() -> None:
        await read_on(SimulatedAccounting(house, process), house.reading(process), house.partitions)

    await again(MemoryLineAccounting.name, work)


def unread(house: House) -> list[str]:
    """What of the counts is still on its way."""
    if house.door is None:
        return ["nobody receives"]
    intake, accounts = house.door[1], house.accounts
    run = accounts.runs.get(intake.run)
    newest = max((one.number for one in intake.accounting.lines.since(0, 10**6)), default=0)
    found = [] if run is not None and run.number >= newest else ["counts of the receiver are not read"]
    if intake.accounting.in_flight:
        found.append(f"{intake.accounting.in_flight} signals are under way")
    if run is not None and run.unsure_since is not None:
        found.append("it is not known what the receiver holds")
    for partition, oracle in house.oracles.items():
        place = accounts.places.get(partition)
        if place is None or place.offset != oracle.newest:
            found.append(f"the accounting is behind in partition {partition}")
    return found


def check_accounts(house: House) -> None:
    """What was offered was received, what was kept is recorded, and both sides are as they were counted."""
    accounts, said = house.accounts, dict[CellKey, Recorded]()
    ended = Counter[str]()
    for partition, oracle in house.oracles.items():
        for offset, decision in oracle.decisions:
            count(said, partition, offset, decision)
            if decision.id.startswith(CARRIED) and _ends_there(decision):
                ended[decision.id.removeprefix(CARRIED).rpartition("/")[0]] += 1
    expect(accounts.recorded == said, "the accounting's side of the record is not the fold of the record")
    recorded = Counter[tuple[str, str, int]]()
    for key, cell in accounts.recorded.items():
        recorded[key.run, key.line, key.minute] += cell.outcomes.total()
    received, missing = Counter[tuple[str, str]](), Counter[str]()
    for (run, line, minute), one in accounts.sockets.items():
        received[run, line] += one.received
        missing[f"{run}/{line}"] += max(0, one.kept - recorded[run, line, minute])
    for name, lost in missing.items():
        expect(lost <= ended[name], f"{lost} signals of {name} were kept, and are missing")
    living = house.door[1].run if house.door is not None else ""
    for (run, line), offered in house.offered.items():
        got = received[run, line]
        expect(got <= offered, f"{line} offered {offered} signals and {got} are accounted for")
        expect(run != living or got == offered, f"{line} offered {offered} signals, {got} are accounted for")
    expect(all(run.ended == (name != living) for name, run in accounts.runs.items()), "a run is not over")


def _ends_there(decision: Decision) -> bool:
    """Whether what was carried over came too late, or to a site that is merged itself, as the register makes none."""
    is_carried_on = any(isinstance(event, SignalCarriedOn) for event in decision.events)
    return is_carried_on or isinstance(decision.answer, Refused)
