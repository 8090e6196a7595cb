"""From the store to a real broker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.contracts.codec import decode_inbox, decode_line
from services.contracts.directory import Line, LineAssigned, LineReleased, ProviderSet, SiteSet
from services.contracts.topics import DIRECTORY, INBOX, PARTITIONS, partition_of
from services.registry.bootstrap import registry_store
from services.registry.domain.keys import site_id, site_stream
from services.registry.domain.site import AssignLine, ReleaseLine
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.runtime.settings import Settings
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
