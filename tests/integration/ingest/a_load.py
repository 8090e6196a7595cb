"""Panels that report without pause, each waiting for its ACK, and what the record makes of what they said."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from services.contracts import alarm as a
from services.ingest.domain.dc09_frame import CR
from services.ingest.panel import contact_id_frame
from services.runtime.settings import Address
from tests.unit.alarm_router.saying import Desk

PANEL_TIME = 1_800_000_000_000_000
ANSWER_SECONDS = 5.0  # what panels wait before they send again
PAUSE_SECONDS = 0.05


class Load:
    """Runs until `stop`; `acknowledged` says of each account which sequence numbers were, in their order."""

    def __init__(self, dc09: Address, panels: int, *, after: int = 0) -> None:
        """`after`: the sequence number that each panel said last."""
        self._dc09 = dc09
        self._after = after
        self._over = asyncio.Event()
        self.acknowledged: dict[str, list[str]] = {f"{number:04d}": [] for number in range(1, panels + 1)}
        self._tasks = [asyncio.create_task(self._panel(account)) for account in self.acknowledged]

    @property
    def total(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    async def stop(self) -> None:
        """Let each have its last ACK; fails if one did not get every ACK at its first attempt, in time."""
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def _panel(self, account: str) -> None:
        reader, writer = await asyncio.open_connection(*self._dc09)
        sequence = self._after
        try:
            while not self._over.is_set():
                sequence = sequence % 9999 + 1
                writer.write(
                    contact_id_frame(account, sequence, f"1130 01 {sequence % 1000:03d}", PANEL_TIME)
                )
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await reader.readuntil(CR)
                assert answer[9:] == f'"ACK"{sequence:04d}L0#{account}[]\r'.encode()
                self.acknowledged[account].append(f"{sequence:04d}")
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            writer.transport.abort()


def recorded(partitions: Sequence[Sequence[bytes]]) -> dict[str, list[str]]:
    """The sequence numbers of each account as the router decides them: once, in the record's order."""
    found: dict[str, list[str]] = defaultdict(list)
    for values in partitions:
        desk = Desk()
        for value in values:
            decision = desk.hears(value)
            events = () if decision is None else decision.events
            for event in events:
                if isinstance(event, a.SignalRecorded) and event.outcome != "retransmit":
                    found[event.signal.line.rpartition("/")[2]].append(event.sequence or "")
    return found
