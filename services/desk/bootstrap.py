"""Puts the desk's side of the web process together, at run time, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.contracts.topics import EVENTS, INBOX
from services.desk.adapters.kafka_gateway import KafkaGateway
from services.desk.adapters.kafka_inbox_watch import KafkaInboxWatch
from services.desk.adapters.postgres_counts import PostgresCounts
from services.desk.adapters.postgres_interruptions import PostgresInterruptions
from services.desk.adapters.postgres_projection import load_places
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.domain.reading_place import Place
from services.desk.handlers.accounting import Accounts
from services.desk.handlers.interrupted import Interruptions
from services.desk.handlers.looking import Desk, DrillTo
from services.law.shelf import shipped
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.postgres_looks import PostgresLooks
from services.runtime.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    import asyncpg

    from services.contracts.alarm import AlarmClass
    from services.contracts.why import Reason
    from services.law.pack import Law
    from services.picture.why import Recorded
    from services.runtime.settings import Settings


class OpenDesk(NamedTuple):
    """The desk, and what of it must run while it serves."""

    desk: Desk
    gateway: KafkaGateway
    watch: KafkaInboxWatch
    accounts: Accounts
    interruptions: Interruptions

    def works(self) -> list[Coroutine[None, None, None]]:
        """All that runs beside the serving."""
        return [self.gateway.tail(), self.gateway.keep_producer(), self.watch.follow()]


async def open_desk(  # noqa: PLR0913 - where it stands, and what it is told of the router
    settings: Settings,
    pool: asyncpg.Pool,
    class_of: Callable[[str], AlarmClass],
    explain: Callable[[Iterable[Recorded], Law], tuple[Reason, ...]],
    *,
    inbox: str = INBOX,
    events: str = EVENTS,
) -> OpenDesk:
    """A desk that stands where the read models stand. `class_of`: what a signal's code means; `explain`: why an alarm was decided so."""
    async with pool.acquire() as connection:
        places = await load_places(connection)
    for partition in range(settings.partitions):
        places.setdefault(partition, Place(partition))
    gateway = KafkaGateway(settings.kafka, places, inbox=inbox, events=events)
    watch = KafkaInboxWatch(settings.kafka, places, class_of, topic=inbox)
    accounts = Accounts(
        counts=PostgresCounts(pool),
        looks=PostgresLooks(pool),
        gateway=gateway,
        inbox=watch,
        logs=lambda partition: KafkaEventLog(settings.kafka, events, partition),
    )
    law = shipped()
    desk = Desk(
        PostgresViews(pool),
        gateway,
        Sealing(pool),
        watch,
        lambda record: explain(record, law),
        drill_to=_drill_to(settings),
    )
    interruptions = Interruptions(desk, PostgresInterruptions(pool), law)
    return OpenDesk(desk, gateway, watch, accounts, interruptions)


def _drill_to(settings: Settings) -> Callable[[str | None, int], DrillTo | None]:
    def to(bureau: str | None, now_us: int) -> DrillTo | None:
        if settings.drill_may_reach(bureau, now_us):
            return "bureau"
        return None if settings.police_test_endpoint is None else "test_endpoint"

    return to
