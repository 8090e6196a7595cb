"""What the tests of the screens share: sites and signals, and the questions that are put to a page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from services.ingest.panel import PanelEvent, send_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, ViewportSize, WebSocketRoute

    from tests.end_to_end.conftest import Product

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDE: ViewportSize = {"width": 1440, "height": 900}
SMALL: ViewportSize = {"width": 1024, "height": 768}
LOW: ViewportSize = {"width": 1366, "height": 820}
HEADER = "provider,filing_authority,filing_state,filing_date,site,name,site_class,division,lon,lat,bureau,account_space,account"
PROVIDER, AUTHORITY = "福州安澜报警服务中心", "福州市公安局"
ACTS = {
    f"alarm.{act}.v1"
    for act in (
        "claimed",
        "released",
        "handed_over",
        "taken_over",
        "noted",
        "verified",
        "escalated",
        "closed",
    )
}
KNOWN_SECONDS = 120
HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")


class Site(NamedTuple):
    """A registered site and its account. `bureau`: "" is the demo's police."""

    account: str
    name: str
    bureau: str = ""


def register(product: Product, folder: Path, *sites: Site) -> None:
    """The sites, of one filed provider, in the area of the demo's police; returns when signals are decided by them."""
    last = Site(f"{sites[0].account}9", "末位登记点")
    bureau = str(me(product, "police")["bureau"] or "350102000000")
    rows = [
        f"{PROVIDER},{AUTHORITY},filed,2024-03-01,{site.account}-site,{site.name},other,350102,119.3028,26.0851,{site.bureau or bureau},default,{site.account}"
        for site in (*sites, last)
    ]
    sheet = folder / f"{sites[0].account}.csv"
    sheet.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    done = product.run("registry", "import", str(sheet))
    assert done.returncode == 0, done.stdout + done.stderr
    end = time.monotonic() + KNOWN_SECONDS
    zones = count(1)
    while not _is_known(product, last, next(zones)):
        assert time.monotonic() < end, "the router does not know the register's entries"


def _is_known(product: Product, site: Site, zone: int) -> bool:
    """Raise an alarm there, close it, and say whether it was decided by the entry of the register.

    Each time in another `zone`: the same words within a second are a panel's repetition, and no alarm.
    """
    send(product, site.account, f"1130 01 {zone:03d}")
    with signed_in(product, "operator") as client:
        alarm = raised(client, site)
        for act, body in (("claim", {}), ("close", {"reason": "试验"})):
            client.post(f"/api/alarms/{alarm['id']}/{act}", json=body).raise_for_status()
    return bool(alarm["site_known"])


def raised(client: httpx.Client, site: Site) -> dict[str, Any]:
    """The open alarm of the site, once it is there."""
    end = time.monotonic() + KNOWN_SECONDS
    while time.monotonic() < end:
        found = client.get("/api/alarms", params={"account": site.account, "state": "open"}).json()["items"]
        if found:
            alarm: dict[str, Any] = found[0]
            return alarm
        time.sleep(0.1)
    raise AssertionError(f"no alarm of {site.account} is on the desk")


def send(product: Product, account: str, *contents: str) -> None:
    """A panel's words over DC-09; returns when they are acknowledged."""
    events = [PanelEvent(data=content) for content in contents]
    with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver runs a loop in this thread
        elsewhere.submit(asyncio.run, send_scenario(*product.dc09, account, events)).result()


def me(product: Product, role: str) -> dict[str, Any]:
    """Who the API says that the demo account of `role` is."""
    with signed_in(product, role) as client:
        found: dict[str, Any] = client.get("/api/me").json()
    return found


@contextlib.contextmanager
def signed_in(product: Product, role: str) -> Iterator[httpx.Client]:
    """The API as the demo account of `role`."""
    account = product.account(role)
    cookies = _session(product.web, account["username"], account["password"])
    with httpx.Client(base_url=product.web, timeout=30, cookies=cookies) as client:
        yield client


@cache
def _session(web: str, username: str, password: str) -> httpx.Cookies:
    """One for all tests: to check a password takes a tenth of a second on purpose."""
    answer = httpx.post(f"{web}/api/session", json={"username": username, "password": password}, timeout=30)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.cookies


def chosen(page: Page, name: str) -> str:
    """Choose the alarm of the site in the queue; its id."""
    row = page.locator(".queue .row", has_text=name)
    row.locator(".open").click()
    page.locator(f"main[data-alarm='{row.get_attribute('data-alarm')}']").wait_for()
    return str(row.get_attribute("data-alarm"))


def owned(page: Page, alarm: str, word: str) -> None:
    """Wait until the queue shows who holds the alarm, by the record."""
    page.locator(f".queue .row[data-alarm='{alarm}']:not([data-pending]) .owner", has_text=word).wait_for()


def acts_on(product: Product, alarm: str) -> list[str]:
    """What people did with the alarm, as the record has it."""
    with signed_in(product, "shift_supervisor") as client:
        events = client.get(f"/api/alarms/{alarm}").json()["events"]
    return [event["type"].split(".")[1] for event in events if event["type"] in ACTS]


