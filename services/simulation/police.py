"""The police side, which fails in the ways that real ones do, and counts what was opened there.

One endpoint keeps a notice by its id, however often it comes. The other is of the worst kind: whatever it is sent and
reads opens an incident, unless it brings something more to one that is open. For both there may be one effect of each
escalation.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict

from services.contracts.police import EscalationNotice, NoticeStatus
from services.police_link.ports import EndpointAway, EndpointRefuses
from services.simulation.process import Process
from services.simulation.world import World

ANSWER_S = 5.0
BEFORE, AFTER, HANGS, REFUSES, LATE, STATUS_AWAY = 0.15, 0.2, 0.15, 0.1, 0.2, 0.15


class PoliceSide:
    """One endpoint. `effects`: how often each escalation opened something; `additions`: what it knows besides."""

    def __init__(self, world: World, name: str, *, keeps_by_id: bool) -> None:
        self.world, self.name = world, name
        self.effects: Counter[str] = Counter()
        self.additions: defaultdict[str, set[str]] = defaultdict(set)
        self._keeps_by_id = keeps_by_id
        self._numbers: Counter[str] = Counter()

    def take(self, notice: EscalationNotice) -> None:
        """It arrived and was read. The world ends where it opens something again."""
        known = self.additions[notice.escalation]
        news = {one.id for one in notice.additions} - known
        known |= news
        if self.effects[notice.escalation] and (self._keeps_by_id or news):
            self.world.step(self.name, f"knows {notice.escalation}, and {len(news)} things more")
            return
        self.effects[notice.escalation] += 1
        self._numbers[notice.number] += 1
        self.world.step(self.name, f"opens {notice.escalation}")
        count = self.effects[notice.escalation]
        numbered = self._numbers[notice.number]
        if count > 1 or numbered > 1:
            self.world.fail_with(
                f"{self.name} opened {notice.escalation} of {notice.number} {numbered} times"
            )

    def has(self, escalation: str) -> NoticeStatus | None:
        """What it tells of one."""
        if not self.effects[escalation]:
            return None
        additions = tuple(sorted(self.additions[escalation]))
        return NoticeStatus(escalation=escalation, first_at=0, additions=additions)


class SimulatedGateway:
    """`PoliceGateway` as a process reaches it."""

    def __init__(self, process: Process, side: PoliceSide) -> None:
        self._process, self._side = process, side

    @property
    def name(self) -> str:
        """See the port."""
        return self._side.name

    @property
    def address(self) -> str:
        """See the port."""
        return self._side.name

    async def status(self, escalation: str) -> NoticeStatus | None:
        """See the port."""
        await self._process.outside()
        if self._strikes("police status away", STATUS_AWAY):
            await asyncio.sleep(ANSWER_S)
            raise EndpointAway("no answer to the question")
        return self._side.has(escalation)

    async def deliver(self, notice: EscalationNotice) -> None:
        """See the port."""
        await self._process.outside()
        if self._strikes("police timed out before", BEFORE) or self._strikes("police hang", HANGS):
            await asyncio.sleep(ANSWER_S)
            raise EndpointAway("no answer")
        if self._strikes("police refuse", REFUSES):
            raise EndpointRefuses("422 no such bureau here")
        self._side.take(notice)
        if self._strikes("police timed out after", AFTER):
            await asyncio.sleep(ANSWER_S)
            raise EndpointAway("no answer")
        if self._strikes("police answer late", LATE):
            await asyncio.sleep(ANSWER_S * self._side.world.random.random())
        await self._process.outside()

    def _strikes(self, misfortune: str, chance: float) -> bool:
        return self._side.world.strikes(misfortune, chance, self._side.name)
