"""How the pages look: they fit, every letter is drawn, labels change language and data never does, and everybody can use them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import (
    LOW,
    SMALL,
    WIDE,
    Site,
    chosen,
    edited,
    emptied,
    faults,
    in_one_line,
    labels_in_chinese,
    misfits,
    raised,
    register,
    send,
    signed_in,
    undrawn,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.end_to_end.conftest import OpenPage, Product

SHOP = Site("77010401", "福州台江区上下杭历史文化街区中药店")
UNREGISTERED = "77019041"
PAGES = [
    ("operator", "/desk"),
    ("police", "/police"),
    ("inspector", "/alarms"),
    ("inspector", "/alarms/{alarm}"),
    ("inspector", "/history"),
    ("inspector", "/history/{alarm}"),
    ("inspector", "/regulator"),
    ("inspector", "/accounting"),
]
EMPTIED = [("operator", "/desk"), ("police", "/police"), ("inspector", "/alarms")]
SIZES = [pytest.param(WIDE, id="1440x900"), pytest.param(SMALL, id="1024x768")]


@pytest.fixture(scope="module")
def alarm(product: Product, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An alarm that was verified and reported, beside one of an unknown account; its id."""
    register(product, tmp_path_factory.mktemp("sheet"), SHOP)
    send(product, SHOP.account, "1130 01 003", "1130 01 004")
    send(product, UNREGISTERED, "1130 01 001")
    with signed_in(product, "operator") as client:
        number = str(raised(client, SHOP)["id"])
        note = [{"kind": "video", "note": "店内 2 人"}]
        for act, body in (
            ("claim", {}),
            ("verify", {"result": "confirmed", "evidence": note}),
            ("escalate", {}),
        ):
            answer = client.post(f"/api/alarms/{number}/{act}", json=body)
            assert answer.is_success, answer.text
    return number


def settled(page: Page) -> Page:
    """Every letter is there and every pane has its rows."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.locator(".truth .who").click()  # unlocks the sound, so that its band is gone
    return page


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize(("role", "path"), PAGES)
def test_a_page_is_whole_in_both_languages(  # noqa: PLR0913 - one page in all its shapes
    product: Product, open_page: OpenPage, alarm: str, role: str, path: str, language: str, theme: str
) -> None:
    """Nothing is cut, one primary button, every letter drawn, English labels, usable by everybody: at both sizes."""
    live = not path.startswith("/history")
    page = settled(open_page(role, path.format(alarm=alarm), language=language, theme=theme, live=live))
    if path == "/desk":
        chosen(page, SHOP.name)
    for size in (WIDE, SMALL):
        page.set_viewport_size(size)
        assert misfits(page) == [], size
        assert page.locator(".btn.main").count() <= 1, size
        if live and size == WIDE:
            assert in_one_line(page, ".truth .who", ".truth .clock"), page.locator(".truth").inner_text()
    page.set_viewport_size(WIDE)
    assert undrawn(page) == []
    assert faults(page) == []
    if language == "en":
        assert labels_in_chinese(page, product) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_top_alarm_is_in_view_without_scrolling(
    open_page: OpenPage, alarm: str, size: ViewportSize
) -> None:
    assert alarm
    desk = settled(open_page("operator", "/desk", size))
    desk.locator(".queue .row").first.wait_for()
    for _ in range(desk.locator(".queue .row").count()):
        desk.keyboard.press("j")
    box = desk.locator(".queue .row.top").bounding_box()
    pane = desk.locator(".queue .rows").bounding_box()
    assert box is not None
    assert pane is not None
    assert pane["y"] <= box["y"]
    assert box["y"] + box["height"] <= pane["y"] + pane["height"]


def test_labels_change_their_language_and_data_never_does(open_page: OpenPage, alarm: str) -> None:
    desk = settled(open_page("operator", "/desk"))
    row = desk.locator(f".queue .row[data-alarm='{alarm}']")
    assert SHOP.name in row.inner_text()
    assert "入侵" in row.inner_text()
    desk.locator("[data-language=en]").click()
    row.locator(".what", has_text="burglary").wait_for()
    assert SHOP.name in row.inner_text()
    assert desk.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("role", "path"), EMPTIED)
def test_everybody_can_use_an_empty_page(open_page: OpenPage, role: str, path: str, theme: str) -> None:
    def nothing(page: Page) -> None:
        edited(emptied)(page)
        for listed in ("escalations", "alarms"):
            page.route(f"**/api/{listed}?*", lambda route: route.fulfill(json={"items": [], "next": None}))

    page = settled(open_page(role, path, theme=theme, before=nothing))
    page.locator("[data-empty]").wait_for()
    assert faults(page) == []
    assert misfits(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("role", "path"), [("operator", "/desk"), ("police", "/police")])
def test_everybody_can_use_a_page_that_is_out_of_date(  # noqa: PLR0913 - one page in all its shapes
    product: Product, open_page: OpenPage, alarm: str, role: str, path: str, theme: str
) -> None:
    assert alarm
    page = settled(open_page(role, path, theme=theme))
    with product.frozen("feed"):
        page.locator("[data-band=stale]").wait_for()
        assert faults(page) == []
        assert misfits(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("role", "path"), [("operator", "/desk"), ("police", "/police")])
def test_everybody_can_use_a_page_with_a_part_that_failed(
    open_page: OpenPage, alarm: str, role: str, path: str, theme: str
) -> None:
    assert alarm
    away = json.dumps({"type": "urn:jiejing:database.away", "title": "数据库暂时不可用", "status": 503})

    def failing(page: Page) -> None:
        page.route(
            re.compile(r"/api/(alarms/[^/?]+|escalations\?.*)$"),
            lambda route: route.fulfill(status=503, content_type="application/problem+json", body=away),
        )

    page = open_page(role, path, theme=theme, before=failing)
    page.locator("[data-part-failed]").wait_for()
    assert faults(page) == []
    assert misfits(page) == []


@pytest.mark.parametrize("key", ["v", "n", "r", "c", "/", "?"])
def test_everybody_can_use_the_forms_of_the_desk(open_page: OpenPage, alarm: str, key: str) -> None:
    desk = settled(open_page("operator", "/desk"))
    chosen(desk, SHOP.name)
    desk.keyboard.press(key)
    if key == "/":
        desk.keyboard.type(SHOP.account)
        desk.locator(f".found .row >> text={SHOP.name}").wait_for()
    assert desk.locator(f"[data-alarm='{alarm}']").count() > 0
    assert faults(desk) == []
    for size in (WIDE, SMALL):
        desk.set_viewport_size(size)
        assert misfits(desk) == [], size


def test_a_form_that_grows_leaves_what_is_below_within_reach(open_page: OpenPage, alarm: str) -> None:
    desk = settled(open_page("operator", "/desk"))
    assert chosen(desk, SHOP.name) == alarm
    desk.keyboard.press("v")
    for _ in range(5):
        desk.get_by_role("button", name="再加一项依据").click()
    for size in (WIDE, LOW, SMALL):
        desk.set_viewport_size(size)
        assert misfits(desk) == [], size


def test_everybody_can_sign_in(browser: Browser, product: Product) -> None:
    page = browser.new_page()
    page.goto(f"{product.web}/?theme=dark")
    page.locator("input[name=username]").wait_for()
    assert faults(page) == []
    page.close()
