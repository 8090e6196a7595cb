"""Signals that were faster than their line's entry: their shell is merged into the site that is registered, once."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.directory import Line
from services.contracts.envelope import Refused
from services.contracts.registry import SiteDetails, SiteMerged
from services.contracts.topics import shell_site
from services.eventsourcing.event_store import MemoryEventStore
from services.registry.domain import site as s
from services.registry.domain.keys import site_stream
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.registry.handlers.merge_overtaken import merge_overtaken
from services.registry.handlers.relay import next_page
from services.registry.handlers.stored_form import ANY_EVENT
from services.registry.ports import Overtaken

SITE = "site-1"
SHELL = shell_site("default", "35019004")
DETAILS = SiteDetails(
    name="台江茶行", provider="provider", site_class="other", division="350103", bureau="350103000000"
)


class Found:
    """`UnknownAccounts`: these, as often as they are asked for."""

    def __init__(self, *overtaken: Overtaken) -> None:
        self._overtaken = overtaken

    async def overtaken(self) -> Sequence[Overtaken]:
        return self._overtaken


async def registered(site: str = SITE) -> MemoryEventStore:
    store = MemoryEventStore()
    line = Line(account_space="default", account="35019004")
    enter = s.Enter(id=site, key=site, details=DETAILS, now_us=1)
    wanted = Wanted(stream=site_stream(site), commands=(enter, s.AssignLine(line=line, now_us=1)))
    await ChangeEntry(store).run(wanted, by="zhao", request="")
    return store


async def test_the_shell_becomes_the_site_that_is_registered_and_the_router_is_told() -> None:
    store = await registered()
    assert await merge_overtaken(Found(Overtaken(SHELL, SITE)), store, 2) == []
    stored = (await store.read_all(0, 100))[-1]
    assert (stored.by, ANY_EVENT.decode(stored.body)) == (
        "registry",
        SiteMerged(at_us=2, site=SHELL, into=SITE),
    )
    page = await next_page(store, stored.position - 1, 100, 3)
    assert page is not None
    [told] = [record for records in page.inbox.values() for record in records]
    assert (told.site.id, told.site.merged_into, told.site.provider) == (SHELL, SITE, "provider")  # type: ignore[union-attr]  # of a site


async def test_until_the_record_knows_it_nothing_more_is_said() -> None:
    store = await registered()
    for at in (2, 3):
        assert await merge_overtaken(Found(Overtaken(SHELL, SITE)), store, at) == []
    assert len(await store.read(site_stream(SHELL))) == 1


async def test_a_shell_that_somebody_registered_or_merged_elsewhere_stays_so_and_keeps_nobody_else_waiting() -> (
    None
):
    store = await registered()
    other = shell_site("default", "35019005")
    await merge_overtaken(Found(Overtaken(SHELL, "elsewhere")), store, 2)
    refused = await merge_overtaken(Found(Overtaken(SHELL, SITE), Overtaken(other, SITE)), store, 3)
    assert refused == [Refused(reason="site.merged", params={"into": "elsewhere"})]
    assert len(await store.read(site_stream(SHELL))) == len(await store.read(site_stream(other))) == 1
