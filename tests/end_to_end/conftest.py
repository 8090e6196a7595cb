"""The whole product and a real browser, each started once for all tests here."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from services.runtime.settings import Settings
from services.station.adapters.leash import running_children
from services.station.doctor import BROWSERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

    SignIn = Callable[[str], Page]
    OpenPage = Callable[..., Page]

START_SECONDS = 240  # the first start on a machine fetches Kafka and builds the pages
STOP_SECONDS = 60
PATIENCE_MS = 90_000  # of a page: a busy machine makes things late, not wrong
DRILLING_BUREAU = "350102777000"  # has agreed to take drills
DRILL_WINDOW = {
    "bureau": DRILLING_BUREAU,
    "begins": "2020-01-01T00:00:00+08:00",
    "ends": "2100-01-01T00:00:00+08:00",
    "approved_by": "鼓楼分局指挥中心",
}
SIZE: ViewportSize = {"width": 1440, "height": 900}
# Off the network, and no services of the browser's own (design, section 7). No GPU, and none imitated by the processor,
# which took half of a browser's time: our pages draw nothing that needs one (ADR 22).
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]


class Product(NamedTuple):
    """A running station: what `endpoints.json` says, and where its data lies."""

    endpoints: dict[str, Any]
    data: Path

    @property
    def web(self) -> str:
        """The pages and the API."""
        return str(self.endpoints["web"])

    @property
    def dc09(self) -> tuple[str, int]:
        """Where panels dial in."""
        host, _, port = str(self.endpoints["dc09"]).rpartition(":")
        return host, int(port)

    def account(self, role: str) -> dict[str, str]:
        """User name and password of the demo account for `role`."""
        account: dict[str, str] = self.endpoints["accounts"][role]
        return account

    @contextlib.contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """The process `name` gets no time, as if its machine had stalled; afterwards it goes on."""
        pid = next(kept.pid for kept in running_children(Settings(data_dir=self.data)) if kept.name == name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of ours, on this station's data."""
        command = _jiejing(*arguments, "--data", str(self.data))
        return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def _jiejing(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "jiejing"), *arguments]


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`jiejing up --demo` on free ports and an empty folder."""
    data = tmp_path_factory.mktemp("station")
    ports = [f"--{name}=127.0.0.1:0" for name in ("web", "feed", "signals", "dc09")]
    log = data / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _jiejing("up", "--demo", "--data", str(data), *ports),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={
                **os.environ,
                "JIEJING_DEMO_TRAFFIC": "false",
                "JIEJING_SETTLE_S": "2",
                "JIEJING_POLICE_DRILL_WINDOWS": json.dumps([DRILL_WINDOW]),
            },
        )
    try:
        yield Product(_endpoints(process, data, log), data)
    finally:
        _end(process)


def _endpoints(process: subprocess.Popen[bytes], data: Path, log: Path) -> dict[str, Any]:
    path = data / "run" / "endpoints.json"
    end = time.monotonic() + START_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"jiejing up did not become ready:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine; nothing is downloaded."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        pytest.skip("no chromium on this machine: the end-to-end tests did not run")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def sign_in(browser: Browser, product: Product) -> Iterator[SignIn]:
    """A page of its own, signed in as the demo account for a role by the form that a person uses."""
    contexts = []

    def sign_in(role: str) -> Page:
        context = browser.new_context(viewport=SIZE, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        account = product.account(role)
        page.goto(product.web)
        page.fill("input[name=username]", account["username"])
        page.fill("input[name=password]", account["password"])
        page.keyboard.press("Enter")
        page.locator("[data-connection=connected]").wait_for()
        return page

    yield sign_in
    for context in contexts:
        context.close()


class Tabs:
    """The tabs of one person's browser, signed in by the API. To load a page anew costs a quarter of opening a tab for it."""

    def __init__(self, browser: Browser, product: Product, role: str) -> None:
        self._product = product
        self._context = browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.request.post(f"{product.web}/api/session", data=product.account(role))
        self._idle: list[Page] = []

    def take(self) -> Page:
        """One in which nothing is routed or changed."""
        return self._idle.pop() if self._idle else self._context.new_page()

    def give_back(self, page: Page, *, changed: bool) -> None:
        """It shows nothing that lives. `changed`: before it was opened, so nobody shall have it again."""
        if changed:
            page.close()
            return
        page.unroute_all()
        page.mouse.move(0, 0)
        page.goto(f"{self._product.web}/mark.svg")
        self._idle.append(page)


@pytest.fixture(scope="session")
def tabs_of(browser: Browser, product: Product) -> Callable[[str], Tabs]:
    """The browser of the person with the demo account for a role."""
    return cache(lambda role: Tabs(browser, product, role))


@pytest.fixture
def open_page(tabs_of: Callable[[str], Tabs], product: Product) -> Iterator[OpenPage]:
    """A tab of its own at an address: size, language and theme as a test needs them."""
    taken: list[tuple[Tabs, Page, bool]] = []

    def open_page(  # noqa: PLR0913 - each a property of the desk
        role: str,
        path: str,
        size: ViewportSize = SIZE,
        language: str = "zh",
        theme: str = "light",
        before: Callable[[Page], None] | None = None,
        *,
        live: bool = True,
    ) -> Page:
        tabs = tabs_of(role)
        page = tabs.take()
        taken.append((tabs, page, before is not None))
        page.set_viewport_size(size)
        if before is not None:
            before(page)
        page.goto(f"{product.web}{path}?lang={language}&theme={theme}")
        if live:
            page.locator("[data-connection=connected]").wait_for()
        return page

    yield open_page
    for tabs, page, changed in taken:
        tabs.give_back(page, changed=changed)
