"""Accounts that the record does not know and the register does: what the desk publishes beside what is registered."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from services.registry.ports import Overtaken

_OVERTAKEN = """
select u.shell, l.site from desk_api.unknown_account u join registry.line l using (account_space, account)
where l.site <> u.shell order by u.shell
"""


class PostgresUnknownAccounts:
    """`UnknownAccounts` on the desk's published view."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def overtaken(self) -> Sequence[Overtaken]:
        """See the port."""
        return [Overtaken(row[0], row[1]) for row in await self._pool.fetch(_OVERTAKEN)]
