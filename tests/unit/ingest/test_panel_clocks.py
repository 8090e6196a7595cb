"""A panel whose clock stays wrong is told of once, however long it goes on."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.codec import decode_inbox
from services.contracts.receiving import ReceiverTroubled
from services.ingest.domain.panel_clocks import PATIENCE
from services.ingest.handlers.clock_teller import ClockTeller
from services.ingest.handlers.intake import ReceiverRun
from tests.unit.ingest.test_dc09_cipher import ACCOUNT, AT, Keyed, reference
from tests.unit.ingest.test_intake import NOW

ME = ReceiverRun(run="r", sender="ingest", account_space="default")
LATE = reference(at=AT - timedelta(hours=1))
IN_TIME = reference()


class Told(Keyed):
    """With somebody who tells."""

    def __init__(self) -> None:
        super().__init__()
        self.teller = ClockTeller(self.intake.clocks, self.log, ME, lambda: NOW)

    async def hears(self, *frames: bytes) -> None:
        for frame in frames:
            await self.answer(frame)
        await self.teller.tell()

    @property
    def troubles(self) -> list[ReceiverTroubled]:
        records = [decode_inbox(value) for partition in self.log.partitions for value in partition]
        return [record for record in records if isinstance(record, ReceiverTroubled)]


async def test_so_many_in_a_row_are_borne_and_one_more_is_told_once() -> None:
    world = Told()
    await world.hears(*[LATE] * PATIENCE)
    assert world.troubles == []
    await world.hears(LATE)
    await world.hears(*[LATE] * 20)
    (trouble,) = world.troubles
    assert (trouble.trouble, trouble.subject, trouble.count) == ("panel_clock", "s-1", PATIENCE + 1)
    assert (trouble.account_space, trouble.account) == ("default", ACCOUNT)
    assert (trouble.since, trouble.until) == (NOW, NOW)


async def test_a_message_in_time_begins_the_count_anew() -> None:
    world = Told()
    await world.hears(*[LATE] * PATIENCE, IN_TIME, *[LATE] * PATIENCE)
    assert world.troubles == []
    await world.hears(LATE, IN_TIME)
    await world.hears(*[LATE] * (PATIENCE + 1))
    assert len(world.troubles) == 2


async def test_what_the_log_does_not_take_is_told_when_it_does() -> None:
    world = Told()
    world.log.down = True
    await world.hears(*[LATE] * (PATIENCE + 1))
    assert world.troubles == []
    world.log.down = False
    await world.hears()
    await world.hears()
    assert len(world.troubles) == 1
