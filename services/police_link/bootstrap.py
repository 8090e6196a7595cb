"""Where delivery is put together."""

from __future__ import annotations

import aiohttp
import asyncpg
from fastapi import APIRouter

from services.contracts.police import PoliceOrder
from services.contracts.police_track import TEST_BUREAU
from services.contracts.topics import INBOX
from services.police_link.adapters.http_police_gateway import HttpPoliceGateway
from services.police_link.adapters.kafka_receipts import KafkaReceipts
from services.police_link.adapters.postgres_notice_book import PostgresNoticeBook
from services.police_link.adapters.postgres_report_book import PostgresReportBook
from services.police_link.handlers.delivering import Delivery
from services.police_link.http import PREFIX, router
from services.police_link.ports import PoliceGateway
from services.runtime.clock import now_us
from services.runtime.kafka_records import KafkaRecords
from services.runtime.settings import Settings

CONSOLE = "console"


def console_routes(pool: asyncpg.Pool, settings: Settings) -> APIRouter:
    """The police side of this installation."""
    return router(PostgresNoticeBook(pool), link_token(settings))


def link_token(settings: Settings) -> str:
    """What the delivering process and the console share; made at the first start. Raises ValueError."""
    token = settings.link_token_file.read_text(encoding="ascii").strip()
    if not token:
        msg = f"{settings.link_token_file} is empty: with it anybody could report; `jiejing up` makes it anew"
        raise ValueError(msg)
    return token


def delivery(
    settings: Settings,
    pool: asyncpg.Pool,
    session: aiohttp.ClientSession,
    records: KafkaRecords,
    prefix: str = "",
) -> Delivery:
    """Deliveries to the endpoints of `settings.police_endpoints`, and to our own console for all other bureaus.

    A drill goes to the test endpoint, or to a bureau inside a window that it has approved; else nowhere.
    """
    console = HttpPoliceGateway(session, CONSOLE, f"{settings.console}{PREFIX}", link_token(settings))
    others = {
        bureau: HttpPoliceGateway(session, bureau, address.rstrip("/"), "")
        for bureau, address in settings.police_endpoints.items()
    }

    drills = settings.police_test_endpoint
    test = None if drills is None else HttpPoliceGateway(session, TEST_BUREAU, drills.rstrip("/"), "")

    def gateway_of(order: PoliceOrder) -> PoliceGateway | None:
        if order.bureau == TEST_BUREAU:
            return test
        if order.mark != "actual" and not settings.drill_may_reach(order.bureau, now_us()):
            return None
        return others.get(order.bureau or "", console)

    return Delivery(
        PostgresReportBook(pool), gateway_of, KafkaReceipts(records, topic=prefix + INBOX), now_us
    )
