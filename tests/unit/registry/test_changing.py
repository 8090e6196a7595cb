"""An entry is changed at the version that its reader saw, and once; the second of two registrars is told."""

from __future__ import annotations

import asyncio

from services.contracts.envelope import Refused
from services.contracts.registry import SiteDetails
from services.eventsourcing.event_store import MemoryEventStore
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.entry_form import FieldChange
from services.registry.handlers.change_entry import Changed, ChangeEntry, Stale, Wanted

STREAM = "provider/p"
REGISTER = p.Register(id="p", key="p", name="安居", now_us=1)


def renamed(name: str, version: int | None) -> Wanted:
    return Wanted(stream=STREAM, commands=(p.Rename(name=name, now_us=2),), version=version)


async def changer() -> ChangeEntry:
    change = ChangeEntry(MemoryEventStore())
    new = Wanted(stream=STREAM, commands=(REGISTER,), version=0)
    assert await change.run(new, by="zhao", request="r0") == Changed(1, 1)
    return change


async def test_a_change_at_the_seen_version_is_made() -> None:
    change = await changer()
    assert await change.run(renamed("安澜", 1), by="zhao", request="r1") == Changed(2, 2)


async def test_the_second_of_two_registrars_is_told_who_changed_what() -> None:
    change = await changer()
    await change.run(renamed("安澜", 1), by="zhao", request="r1")
    told = await change.run(renamed("安宁", 1), by="qian", request="r2")
    assert isinstance(told, Stale)
    [step] = told.steps
    assert (step.by, step.version, step.type) == ("zhao", 2, "provider.renamed.v1")
    assert step.changes == (FieldChange("name", "安居", "安澜"),)


async def test_of_two_at_the_same_time_one_wins_and_the_other_is_told() -> None:
    change = await changer()
    both = await asyncio.gather(
        *(change.run(renamed(name, 1), by=name, request=name) for name in ("甲", "乙"))
    )
    assert sorted(type(one).__name__ for one in both) == ["Changed", "Stale"]


async def test_a_repetition_gets_the_first_answer_whatever_happened_since() -> None:
    change = await changer()
    first = await change.run(renamed("安澜", 1), by="zhao", request="r1")
    await change.run(renamed("安宁", 2), by="qian", request="r2")
    assert await change.run(renamed("安澜", 1), by="zhao", request="r1") == first


async def test_what_is_to_be_new_and_is_there_already_is_not_taken_over() -> None:
    change = await changer()
    again = Wanted(stream=STREAM, commands=(REGISTER,), version=0)
    assert await change.run(again, by="qian", request="r3") == Stale(())


async def test_saying_what_is_so_already_changes_nothing() -> None:
    change = await changer()
    assert await change.run(renamed("安居", 1), by="zhao", request="r1") == Changed(1, 1)


async def test_a_refusal_of_one_entry_leaves_the_others_as_they_were() -> None:
    change = await changer()
    details = SiteDetails(name="仓库", provider="p", site_class="other", division="350102", bureau="350102")
    new = Wanted(stream="site/s", commands=(s.Enter(id="s", key="s", details=details, now_us=1),), version=0)
    nobody = Wanted(stream="provider/q", commands=(p.Rename(name="无", now_us=1),))
    told = await change.run(new, also=[nobody], by="zhao", request="r1")
    assert told == Refused(reason="provider.unknown")
    assert await change.run(renamed("安澜", 1), by="zhao", request="r2") == Changed(2, 2)
