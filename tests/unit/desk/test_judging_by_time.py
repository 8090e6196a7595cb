"""Up to when a signal that is not in the record may be called missing: only what had every chance to get there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from services.contracts.stored import Actor
from services.desk.domain.line_accounting import Counts, Span, Total
from services.desk.handlers.accounting import GRACE_US, Accounts, by_day
from services.runtime.problem import Problem

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
BOSS = Actor(id="boss", roles=("shift_supervisor",))


class Everything:
    """`LineCounts`, `Gateway`, `Inbox` and the book of looks, each as the test says; `due`: what was asked with."""

    def __init__(self, **how: Any) -> None:
        self.following = how.get("following", True)
        self.behind: int = how.get("behind", 0)
        self.counted: dict[int, tuple[int, int]] = how.get("counted", {0: (7, NOW - SECOND)})
        self.unsure: int | None = how.get("unsure")
        self.due: int | None = None
        self.noted: list[tuple[str, str]] = []

    def behind_us(self, _: int) -> int:
        return self.behind

    def reached(self) -> Mapping[int, int]:
        return {0: 7}

    async def read_up_to(self) -> Mapping[int, tuple[int, int]]:
        return self.counted

    async def unsure_since(self) -> int | None:
        return self.unsure

    async def reasons(self, *_: object) -> dict[str, int]:
        return {"crc": 2}

    async def days(self, _: object, __: object, due: int) -> list[Total]:
        self.due = due
        return [Total(key="0", counts=Counts(received=3, recorded=1, refused=2, surfaced=1))]

    async def note_look(self, person: str, action: str, *_: object) -> None:
        self.noted.append((person, action))


async def judged(world: Everything, person: Actor = BOSS) -> int:
    it = cast("Any", world)
    accounts = Accounts(it, it, it, it, lambda _: it)
    told = await by_day(accounts, person, Span(0, 1), NOW)
    assert world.due == told.judged_until - GRACE_US
    assert told.total.reasons == {"crc": 2}
    assert told.items[0].key == "1970-01-01"
    return told.judged_until


async def test_everything_is_judged_when_nothing_waits_anywhere() -> None:
    assert await judged(Everything()) == NOW


async def test_nothing_is_judged_while_the_inbox_cannot_be_read() -> None:
    assert await judged(Everything(following=False)) == 0


async def test_what_came_after_the_oldest_undecided_record_is_not_judged() -> None:
    assert await judged(Everything(behind=90 * SECOND)) == NOW - 90 * SECOND


async def test_what_the_accountant_has_not_read_is_not_judged() -> None:
    assert await judged(Everything(counted={0: (6, NOW - 40 * SECOND)})) == NOW - 40 * SECOND
    assert await judged(Everything(counted={})) == 0


async def test_what_came_since_the_receivers_are_away_or_spool_is_not_judged() -> None:
    assert await judged(Everything(unsure=NOW - 5 * SECOND)) == NOW - 5 * SECOND


async def test_every_look_is_noted_and_who_may_not_look_is_told() -> None:
    world = Everything()
    await judged(world)
    assert world.noted == [("boss", "accounting.days")]
    with pytest.raises(Problem) as refused:
        await judged(world, Actor(id="x", roles=("operator",)))
    assert refused.value.status == 403
