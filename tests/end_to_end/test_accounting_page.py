"""The accounting page: the sums hold, every figure leads down to its signals, and what is missing is loud."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import asyncpg

from tests.end_to_end.the_screen import faults, misfits, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.end_to_end.conftest import OpenPage, Product

ACCOUNT = "77010501"
LINE = f"default/{ACCOUNT}"
# A signal that a receiver counted as kept and that never reached the record, half an hour ago.
LOST = """
insert into desk_accounting_1.socket
select run, $1, (changed_at - 1800000000) / 60000000 * 60000000, 1, 1, 0, '{}', changed_at - 1800000000
from desk_accounting_1.socket order by changed_at desc limit 1
"""
FORGET = "delete from desk_accounting_1.socket where line = $1"


def figures(page: Page, which: str) -> list[int]:
    """The figures of a sum."""
    return [int(word) for word in re.findall(r"\d+", page.locator(f"[data-sum={which}]").inner_text())]


def change(product: Product, statement: str, line: str) -> None:
    """In the database, behind everybody's back."""

    async def at_the_database() -> None:
        connection = await asyncpg.connect(product.endpoints["postgres"])
        await connection.execute(statement, line)
        await connection.close()

    with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver runs a loop in this thread
        elsewhere.submit(asyncio.run, at_the_database()).result()


def test_every_figure_leads_down_to_the_signals_and_their_alarm(
    product: Product, open_page: OpenPage
) -> None:
    send(product, ACCOUNT, "1130 01 003", "1401 01 001")
    page = open_page("shift_supervisor", "/alarms")
    page.locator("[data-unaccounted] a").click()
    page.locator("tr[data-key]").first.wait_for()
    received, recorded, refused, under_way, missing = figures(page, "received")
    assert received == recorded + refused + under_way + missing
    assert sum(figures(page, "recorded")[1:]) == figures(page, "recorded")[0]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    row = page.locator(f"tr[data-key='{LINE}']")
    row.locator("td", has_text=re.compile("^2$")).first.wait_for()
    row.locator("a").click()
    page.locator("tr[data-key] a").first.click()
    signal = page.locator("tr[data-signal]", has_text="130")
    signal.wait_for()
    assert "上屏" in signal.inner_text()
    assert faults(page) == []
    assert misfits(page) == []
    page.keyboard.press("Escape")
    page.locator("tr[data-signal]").first.wait_for(state="detached")
    page.go_back()
    signal.locator("a").click()
    page.locator("table.events tr", has_text="报警产生").first.wait_for()


def test_a_signal_that_is_missing_is_loud_on_its_line_and_minute(
    product: Product, open_page: OpenPage
) -> None:
    send(product, ACCOUNT, "1130 01 003")
    page = open_page("engineer", "/accounting")
    page.locator("tr[data-key]").first.wait_for()
    assert page.locator("[data-band=missing]").count() == 0
    lost = "default/77010599"
    change(product, LOST, lost)
    try:
        page.locator("[data-band=missing]", has_text="缺失 1 条").wait_for()
        page.locator("tr[data-missing='1'] a").first.click()
        page.locator(f"tr[data-key='{lost}'][data-missing='1'] a").click()
        page.locator("tr[data-missing='1'] a").click()
        page.locator(".nothing", has_text="记录中没有这条线路这一分钟的信号").wait_for()
    finally:
        change(product, FORGET, lost)


def test_a_day_without_signals_says_that_it_is_true(product: Product, open_page: OpenPage) -> None:
    page = open_page("inspector", "/accounting/2020-01-01", language="en")
    page.locator("[data-empty]", has_text="This is true").wait_for()
    assert "Received = recorded + refused" in page.locator("[data-empty]").inner_text()


def test_whoever_has_no_business_here_is_not_led_here(open_page: OpenPage) -> None:
    page = open_page("operator", "/accounting", live=False)
    page.locator("main.nothing").wait_for()
