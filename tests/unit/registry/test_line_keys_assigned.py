"""A line's key is said with the line, may be set again, and goes to ingest and to nobody else."""

from __future__ import annotations

import msgspec

from services.contracts.directory import Line, LineAssigned
from services.contracts.registry import SiteDetails, SiteLineAssigned, SiteRegistered
from services.contracts.stored import Sealed
from services.eventsourcing.decider import ACCEPTED, ALREADY
from services.eventsourcing.event_store import MemoryEventStore, NewEvent
from services.registry.domain.keys import site_stream
from services.registry.domain.site import SITE, AssignLine, Known
from services.registry.handlers.relay import next_page

DETAILS = SiteDetails(
    name="仓库", provider="p", site_class="key_unit", division="350102", bureau="350102000000"
)
REGISTERED = SiteRegistered(at_us=1, site="s", key="S1", details=DETAILS)
ASSIGNED = SiteLineAssigned(at_us=2, site="s", account_space="default", account="1234")
LINE = Line(account_space="default", account="1234")
KEY = Sealed(key="line_key/1", box=b"box")


def test_a_known_line_gets_a_key_and_stays_one_line() -> None:
    site = SITE.fold((REGISTERED, ASSIGNED))
    answer, events = SITE.decide(site, AssignLine(line=LINE, now_us=3, key=KEY))
    assert (answer, events) == (ACCEPTED, (msgspec.structs.replace(ASSIGNED, at_us=3, key=KEY),))
    after = SITE.fold((REGISTERED, ASSIGNED, *events))
    assert isinstance(after, Known)
    assert after.lines == (LINE,)


def test_assigned_again_without_a_key_it_keeps_the_one_it_has() -> None:
    site = SITE.fold((REGISTERED, msgspec.structs.replace(ASSIGNED, key=KEY)))
    assert SITE.decide(site, AssignLine(line=LINE, now_us=3)) == (ALREADY, ())


async def test_the_relay_tells_ingest_the_key_and_the_router_nothing_of_it() -> None:
    store = MemoryEventStore()
    told: list[SiteRegistered | SiteLineAssigned] = [
        REGISTERED,
        msgspec.structs.replace(ASSIGNED, key=KEY),
    ]
    new = [
        NewEvent(type=str(e.__struct_config__.tag), at_us=e.at_us, body=msgspec.json.encode(e), by="t")
        for e in told
    ]
    await store.append(site_stream("s"), 0, new)
    page = await next_page(store, 0, 10, 5)
    assert page is not None
    assert [line.key for line in page.lines if isinstance(line, LineAssigned)] == [KEY]
    assert b"Ym94" not in msgspec.json.encode(page.inbox)
