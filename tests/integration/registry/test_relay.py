"""From the store to a real broker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from services.contracts.codec import decode_inbox, decode_line
from services.contracts.directory import Line, LineAssigned, LineReleased, ProviderSet, SiteSet
from services.contracts.topics import DIRECTORY, INBOX, PARTITIONS, partition_of
from services.registry.adapters.kafka_directory import KafkaDirectory
from services.registry.bootstrap import registry_store
from services.registry.domain.keys import site_id, site_stream
from services.registry.domain.site import AssignLine, ReleaseLine
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.registry.handlers.relay import next_page
from services.registry.ports import OutletFailed
from services.runtime.settings import Settings
from services.station.adapters.kafka_topics import make_topics, set_topics, wanted_topics
from tests.integration.registry.relaying import imported, read, relay_until


async def test_sites_go_to_their_partition_providers_to_every_one_and_lines_to_ingest(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = topics()
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    await imported(pool, "filed", 3)
    await relay_until(pool, settings, prefix, 8)
    said = [(number, decode_inbox(value)) for number, value in await read(kafka, prefix + INBOX)]
    assert sorted(n for n, r in said if isinstance(r, ProviderSet)) == list(range(PARTITIONS))
    sites = {r.site.id: (n, r) for n, r in said if isinstance(r, SiteSet)}
    assert {name: n for name, (n, _) in sites.items()} == {
        site_id(f"S{n}"): partition_of(site_id(f"S{n}")) for n in range(3)
    }
    assert sites[site_id("S0")][1].site.lines[0].account == "0"
    lines = [decode_line(value) for _, value in await read(kafka, prefix + DIRECTORY)]
    assert {line.account: line.site for line in lines if isinstance(line, LineAssigned)} == {
        str(n): site_id(f"S{n}") for n in range(3)
    }


async def test_after_a_restart_only_what_is_new_is_said(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = topics()
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    await imported(pool, "filed", 1)
    await relay_until(pool, settings, prefix, 4)
    await imported(pool, "withdrawn", 1)
    await relay_until(pool, settings, prefix, 5)
    said = [decode_inbox(value) for _, value in await read(kafka, prefix + INBOX)]
    assert (
        sorted(r.position for r in said if isinstance(r, ProviderSet)) == [2] * PARTITIONS + [5] * PARTITIONS
    )
    assert [r.position for r in said if isinstance(r, SiteSet)] == [4]


async def test_a_line_that_moves_is_released_before_it_is_the_other_sites(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = topics()
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    await imported(pool, "filed", 2)
    named = Line(account_space="default", account="0")
    gone = Wanted(stream=site_stream(site_id("S0")), commands=(ReleaseLine(line=named, now_us=2),))
    comes = Wanted(stream=site_stream(site_id("S1")), commands=(AssignLine(line=named, now_us=2),))
    await ChangeEntry(registry_store(pool)).run(comes, also=[gone], by="zhao", request="r1")
    await relay_until(pool, settings, prefix, 8)
    lines = [decode_line(value) for _, value in await read(kafka, prefix + DIRECTORY)]
    told = [one for one in lines if one.account == "0"]
    assert [type(one) for one in told] == [LineAssigned, LineReleased, LineAssigned]
    assert isinstance(told[-1], LineAssigned) and told[-1].site == site_id("S1")
    said = [decode_inbox(value) for _, value in await read(kafka, prefix + INBOX)]
    newest = {one.site.id: one.site.lines for one in said if isinstance(one, SiteSet)}
    assert [one.account for one in newest[site_id("S0")]] == []
    assert [one.account for one in newest[site_id("S1")]] == ["1", "0"]


async def test_routers_are_told_nothing_of_a_page_whose_lines_did_not_arrive(
    pool: asyncpg.Pool, kafka: str, topic_prefix: str, database: str, tmp_path: Path
) -> None:
    prefix, wanted = topic_prefix, wanted_topics()
    takes_nothing = [
        one._replace(config={**one.config, "max.message.bytes": "1"}) if one.name == DIRECTORY else one
        for one in wanted
    ]
    make_topics(kafka, takes_nothing, prefix)
    await imported(pool, "filed", 2)
    page = await next_page(registry_store(pool), 0, 1_000, 1)
    assert page is not None
    outlet = KafkaDirectory(kafka, prefix)
    await outlet.open()
    try:
        with pytest.raises(OutletFailed):
            await outlet.send(page.inbox, page.lines)
    finally:
        await outlet.close()
    assert await read(kafka, prefix + INBOX) == []

    set_topics(kafka, [one._replace(name=prefix + one.name) for one in wanted])
    await relay_until(
        pool, Settings(kafka=kafka, postgres=database, data_dir=tmp_path), prefix, page.position
    )
    arrived = [decode_line(value) for _, value in await read(kafka, prefix + DIRECTORY)]
    assert {line.account for line in arrived} == {line.account for line in page.lines} == {"0", "1"}
