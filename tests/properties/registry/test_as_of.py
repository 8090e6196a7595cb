"""The register as of a position is the fold of what lies up to there, whatever was changed and in whatever order."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.directory import Filing, Line
from services.contracts.registry import BureauSet, ProviderEvent, SiteDetails, SiteEvent
from services.eventsourcing.event_store import MemoryEventStore
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.register import Entry
from services.registry.handlers.change_entry import ChangeEntry, Wanted, steps
from services.registry.handlers.reading import entry_of, register_at, stored_until
from services.registry.handlers.stored_form import ANY_EVENT

NAMES = st.sampled_from(["一", "二", "三"])
WHICH = st.sampled_from(["x", "y"])
LINES = st.builds(Line, account_space=st.just("default"), account=st.sampled_from(["1", "2"]))
DETAILS = st.builds(
    SiteDetails,
    name=NAMES,
    provider=WHICH,
    site_class=st.just("other"),
    division=st.sampled_from(["350102", "350103"]),
    bureau=st.just("350102000000"),
)
FILINGS = st.builds(Filing, authority=NAMES, state=st.sampled_from(["submitted", "filed"]), since=st.none())


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    which, now = draw(WHICH), 1
    providers: list[p.Command] = [p.Rename(name=draw(NAMES), now_us=now), p.SetFiling(filing=draw(FILINGS), now_us=now), p.Register(id=which, key=which, name=draw(NAMES), now_us=now)]  # fmt: skip
    sites: list[s.Command] = [s.Enter(id=which, key=which, details=draw(DETAILS), now_us=now), s.AssignLine(line=draw(LINES), now_us=now), s.ReleaseLine(line=draw(LINES), now_us=now)]  # fmt: skip
    kind = draw(st.sampled_from(["provider", "site", "bureau"]))
    if kind == "bureau":
        said = b.SetBureau(id=which, name=draw(NAMES), divisions=("350100",), now_us=now)
        return Wanted(stream=f"bureau/{which}", commands=(said,))
    if kind == "provider":
        return Wanted(stream=f"provider/{which}", commands=(draw(st.sampled_from(providers)),))
    return Wanted(stream=f"site/{which}", commands=(draw(st.sampled_from(sites)),))


async def filled(changes: list[Wanted]) -> MemoryEventStore:
    store = MemoryEventStore()
    for number, change in enumerate(changes):
        await ChangeEntry(store).run(change, by="zhao", request=str(number))
    return store


async def folded(store: MemoryEventStore, position: int) -> dict[str, Entry]:
    """By the deciders, stream by stream."""
    streams: dict[str, list[object]] = {}
    for event in await store.read_all(0, position):
        streams.setdefault(event.stream, []).append(ANY_EVENT.decode(event.body))
    entries: dict[str, Entry] = {}
    for stream, events in streams.items():
        if stream.startswith("provider/"):
            entries[stream] = p.PROVIDER.fold(e for e in events if isinstance(e, ProviderEvent))
        elif stream.startswith("site/"):
            entries[stream] = s.SITE.fold(e for e in events if isinstance(e, SiteEvent))
        else:
            entries[stream] = b.BUREAU.fold(e for e in events if isinstance(e, BureauSet))
    return entries


@given(st.lists(wanted(), max_size=20))
@settings(max_examples=60, deadline=None)
def test_as_of_a_position_is_the_fold_up_to_it(changes: list[Wanted]) -> None:
    async def law() -> None:
        store = await filled(changes)
        for position in range(len(await store.read_all(0, 1000)) + 1):
            then = await folded(store, position)
            assert (await register_at(store, position)).entries == then
            for stream in ("provider/x", "site/x", "bureau/x"):
                assert entry_of(await stored_until(store, stream, position)) == then.get(stream)

    asyncio.run(law())


@given(st.lists(wanted(), max_size=20))
@settings(max_examples=60, deadline=None)
def test_every_step_of_an_entrys_history_says_something(changes: list[Wanted]) -> None:
    async def law() -> None:
        store = await filled(changes)
        for stream in ("provider/x", "site/x", "bureau/x"):
            for step in steps(await store.read(stream)):
                assert all(one.before != one.after for one in step.changes)
                assert step.changes

    asyncio.run(law())
