"""The line between the feed and a screen is cut and stalled, again and again: no gap, no double, and it is said.

A TCP proxy stands before the feed; the browser is told to take it for the feed's own address. Ten times it resets
the connection, ten times it lets everything hang without closing it, while alarms come in. In the end the rows on
the screen are those of the state, each at the offset of its newest decision.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from services.station.doctor import BROWSERS
from tests.end_to_end.conftest import FLAGS, PATIENCE_MS, SIZE
from tests.end_to_end.the_screen import send
from tests.the_rows import ROW, SHOWN, Rows, as_rows, compared, digest, held

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.end_to_end.conftest import Product

ROUNDS = 10
SECONDS = 60


class Line:
    """A TCP proxy in a thread of its own. `stalled`: nothing passes, nothing is closed."""

    def __init__(self, host: str, port: int) -> None:
        self._there = host, port
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self.connections = 0

    @contextlib.contextmanager
    def standing(self) -> Iterator[int]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._loop.call_soon_threadsafe(self._flowing.set)
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._pass, "127.0.0.1", 0), self._loop
        ).result(10)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    def reset(self) -> None:
        """Cut every connection, without a word of farewell."""
        self._loop.call_soon_threadsafe(self._cut)

    def renewed(self, before: int) -> bool:
        """Whether somebody has come again since there were `before` connections."""
        end = time.monotonic() + SECONDS
        while self.connections <= before and time.monotonic() < end:
            time.sleep(0.05)
        return self.connections > before

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        self._flowing.set()
        self._cut()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        if under_way:
            await asyncio.wait(under_way, timeout=5)

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        self._loop.call_soon_threadsafe(self._flowing.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._flowing.set)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._there)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there_writer}
        await asyncio.gather(self._pipe(reader, there_writer), self._pipe(there_reader, writer))
        self._open -= {writer, there_writer}

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@pytest.fixture
def line(product: Product) -> Iterator[tuple[Line, int]]:
    feed = urlsplit(str(product.endpoints["feed"]))
    assert feed.hostname is not None
    assert feed.port is not None
    made = Line(feed.hostname, feed.port)
    with made.standing() as port:
        yield made, port


@pytest.fixture
def desk(browser: Browser, product: Product, line: tuple[Line, int]) -> Iterator[Page]:
    """An operator's desk whose feed goes through the proxy."""
    feed = urlsplit(str(product.endpoints["feed"]))
    # Without the rule that keeps the browser off the network: its exception for the loopback would win.
    rules = f"--host-resolver-rules=MAP 127.0.0.1:{feed.port} 127.0.0.1:{line[1]}"
    flags = [flag for flag in FLAGS if "host-resolver" not in flag]
    own = browser.browser_type.launch(
        executable_path=next(filter(None, map(shutil.which, BROWSERS))), args=[*flags, rules]
    )
    page = own.new_context(viewport=SIZE, locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE_MS)
    account = product.account("operator")
    page.goto(product.web)
    page.fill("input[name=username]", account["username"])
    page.fill("input[name=password]", account["password"])
    page.keyboard.press("Enter")
    page.locator("[data-connection=connected]").wait_for()
    yield page
    own.close()


def shown(page: Page) -> Rows:
    """The rows on the screen."""
    return as_rows(page.eval_on_selector_all(ROW, SHOWN))


def test_ten_resets_and_ten_stalls_leave_no_gap_and_no_double(
    product: Product, desk: Page, line: tuple[Line, int]
) -> None:
    proxy, noticed = line[0], []
    for turn in range(ROUNDS):
        send(product, f"7700{turn:02}", "1130 01 003")
        before = proxy.connections
        proxy.reset()
        send(product, f"7701{turn:02}", "1130 01 003")
        assert proxy.renewed(before)
        desk.locator("[data-connection=connected]").wait_for()
        with proxy.stalled():
            began, during = time.monotonic(), proxy.connections
            send(product, f"7702{turn:02}", "1130 01 003")
            desk.locator("[data-connection=stale], [data-connection=lost]").first.wait_for()
            noticed.append(time.monotonic() - began)
            report = desk.get_by_role("button", name="报告公安机关")
            assert report.count() == 0 or report.first.get_attribute("aria-disabled") == "true"
            # Every other time so long that the screen gives the line up, with what is still under way on it.
            assert turn % 2 or proxy.renewed(during)
        desk.locator("[data-connection=connected]").wait_for()
    account = product.account("operator")
    rows, state = compared(lambda: held(product.web, account), lambda: shown(desk), SECONDS)
    print(f"stale noticed after {min(noticed):.1f} to {max(noticed):.1f} s; {proxy.connections} connections")
    assert digest(rows) == digest(state), (
        f"only shown {set(rows) - set(state)}, only held {set(state) - set(rows)}"
    )
    assert len({alarm for alarm, _ in rows}) == len(rows) >= 3 * ROUNDS
    assert proxy.connections > ROUNDS + ROUNDS // 2
