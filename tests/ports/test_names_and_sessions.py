"""What a feed asks of databases and receivers: the simulated register, and PostgreSQL with nobody who receives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from services.contracts.stored import Actor, Sealed
from services.desk.adapters.http_receivers import HttpReceivers
from services.desk.adapters.postgres_sessions import PostgresSessions
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.ports import Names, Opening, Receivers, Sessions
from services.picture.names import SiteName
from services.runtime.sealing import KEY_BYTES, Sealing, seal
from services.runtime.settings import Address
from services.simulation.feed import Register
from services.simulation.house import House
from services.simulation.process import Process
from services.simulation.rules import Rules
from services.simulation.world import World
from tests.integration.desk.conftest import settle_in

SITE = SiteName("金行", 119.3, 26.1, "安澜", "p1", "b1")
WANG = Actor(id="operator-1", roles=("operator",), provider="p1")
SEAT, NOBODY = sha256(b"cookie-operator-1").digest(), sha256(b"nobody").digest()
ERASED = seal("erased", bytes(KEY_BYTES), "一段文字")


class Asked(NamedTuple):
    """The four ports. `becomes`: who sits there has other roles from now on."""

    names: Names
    sessions: Sessions
    texts: Opening
    receivers: Receivers
    becomes: Callable[[str], Awaitable[object]]


def simulated() -> Asked:
    world = World(1)
    world.calm = True
    house = House(world, Rules())
    house.site_names, house.people = {"s1": SITE}, {SEAT: WANG}
    register = Register(house, Process(world, "feed"))

    async def becomes(role: str) -> None:
        house.people[SEAT] = Actor(id=WANG.id, roles=(role,), provider=WANG.provider)

    return Asked(register, register, register, register, becomes)


@pytest.fixture(params=["simulated", "postgres"])
async def asked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Asked]:
    if request.param == "simulated":
        yield simulated()
        return
    dsn: str = request.getfixturevalue("database")
    await settle_in(dsn)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        await pool.execute("delete from registry.site")
        await pool.execute("delete from registry.provider")
        await pool.execute("insert into registry.provider values ('p1', 'k', '安澜')")
        await pool.execute(
            "insert into registry.site (id, key, name, provider, site_class, division, bureau, lon, lat)"
            " values ('s1', 's1', '金行', 'p1', 'other', '350102', 'b1', 119.3, 26.1)"
        )
        change = "update identity.person set roles = array[$1] where id = 'operator-1'"
        receivers = HttpReceivers(Address("127.0.0.1", 1), tmp_path / "token")
        views, sessions = PostgresViews(pool), PostgresSessions(pool)
        yield Asked(views, sessions, Sealing(pool), receivers, lambda role: pool.execute(change, role))


async def test_what_the_register_knows_is_named_and_the_rest_left_out(asked: Asked) -> None:
    assert await asked.names.names(["s1", "s2", "s1"]) == {"s1": SITE}
    assert await asked.names.names([]) == {}


async def test_a_session_that_is_none_is_left_out(asked: Asked) -> None:
    assert await asked.sessions.people([SEAT, NOBODY]) == {SEAT: WANG}
    assert await asked.sessions.people([NOBODY]) == {}


async def test_roles_are_those_of_now(asked: Asked) -> None:
    await asked.sessions.people([SEAT])
    await asked.becomes("engineer")
    found = await asked.sessions.people([SEAT])
    assert found[SEAT].roles == ("engineer",)


@pytest.mark.parametrize("sealed", [[], [ERASED]])
async def test_a_text_whose_key_was_erased_is_left_out(asked: Asked, sealed: list[Sealed]) -> None:
    assert await asked.texts.open(sealed) == {}


async def test_receivers_that_are_away_count_nothing(asked: Asked) -> None:
    assert await asked.receivers.counted() is None
