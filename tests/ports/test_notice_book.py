"""Whoever takes notices keeps the first and counts the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.contracts.police import Addition, EscalationNotice, NoticeStatus
from services.police_link.adapters.memory_notice_book import MemoryNoticeBook
from services.police_link.adapters.postgres_notice_book import PostgresNoticeBook
from services.police_link.ports import NoticeBook


@pytest.fixture(params=["memory", "postgres"])
async def book(request: pytest.FixtureRequest) -> AsyncIterator[NoticeBook]:
    if request.param == "memory":
        yield MemoryNoticeBook()
        return
    dsn = request.getfixturevalue("database")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        yield PostgresNoticeBook(pool)


def notice(escalation: str, attempt: int = 1, additions: tuple[Addition, ...] = ()) -> EscalationNotice:
    return EscalationNotice(
        additions=additions,
        escalation=escalation,
        number="4-2P4N",
        attempt=attempt,
        bureau=None,
        reported_by="福州安澜",
        escalated_at=1,
        received_at=1,
        site="s",
        site_name="金行",
        account="1",
        code="130",
        class_="burglary",
    )


async def test_the_first_is_new_and_the_same_again_is_said_to_be(book: NoticeBook) -> None:
    first = await book.take(notice("e1"), 10)
    second = await book.take(notice("e1", attempt=2), 20)
    assert (first.first_at, first.again) == (10, False)
    assert (second.first_at, second.again) == (10, True)


async def test_two_escalations_do_not_touch_each_other(book: NoticeBook) -> None:
    await book.take(notice("e1"), 10)
    assert not (await book.take(notice("e2"), 20)).again


def addition(name: str) -> Addition:
    return Addition(id=name, kind="supplement", at=1, text="往北走")


async def test_what_was_never_sent_is_not_there(book: NoticeBook) -> None:
    assert await book.status("e1") is None


async def test_the_status_tells_since_when_it_is_there_and_which_additions_came(book: NoticeBook) -> None:
    await book.take(notice("e1"), 10)
    assert await book.status("e1") == NoticeStatus(escalation="e1", first_at=10)
    for sent in ((addition("b"),), (addition("a"), addition("b")), ()):
        await book.take(notice("e1", attempt=2, additions=sent), 20)
    assert await book.status("e1") == NoticeStatus(escalation="e1", first_at=10, additions=("a", "b"))
