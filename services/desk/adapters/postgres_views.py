"""Reading schema desk_2, the register's published views, and writing the book of looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from services.contracts.envelope import Answer, Event
from services.contracts.stored import Actor
from services.contracts.views import AlarmView, EscalationView
from services.desk.ports import Colleague, Page, PastEvent, Ticket, Within
from services.picture.escalation_view import Report
from services.picture.names import SiteName
from services.runtime.postgres_looks import PostgresLooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import asyncpg

    from services.picture.visibility import Scope

_ALARM = msgspec.json.Decoder(AlarmView)
_ESCALATION = msgspec.json.Decoder(EscalationView)
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_EVENTS: msgspec.json.Decoder[tuple[Event, ...]] = msgspec.json.Decoder(tuple[Event, ...])
_ANSWER: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)

# The same rule as Scope.holds; a property compares the two.
IN_SCOPE = "($1 or provider = $2 or ($3::text is not null and (bureau is null or bureau = $3)))"
_MOST_URGENT = "(priority, raised_at, id) > ($4::int, $5::bigint, $6::text)", "priority, raised_at, id"
_NEWEST_ALARM = "(raised_at, id) < ($4::bigint, $5::text)", "raised_at desc, id desc"
_NEWEST_REPORT = "(escalated_at, id) < ($4::bigint, $5::text)", "escalated_at desc, id desc"


def _newest(match: str) -> str:
    """The newest of what matches: the open ones and the others, so that an index has either in the order of the answer."""
    return " union all ".join(
        f"(select id from desk_2.alarm where {IN_SCOPE} and {state} and {match} "  # noqa: S608 - words of this module
        "and ($4::bigint is null or raised_at >= $4) and ($5::bigint is null or raised_at <= $5) "
        "order by raised_at desc, id desc limit $6)"
        for state in ("state = 'open'", "state <> 'open'")
    )


def _found(ids: str) -> str:
    return (
        f"select view::text as view from desk_2.alarm where id in ({ids}) "  # noqa: S608 - words of this module
        "order by state = 'open' desc, raised_at desc, id desc limit $6"
    )


_IN_TIME = _found(_newest("true"))
# Each way to match is looked for by itself, since no index serves them all; so is each provider, whose last alarm may be
# of years ago.
_OF_PROVIDERS = f"""
select newest.id from unnest($10::text[]) as named(id), lateral ({_newest("provider = named.id")}) as newest
"""  # noqa: S608 - words of this module
_BY_WORDS = _found(
    " union all ".join(
        (
            _newest('starts_with(account collate "C", upper($7))'),
            _newest("number = $8"),
            _newest("site = any($9::text[])"),
            _OF_PROVIDERS,
        )
    )
)
_SUBJECT = """
select event ->> 'subject' from desk_2.alarm_event where alarm = $1 order by "offset", index limit 1
"""
# Crockford base32: what is easily misread or misheard means the digit.
_MISREAD = str.maketrans("OIL", "011")


def spoken_form(number: str) -> str:
    """An alarm's number as it is stored (partition, source, two characters of the log), however it was typed."""
    said = "".join(one for one in number.upper() if one.isalnum()).translate(_MISREAD)
    return f"{said[:1]}-{said[1:-2]}-{said[-2:]}"


