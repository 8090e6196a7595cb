"""An operator's desk in a real browser, open during the whole schedule; where there is no browser, it is said."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from services.station.doctor import BROWSERS
from tests.end_to_end.conftest import FLAGS
from tests.the_rows import ROW, SHOWN, Rows, as_rows, digest, held

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.chaos.a_station import Station

SECONDS = 60.0


class Screen:
    """The open page."""

    def __init__(self, station: Station, page: Page) -> None:
        self._station, self._page = station, page

    async def becomes_right(self) -> tuple[Rows, Rows]:
        """Rows shown and rows held, as soon as they agree, or as they are after a minute."""
        until = time.monotonic() + SECONDS
        while True:
            state = await asyncio.to_thread(
                held, self._station.endpoints["web"], self._station.endpoints["accounts"]["operator"]
            )
            rows = as_rows(await self._page.eval_on_selector_all(ROW, SHOWN))
            if digest(rows) == digest(state) or time.monotonic() > until:
                return rows, state
            await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def an_open_desk(station: Station) -> AsyncIterator[Screen | None]:
    """Log in by the form and leave the desk open; None without a browser."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        yield None
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = await browser.new_page(locale="zh-CN")
        account = station.endpoints["accounts"]["operator"]
        await page.goto(station.endpoints["web"])
        await page.fill("input[name=username]", account["username"])
        await page.fill("input[name=password]", account["password"])
        await page.keyboard.press("Enter")
        await page.locator("[data-connection=connected]").wait_for()
        try:
            yield Screen(station, page)
        finally:
            await browser.close()
