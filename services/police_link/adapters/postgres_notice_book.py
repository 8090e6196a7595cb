"""`NoticeBook` on PostgreSQL."""

from __future__ import annotations

import asyncpg
import msgspec

from services.contracts.police import EscalationNotice, NoticeTaken

_TAKE = """
insert into police_link.notice (escalation, first_at, newest_at, body) values ($1, $2, $2, $3)
on conflict (escalation) do update set newest_at = $2, times = police_link.notice.times + 1
returning first_at, times
"""


class PostgresNoticeBook:
    """The first body is kept; sending again counts and changes nothing else."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def take(self, notice: EscalationNotice, now_us: int) -> NoticeTaken:
        """See the port."""
        row = await self._pool.fetchrow(
            _TAKE, notice.escalation, now_us, msgspec.json.encode(notice).decode()
        )
        return NoticeTaken(escalation=notice.escalation, first_at=row["first_at"], again=row["times"] > 1)
