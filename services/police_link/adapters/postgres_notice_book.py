"""`NoticeBook` on PostgreSQL."""

from __future__ import annotations

import asyncpg
import msgspec

from services.contracts.police import EscalationNotice, NoticeStatus, NoticeTaken

_TAKE = """
insert into police_link.notice as kept (escalation, first_at, newest_at, body, additions)
values ($1, $2, $2, $3, $4)
on conflict (escalation) do update set
    newest_at = $2,
    times = kept.times + 1,
    body = case when $4 <@ kept.additions then kept.body else $3 end,
    additions = array(select distinct unnest(kept.additions || $4) order by 1)
returning first_at, times
"""
_STATUS = "select first_at, additions from police_link.notice where escalation = $1"


class PostgresNoticeBook:
    """The first body is kept, until one has more additions; sending again counts and changes nothing else."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def take(self, notice: EscalationNotice, now_us: int) -> NoticeTaken:
        """See the port."""
        row = await self._pool.fetchrow(
            _TAKE,
            notice.escalation,
            now_us,
            msgspec.json.encode(notice).decode(),
            [one.id for one in notice.additions],
        )
        return NoticeTaken(escalation=notice.escalation, first_at=row["first_at"], again=row["times"] > 1)

    async def status(self, escalation: str) -> NoticeStatus | None:
        """See the port."""
        row = await self._pool.fetchrow(_STATUS, escalation)
        if row is None:
            return None
        return NoticeStatus(
            escalation=escalation, first_at=row["first_at"], additions=tuple(row["additions"])
        )
