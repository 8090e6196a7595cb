"""Reading schema desk_accounting_1: by day, by line or by minute, within what somebody may see.

A minute belongs to whose line it was when it began: who has the line later sees nothing of what another had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.desk.adapters.postgres_views import IN_SCOPE
from services.desk.domain.line_accounting import RECEIVER_ENDED, Counts, Total
from services.runtime.postgres_pool import LOAD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from services.desk.domain.line_accounting import Span
    from services.picture.visibility import Scope

SHANGHAI_US = 8 * 3_600_000_000
DAY_US = 86_400_000_000


def _owner(line: str, minute: str) -> str:
    """`o`: whose that line was in that minute, with what a scope looks at; all null where nobody had it."""
    return (
        f"left join registry_api.line_history o on o.line = {line} "
        f"and {minute} >= o.since_us and (o.until_us is null or {minute} < o.until_us)"
    )


# A run of the receivers that ended: what it had not kept, and the record does not have, was never acknowledged.
# What is not in the record although it must be is missing once it had time to get there ($6), else under way.
_JUDGED = f"""
with counted as (
    select run, line, minute, received, refused, kept, changed_at from desk_accounting_1.socket
    where minute >= $4 and minute < $5 and ($7::text is null or line = $7)
), recorded as (
    select run, line, minute, sum(surfaced) as surfaced, sum(logged) as logged, sum(suppressed) as suppressed,
        sum(retransmit) as retransmit, sum(surfaced + logged + suppressed + retransmit) as recorded
    from desk_accounting_1.recorded
    where minute >= $4 and minute < $5 and ($7::text is null or line = $7)
    group by run, line, minute
), cell as (
    select coalesce(c.line, r.line) as line, coalesce(c.minute, r.minute) as minute, o.site, o.name,
        coalesce(c.received, 0) as received, coalesce(c.refused, 0) as refused, coalesce(c.kept, 0) as kept,
        coalesce(r.recorded, 0) as recorded, coalesce(r.surfaced, 0) as surfaced, coalesce(r.logged, 0) as logged,
        coalesce(r.suppressed, 0) as suppressed, coalesce(r.retransmit, 0) as retransmit,
        coalesce(run.ended, true) as ended, coalesce(c.changed_at, 0) <= $6 as is_due
    from counted c full join recorded r using (run, line, minute)
    left join desk_accounting_1.run on run.run = coalesce(c.run, r.run)
    {_owner("coalesce(c.line, r.line)", "coalesce(c.minute, r.minute)")} and ($7::text is null or o.line = $7)
    where {IN_SCOPE}
), judged as (
    select *, case when ended then greatest(0, received - refused - greatest(kept, recorded)) else 0 end as given_up,
        greatest(0, recorded - (received - refused)) as only_recorded
    from cell
), placed as (
    select *, greatest(0, received - refused - given_up - recorded) as away from judged
)
"""  # noqa: S608 - the scope's rule is a constant
_SUMS = """
    sum(received + only_recorded)::bigint as received, sum(recorded)::bigint as recorded,
    sum(refused + given_up)::bigint as refused, coalesce(sum(away) filter (where not is_due), 0)::bigint as under_way,
    coalesce(sum(away) filter (where is_due), 0)::bigint as missing, sum(only_recorded)::bigint as only_recorded,
    sum(surfaced)::bigint as surfaced, sum(logged)::bigint as logged, sum(suppressed)::bigint as suppressed,
    sum(retransmit)::bigint as retransmit, sum(given_up)::bigint as given_up
