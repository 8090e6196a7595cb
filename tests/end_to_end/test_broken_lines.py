"""The line between the feed and a screen is cut and stalled, again and again: no gap, no double, and it is said.

A line of our own stands before the feed; the browser is told to take it for the feed's own address. Ten times it resets
the connection, ten times it lets everything hang without closing it, while alarms come in. In the end the rows on
the screen are those of the state, each at the offset of its newest decision.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from services.station.doctor import BROWSERS
from tests.a_line import Line
from tests.end_to_end.conftest import FLAGS, PATIENCE_MS, SIZE
from tests.end_to_end.the_screen import send
from tests.the_rows import ROW, SHOWN, Rows, as_rows, compared, digest, held

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.end_to_end.conftest import Product

ROUNDS = 10
SECONDS = 60


def renewed(line: Line, before: int) -> bool:
    """Whether somebody has come again since there were `before` connections."""
    end = time.monotonic() + SECONDS
    while line.connections <= before and time.monotonic() < end:
        time.sleep(0.05)
    return line.connections > before


@pytest.fixture
def line(product: Product) -> Iterator[tuple[Line, int]]:
    feed = urlsplit(str(product.endpoints["feed"]))
    assert feed.hostname is not None
    assert feed.port is not None
    made = Line(partial(asyncio.open_connection, feed.hostname, feed.port))
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
        assert renewed(proxy, before)
        desk.locator("[data-connection=connected]").wait_for()
        with proxy.stalled():
            began, during = time.monotonic(), proxy.connections
            send(product, f"7702{turn:02}", "1130 01 003")
            desk.locator("[data-connection=stale], [data-connection=lost]").first.wait_for()
            noticed.append(time.monotonic() - began)
            report = desk.get_by_role("button", name="报告公安机关")
            assert report.count() == 0 or report.first.get_attribute("aria-disabled") == "true"
            # Every other time so long that the screen gives the line up, with what is still under way on it.
            assert turn % 2 or renewed(proxy, during)
        desk.locator("[data-connection=connected]").wait_for()
    account = product.account("operator")
    rows, state = compared(lambda: held(product.web, account), lambda: shown(desk), SECONDS)
    print(f"stale noticed after {min(noticed):.1f} to {max(noticed):.1f} s; {proxy.connections} connections")
    assert digest(rows) == digest(state), (
        f"only shown {set(rows) - set(state)}, only held {set(state) - set(rows)}"
    )
    assert len({alarm for alarm, _ in rows}) == len(rows) >= 3 * ROUNDS
    assert proxy.connections > ROUNDS + ROUNDS // 2
