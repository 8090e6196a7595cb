"""An account that nobody registered: one click makes it a site, or says which site it is."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from services.contracts.directory import Line, LineAssigned, SiteSet
from services.contracts.envelope import Refused
from services.contracts.registry import RegistryEvent, SiteDetails, SiteLineAssigned
from services.contracts.topics import partition_of, shell_site
from services.eventsourcing.event_store import MemoryEventStore, NewEvent
from services.registry.domain import provider as p
from services.registry.domain.keys import provider_id, provider_stream
from services.registry.handlers.adopt_site import Adoption, AdoptSite
from services.registry.handlers.relay import next_page

LINE = Line(account_space="default", account="35019004")
SHELL = shell_site("default", "35019004")
PROVIDER = provider_id("福州安澜")
DETAILS = SiteDetails(
    name="台江茶行", provider=PROVIDER, site_class="other", division="350103", bureau="350103000000"
)
_EVENT: msgspec.json.Decoder[RegistryEvent] = msgspec.json.Decoder(RegistryEvent)


class Lines:
    """The line book as the events of a store imply it."""

    def __init__(self, store: MemoryEventStore) -> None:
        self._store = store

    async def sites_of(self, lines: Iterable[Line]) -> dict[Line, tuple[str, str]]:
        found = {}
        for stored in await self._store.read_all(0, 1000):
            event = _EVENT.decode(stored.body)
            if isinstance(event, SiteLineAssigned):
                line = Line(account_space=event.account_space, account=event.account)
                found[line] = (event.site, event.site)
        return {line: found[line] for line in lines if line in found}


@pytest.fixture
async def store() -> MemoryEventStore:
    made = MemoryEventStore()
    _, [event] = p.decide(p.Unknown(), p.Register(id=PROVIDER, key="福州安澜", name="福州安澜", now_us=1))
    body = msgspec.json.encode(event)
    await made.append(provider_stream(PROVIDER), 0, [NewEvent("provider.registered.v1", 1, body, "test")])
    return made


async def adopt(store: MemoryEventStore, adoption: Adoption) -> str | Refused:
    return await AdoptSite(store, Lines(store)).run(adoption, by="li", now_us=2)


async def told(store: MemoryEventStore) -> list[SiteSet]:
    page = await next_page(store, 1, 100, 9)
    assert page is not None
    return [one for changes in page.inbox.values() for one in changes if isinstance(one, SiteSet)]


async def test_an_adopted_shell_keeps_its_id_so_that_its_alarms_stay_where_they_are(
    store: MemoryEventStore,
) -> None:
    assert await adopt(store, Adoption(shell=SHELL, line=LINE, details=DETAILS)) == SHELL
    [site_set] = await told(store)
    assert (site_set.site.id, site_set.site.lines, site_set.site.provider) == (SHELL, (LINE,), PROVIDER)


async def test_adopting_twice_says_nothing_more(store: MemoryEventStore) -> None:
    adoption = Adoption(shell=SHELL, line=LINE, details=DETAILS)
    await adopt(store, adoption)
    before = await store.read_all(0, 100)
    assert await adopt(store, adoption) == SHELL
    assert await store.read_all(0, 100) == before


async def test_a_shell_that_is_another_site_tells_both_partitions(store: MemoryEventStore) -> None:
    other = shell_site("default", "35010102")
    line = Line(account_space="default", account="35010102")
    await adopt(store, Adoption(shell=other, line=line, details=DETAILS))
    assert await adopt(store, Adoption(shell=SHELL, line=LINE, into=other)) == other
    said = {one.site.id: one for one in await told(store)}
    assert said[other].site.lines == (line, LINE)
    assert (said[SHELL].site.merged_into, said[SHELL].site.bureau) == (other, DETAILS.bureau)
    page = await next_page(store, 1, 100, 9)
    assert page is not None
    assert said[SHELL] in page.inbox[partition_of(SHELL)]
    assert [(one.account, one.site) for one in page.lines if isinstance(one, LineAssigned)][-1] == (
        "35019004",
        other,
    )


@pytest.mark.parametrize(
    ("adoption", "reason"),
    [
        (Adoption(shell="another", line=LINE, details=DETAILS), "shell.differs"),
        (
            Adoption(shell=SHELL, line=LINE, details=msgspec.structs.replace(DETAILS, provider="nobody")),
            "provider.unknown",
        ),
        (Adoption(shell=SHELL, line=LINE, into="nowhere"), "site.unknown"),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    store: MemoryEventStore, adoption: Adoption, reason: str
) -> None:
    before = await store.read_all(0, 100)
    answer = await adopt(store, adoption)
    assert isinstance(answer, Refused)
    assert answer.reason == reason
    assert await store.read_all(0, 100) == before


async def test_a_line_has_one_site(store: MemoryEventStore) -> None:
    await adopt(store, Adoption(shell=SHELL, line=LINE, details=DETAILS))
    other = shell_site("default", "35010102")
    line = Line(account_space="default", account="35010102")
    await adopt(store, Adoption(shell=other, line=line, details=DETAILS))
    answer = await adopt(store, Adoption(shell=SHELL, line=LINE, into=other))
    assert isinstance(answer, Refused)
    assert answer.reason == "line.taken"


async def test_of_two_who_adopt_one_shell_the_second_is_told_and_overwrites_nothing(
    store: MemoryEventStore,
) -> None:
    await adopt(store, Adoption(shell=SHELL, line=LINE, details=DETAILS))
    before = await store.read_all(0, 100)
    other = msgspec.structs.replace(DETAILS, name="另一家茶行")
    answer = await adopt(store, Adoption(shell=SHELL, line=LINE, details=other))
    assert answer == Refused(reason="site.registered")
    assert await store.read_all(0, 100) == before