class PostgresViews:
    """`DeskViews` on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool, self._looks = pool, PostgresLooks(pool)

    async def alarms(self, scope: Scope, page: Page) -> Sequence[AlarmView]:
        """See the port."""
        order = _MOST_URGENT if page.state == "open" else _NEWEST_ALARM
        asked: dict[str, str | int | None] = {
            "state = ": None if page.state == "all" else page.state,
            'account collate "C" = ': page.account,
            "site = ": page.site,
            "provider = ": page.provider,
            "raised_at >= ": page.within.begin,
            "raised_at <= ": page.within.end,
        }
        wanted = {condition: value for condition, value in asked.items() if value is not None}
        rows = await self._list("alarm", scope, page, order, wanted)
        return [_ALARM.decode(row["view"]) for row in rows]

    async def alarm(self, alarm: str) -> AlarmView | None:
        """See the port."""
        view = await self._pool.fetchval("select view::text from desk_2.alarm where id = $1", alarm)
        return None if view is None else _ALARM.decode(view)

    async def found(self, scope: Scope, text: str, within: Within, most: int) -> Sequence[AlarmView]:
        """See the port."""
        if not text and within == Within():
            return ()
        asked = (scope.everything, scope.provider, scope.bureau, within.begin, within.end, most)
        if text:
            sites, providers = await self._named(text, "site"), await self._named(text, "provider")
            rows = await self._pool.fetch(_BY_WORDS, *asked, text, spoken_form(text), sites, providers)
        else:
            rows = await self._pool.fetch(_IN_TIME, *asked)
        return [_ALARM.decode(row["view"]) for row in rows]

    async def _named(self, text: str, table: Literal["site", "provider"]) -> list[str]:
        """Sites or providers that have the text in their name."""
        named = f"select id from registry_api.{table} where position(lower($1) in lower(name)) > 0"  # noqa: S608 - a word of this module
        return [row[0] for row in await self._pool.fetch(named, text)]

    async def subject(self, alarm: str) -> str | None:
        """See the port."""
        subject: str | None = await self._pool.fetchval(_SUBJECT, alarm)
        return subject

    async def events(self, alarm: str) -> Sequence[PastEvent]:
        """See the port."""
        rows = await self._pool.fetch(
            'select partition, "offset", time, event::text as event from desk_2.alarm_event '
            'where alarm = $1 order by "offset", index',
            alarm,
        )
        return [
            PastEvent(row["partition"], row["offset"], row["time"], _EVENT.decode(row["event"]))
            for row in rows
        ]

    async def escalations(self, scope: Scope, page: Page) -> Sequence[Report]:
        """See the port."""
        rows = await self._list("escalation", scope, page, _NEWEST_REPORT, {})
        return [Report(_ESCALATION.decode(row["view"]), row["provider"]) for row in rows]

    async def escalation(self, escalation: str) -> Report | None:
        """See the port."""
        row = await self._pool.fetchrow(
            "select view::text as view, provider from desk_2.escalation where id = $1", escalation
        )
        return None if row is None else Report(_ESCALATION.decode(row["view"]), row["provider"])

    async def ticket(self, partition: int, command: str) -> Ticket | None:
        """See the port."""
        row = await self._pool.fetchrow(
            'select "offset", answer::text as answer, events::text as events, decided_at '
            "from desk_2.ticket where partition = $1 and id = $2",
            partition,
            command,
        )
        if row is None:
            return None
        answer, events = _ANSWER.decode(row["answer"]), _EVENTS.decode(row["events"])
        return Ticket(partition, row["offset"], command, answer, events, row["decided_at"])

    async def names(self, sites: Iterable[str]) -> dict[str, SiteName]:
        """See the port."""
        rows = await self._pool.fetch(
            "select id, name, lon, lat, provider_name, provider, bureau from registry_api.site where id = any($1)",
            list(set(sites)),
        )
        return {row[0]: SiteName(*row[1:]) for row in rows}

    async def people(self, ids: Iterable[str]) -> dict[str, Colleague]:
        """See the port."""
        rows = await self._pool.fetch(
            "select id, display_name, roles, provider, bureau, active from identity_api.person where id = any($1)",
            list(set(ids)),
        )
        return {row["id"]: _colleague(row) for row in rows}

    async def reached(self) -> Mapping[int, int]:
        """See the port."""
        rows = await self._pool.fetch('select partition, "offset" from desk_2.position')
        return {row["partition"]: row["offset"] for row in rows}

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """See the port."""
        await self._looks.note_look(person, action, subject, detail)

    async def _list(
        self, table: str, scope: Scope, page: Page, order: tuple[str, str], wanted: Mapping[str, str | int]
    ) -> list[Any]:
        after, by = order
        values: list[object] = [scope.everything, scope.provider, scope.bureau, *page.after]
        where = [IN_SCOPE, *([after] if page.after else [])]
        for condition, value in wanted.items():
            values.append(value)
            where.append(f"{condition}${len(values)}")
        values.append(page.limit)
        # Table, conditions and order are words of this module; every value is a parameter.
        query = (
            f"select view::text as view, provider from desk_2.{table} where {' and '.join(where)} "  # noqa: S608 - see above
            f"order by {by} limit ${len(values)}"
        )
        return list(await self._pool.fetch(query, *values))


def _colleague(row: Any) -> Colleague:
    person = Actor(id=row["id"], roles=tuple(row["roles"]), provider=row["provider"], bureau=row["bureau"])
    return Colleague(row["display_name"], person, row["active"])