def faults(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:200]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def in_one_line(page: Page, one: str, other: str) -> bool:
    """Whether both stand at the same height: nothing was pushed to a second line."""
    boxes = [page.locator(selector).bounding_box() for selector in (one, other)]
    middles = [box["y"] + box["height"] / 2 for box in boxes if box is not None]
    return len(middles) == len(boxes) and max(middles) - min(middles) < 4


def misfits(page: Page) -> list[str]:
    """What is wider than the window, or cut where nobody can scroll to it."""
    found: list[str] = page.evaluate(
        """() => {
          const out = [];
          if (document.documentElement.scrollWidth > innerWidth) out.push(`the page is ${document.documentElement.scrollWidth} wide`);
          for (const one of document.querySelectorAll('body *')) {
            const style = getComputedStyle(one), box = one.getBoundingClientRect();
            if (style.display === 'none' || box.width === 0 || one.closest('.skip')) continue;
            const name = `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`;
            if (box.right > innerWidth + 1) out.push(`right of the window: ${name}`);
            if (one.tagName === 'INPUT') {
              if (one.type === 'text' && one.value === '' && one.placeholder !== '' && one.scrollWidth > one.clientWidth + 1) out.push(`cut hint: ${one.placeholder}`);
            } else if (style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1) out.push(`cut or scrolled sideways: ${name}`);
            else if (style.overflowY === 'hidden' && one.scrollHeight > one.clientHeight + 2) out.push(`cut below: ${name}`);
          }
          return [...new Set(out)];
        }"""
    )
    return found


def undrawn(page: Page) -> list[str]:
    """Letters of the page that no loaded subset of the shipped font covers; key caps and codes have a font of their own."""
    page.evaluate("document.fonts.ready")
    found: list[str] = page.evaluate(
        """() => {
          const ranges = [...document.fonts].filter((face) => face.status === 'loaded').flatMap((face) => face.unicodeRange.split(',').map((range) => {
            const [from, to] = range.trim().replace(/^U\\+/i, '').split('-');
            return [parseInt(from, 16), parseInt(to ?? from, 16)];
          }));
          document.querySelectorAll('kbd, .mono').forEach((one) => one.remove());
          const letters = new Set(document.body.innerText.replace(/\\s/g, ''));
          return [...letters].filter((letter) => !ranges.some(([from, to]) => from <= letter.codePointAt(0) && letter.codePointAt(0) <= to));
        }"""
    )
    return found


def labels_in_chinese(page: Page, product: Product) -> list[str]:
    """Chinese on the page that is no data: no name, note or reference that the API gave, and not the language's own name."""
    text: str = page.evaluate(
        "document.querySelectorAll('[lang=\"zh-CN\"]').forEach((one) => one.remove()), document.body.innerText"
    )
    for word in sorted(_data(product), key=len, reverse=True):
        text = text.replace(word, "")
    return HAN.findall(text)


def _data(product: Product) -> set[str]:
    with signed_in(product, "inspector") as client:
        paths = ("/api/alarms?limit=500", "/api/escalations", "/api/people", "/api/registry/bureaus")
        told = [client.get(path).json() for path in paths]
        told += [client.get(f"/api/alarms/{one['id']}").json() for one in told[0]["items"][:40]]
    return set(_words(told)) | {
        str(account.get("display_name", "")) for account in product.endpoints["accounts"].values()
    }


def _words(told: Any) -> list[str]:
    if isinstance(told, dict):
        return [word for value in told.values() for word in _words(value)]
    if isinstance(told, list):
        return [word for value in told for word in _words(value)]
    return [told] if isinstance(told, str) and HAN.search(told) else []


def edited(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Callable[[Page], None]:
    """Route the feed through `change`, which returns each frame as it shall arrive; None: it is lost on the way."""

    def route(page: Page) -> None:
        def through(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()

            def pass_on(message: str | bytes) -> None:
                frame = change(json.loads(message))
                if frame is not None:
                    socket.send(json.dumps(frame, ensure_ascii=False))

            server.on_message(pass_on)
            socket.on_message(server.send)

        page.route_web_socket("**/v1/feed", through)

    return route


class SlowFeed:
    """A feed whose beats arrive, while everything else may be held back and comes later, in its order."""

    def __init__(self) -> None:
        self.slow = False
        self._held: list[str | bytes] = []
        self._socket: WebSocketRoute | None = None

    def route(self, page: Page) -> None:
        """To be called before the page is opened."""
        page.route_web_socket("**/v1/feed", self._through)

    def catch_up(self) -> None:
        """What was held back arrives."""
        self.slow = False
        assert self._socket is not None
        for message in self._held:
            self._socket.send(message)
        self._held.clear()

    def _through(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self._socket = socket

        def pass_on(message: str | bytes) -> None:
            if self.slow and json.loads(message)["type"] != "feed.beat.v1":
                self._held.append(message)
            else:
                socket.send(message)

        server.on_message(pass_on)
        socket.on_message(server.send)


def emptied(frame: dict[str, Any]) -> dict[str, Any] | None:
    """The feed of a centre where nothing is open."""
    if frame["type"] == "feed.snapshot.v1":
        return {**frame, "alarms": [], "escalations": []}
    return None if frame["type"].endswith("_changed.v1") else frame
