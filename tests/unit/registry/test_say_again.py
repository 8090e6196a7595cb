"""An entry that a router had to pass over is said once more, at a new position and for everybody concerned."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from services.contracts.directory import Filing, ProviderSet, SiteSet
from services.contracts.registry import (
    FilingSet,
    ProviderRegistered,
    RegistryEvent,
    SiteDetails,
    SiteMerged,
    SiteRegistered,
)
from services.contracts.topics import PARTITIONS, partition_of
from services.eventsourcing.event_store import MemoryEventStore, NewEvent
from services.registry.domain.keys import provider_stream, site_stream
from services.registry.handlers.relay import next_page
from services.registry.handlers.say_again import NothingToSay, SayAgain

DETAILS = SiteDetails(
    name="仓库", provider="p", site_class="key_unit", division="350102", bureau="350102000000"
)
REGISTERED = SiteRegistered(at_us=1, site="s", key="S1", details=DETAILS)
FILED = FilingSet(at_us=1, provider="p", filing=Filing(authority="福州", state="filed"))
KNOWN = ProviderRegistered(at_us=1, provider="p", key="p", name="安居")


async def stored(
    stream: str, *events: RegistryEvent, store: MemoryEventStore | None = None
) -> MemoryEventStore:
    store = store or MemoryEventStore()
    new = [
        NewEvent(type=str(e.__struct_config__.tag), at_us=e.at_us, body=msgspec.json.encode(e), by="t")
        for e in events
    ]
    await store.append(stream, 0, new)
    return store


async def said(store: MemoryEventStore, of: str) -> dict[int, Sequence[SiteSet | ProviderSet]]:
    """What the relay tells after it was said again."""
    last = len(await store.read_all(0, 100))
    position = await SayAgain(store).run(of, by="test", now_us=2)
    assert position == last + 1
    told = await next_page(store, last, 100, 3)
    assert told is not None
    assert told.position == position
    return dict(told.inbox)


async def test_a_site_is_said_again_to_its_partition() -> None:
    store = await stored(site_stream("s"), REGISTERED)
    first = await next_page(store, 0, 100, 3)
    assert first is not None
    before = first.inbox[partition_of("s")][0]
    after = await said(store, "s")
    assert after == {partition_of("s"): [msgspec.structs.replace(before, position=2)]}


async def test_a_provider_is_said_again_to_every_partition_with_its_filing() -> None:
    told = await said(await stored(provider_stream("p"), KNOWN, FILED), "p")
    assert set(told) == set(range(PARTITIONS))
    (change,) = told[0]
    assert isinstance(change, ProviderSet)
    assert change.provider.filings == (FILED.filing,)


async def test_a_merged_shell_site_is_said_again_as_merged() -> None:
    store = await stored(site_stream("s"), REGISTERED)
    await stored(site_stream("shell"), SiteMerged(at_us=1, site="shell", into="s"), store=store)
    (change,) = (await said(store, "shell"))[partition_of("shell")]
    assert isinstance(change, SiteSet)
    assert (change.site.id, change.site.merged_into) == ("shell", "s")


async def test_what_the_register_does_not_know_is_not_said() -> None:
    store = await stored(provider_stream("p"), KNOWN)
    for unknown in ("s", "p"):
        with pytest.raises(NothingToSay):
            await SayAgain(store).run(unknown, by="test", now_us=2)
