"""A signal that was faster than its line's entry: the register learns of its alarm by what the desk publishes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

from services.contracts.alarm import AlarmAdopted
from services.contracts.topics import shell_site
from services.registry.adapters.postgres_unknown_accounts import PostgresUnknownAccounts
from services.registry.adoption_worker import run
from services.registry.ports import Overtaken
from tests.integration.desk.conftest import projecting
from tests.integration.desk.stand_in import raised, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.contracts.alarm import AlarmRaised
    from tests.integration.desk.conftest import DecisionLog, World

ACCOUNT = "2002"
SHELL = shell_site("default", ACCOUNT)
ADOPTED = AlarmAdopted(
    alarm="overtaken",
    site="site",
    site_class="other",
    division="350102",
    bureau="b1",
    provider="p1",
    registry_position=7,
)
_REGISTER = "insert into registry.line (account_space, account, site) values ('default', $1, $2)"
_MERGED = (
    "select body ->> 'into' from registry.event where stream = 'site/' || $1 and type = 'site.merged.v1'"
)


def of_an_unknown_account(alarm: str, account: str) -> AlarmRaised:
    return raised(
        alarm,
        number=f"0-{account}",
        subject=shell_site("default", account),
        account=account,
        site_known=False,
        provider=None,
        bureau=None,
        filing=None,
    )


async def until(told: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await told():
            await asyncio.sleep(0.05)


async def test_an_open_alarm_whose_account_is_registered_by_now_is_merged_into_that_site(
    world: World, log: DecisionLog
) -> None:
    async with (
        asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=2) as pool,
        projecting(world),
        running(run(world.settings)),
    ):
        accounts = PostgresUnknownAccounts(pool)
        await log.append("run/default/2002/1", of_an_unknown_account("overtaken", ACCOUNT))
        await log.append("run/default/2003/1", of_an_unknown_account("of nobody", "2003"))
        await until(lambda: _seen(pool, 2))
        assert await accounts.overtaken() == [], "nobody registered them"
        await pool.execute(_REGISTER, ACCOUNT, "site")
        assert await accounts.overtaken() == [Overtaken(SHELL, "site")]
        await until(lambda: _is_merged(pool))
        await log.append("registry/7", ADOPTED)
        await until(lambda: _seen(pool, 1))
        assert await accounts.overtaken() == []
        assert await pool.fetchval("select count(*) from registry.event where type = 'site.merged.v1'") == 1


async def _seen(pool: asyncpg.Pool, unknown: int) -> bool:
    """Whether the desk shows so many accounts that nobody knows."""
    return bool(await pool.fetchval("select count(*) from desk_api.unknown_account") == unknown)


async def _is_merged(pool: asyncpg.Pool) -> bool:
    return bool(await pool.fetchval(_MERGED, SHELL) == "site")