"""
_COUNTS = tuple(name for name in Counts.__struct_fields__ if name != "reasons")
_DAY = f"((minute + {SHANGHAI_US}) / {DAY_US})::text"
_BY_DAY = f"{_JUDGED} select {_DAY} as key, {_SUMS} from placed group by 1 order by 1 desc"  # noqa: S608 - words of this module
_BY_MINUTE = f"{_JUDGED} select minute::text as key, {_SUMS} from placed group by minute order by minute desc"  # noqa: S608 - the same
# A line that moved within the span is named by whose it was last.
_BY_LINE = f"""{_JUDGED}, of_line as (
    select line as key, max(minute) as newest, {_SUMS} from placed
    group by line order by missing desc, received desc, line limit $8 offset $9
)
select of_line.*, o.site, o.name from of_line {_owner("of_line.key", "of_line.newest")}
order by missing desc, received desc, key"""  # noqa: S608 - words of this module
# Hardly a minute has any, so none is judged for them.
_REASONS = f"""
select r.key, sum(r.value::bigint)::bigint as count
from desk_accounting_1.socket c {_owner("c.line", "c.minute")}, jsonb_each_text(c.reasons) r
where c.refused > 0 and c.minute >= $4 and c.minute < $5 and ($6::text is null or c.line = $6) and {IN_SCOPE}
group by 1 order by 2 desc, 1
"""  # noqa: S608 - words of this module
_CELLS = f"""
select r.partition, r.offsets from desk_accounting_1.recorded r {_owner("r.line", "r.minute")}
where {IN_SCOPE} and r.line = $4 and r.minute = $5
"""  # noqa: S608 - the scope's rule is a constant


class PostgresCounts:
    """`LineCounts` on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def days(self, scope: Scope, span: Span, due: int) -> Sequence[Total]:
        """See the port."""
        return await self._totals(_BY_DAY, *_asked(scope, span, due))

    async def minutes(self, scope: Scope, span: Span, due: int) -> Sequence[Total]:
        """See the port."""
        return await self._totals(_BY_MINUTE, *_asked(scope, span, due))

    async def lines(self, scope: Scope, span: Span, due: int, limit: int, after: int) -> Sequence[Total]:
        """See the port."""
        return await self._totals(_BY_LINE, *_asked(scope, span, due), limit, after)

    async def reasons(self, scope: Scope, span: Span) -> dict[str, int]:
        """See the port."""
        values = (scope.everything, scope.provider, scope.bureau, span.begin, span.end, span.line)
        rows = await self._pool.fetch(_REASONS, *values, timeout=LOAD_SECONDS)
        return {row["key"]: row["count"] for row in rows}

    async def places(self, scope: Scope, line: str, minute: int) -> Sequence[tuple[int, int]]:
        """See the port."""
        values = (scope.everything, scope.provider, scope.bureau, line, minute)
        rows = await self._pool.fetch(_CELLS, *values)
        return sorted((row["partition"], offset) for row in rows for offset in set(row["offsets"]))

    async def unsure_since(self) -> int | None:
        """See the port."""
        since: int | None = await self._pool.fetchval(
            "select min(unsure_since) from desk_accounting_1.run where not ended"
        )
        return since

    async def read_up_to(self) -> dict[int, tuple[int, int]]:
        """See the port."""
        rows = await self._pool.fetch(
            'select partition, "offset", decided_at from desk_accounting_1.position'
        )
        return {row["partition"]: (row["offset"], row["decided_at"]) for row in rows}

    async def _totals(self, query: str, *asked: Any) -> list[Total]:
        """A month of a large centre has millions of minutes."""
        return [_total(row) for row in await self._pool.fetch(query, *asked, timeout=LOAD_SECONDS)]


def _asked(scope: Scope, span: Span, due: int) -> tuple[Any, ...]:
    return (scope.everything, scope.provider, scope.bureau, span.begin, span.end, due, span.line)


def _total(row: Any) -> Total:
    given_up = {RECEIVER_ENDED: row["given_up"]} if row["given_up"] else {}
    named = {name: row[name] for name in ("site", "name") if name in row}
    return Total(
        key=row["key"],
        counts=Counts(**{name: row[name] for name in _COUNTS}, reasons=given_up),
        site=named.get("site"),
        site_name=named.get("name") or "",
    )
