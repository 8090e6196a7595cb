"""The register takes a line's new key, and still gives no line to a second site."""

from __future__ import annotations

import asyncpg
import msgspec
import pytest

from services.contracts.registry import (
    ProviderRegistered,
    RegistryEvent,
    SiteDetails,
    SiteLineAssigned,
    SiteRegistered,
)
from services.contracts.stored import Sealed
from services.eventsourcing.event_store import AppendRefused, NewEvent
from services.registry.bootstrap import registry_store
from services.registry.domain.keys import provider_stream, site_stream

DETAILS = SiteDetails(
    name="仓库", provider="p", site_class="key_unit", division="350102", bureau="350102000000"
)
ASSIGNED = SiteLineAssigned(at_us=1, site="a", account_space="default", account="1")


def new(event: RegistryEvent) -> NewEvent:
    return NewEvent(
        type=str(event.__struct_config__.tag), at_us=1, body=msgspec.json.encode(event), by="test"
    )


async def test_a_line_takes_a_new_key_and_no_other_site(database: str) -> None:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        store = registry_store(pool)
        provider = ProviderRegistered(at_us=1, provider="p", key="p", name="安居")
        await store.append(provider_stream("p"), 0, [new(provider)])
        for site in ("a", "b"):
            entered = SiteRegistered(at_us=1, site=site, key=site, details=DETAILS)
            await store.append(site_stream(site), 0, [new(entered)])
        await store.append(site_stream("a"), 1, [new(ASSIGNED)])
        keyed = msgspec.structs.replace(ASSIGNED, key=Sealed(key="line_key/1", box=b"box"))
        await store.append(site_stream("a"), 2, [new(keyed)])
        with pytest.raises(AppendRefused):
            await store.append(site_stream("b"), 1, [new(msgspec.structs.replace(keyed, site="b"))])
        assert await pool.fetch("select site, account from registry.line") == [("a", "1")]
