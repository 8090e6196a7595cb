"""The regulator's pages: one box finds alarms, sites and providers, and each leads on to its whole past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import PROVIDER, Site, faults, misfits, raised, register, send, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.end_to_end.conftest import OpenPage, Product

SHOP = Site("77010601", "鼓楼区杨桥路眼镜店")


@pytest.fixture(scope="module")
def alarm(product: Product, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An alarm of a registered site."""
    register(product, tmp_path_factory.mktemp("sheet"), SHOP)
    send(product, SHOP.account, "1130 01 003")
    with signed_in(product, "operator") as client:
        found: dict[str, str] = raised(client, SHOP)
    return found


def find(page: Page, words: str) -> None:
    page.keyboard.press("/")
    page.locator("input[name=q]").fill(words)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("asked", ["number", "account", "site_name", "provider_name"])
def test_an_alarm_is_found_by_each_of_its_names(
    open_page: OpenPage, alarm: dict[str, str], asked: str
) -> None:
    page = open_page("inspector", "/regulator")
    page.locator("[data-start]").wait_for()
    find(page, alarm[asked])
    page.locator(f"tr[data-alarm='{alarm['id']}']").wait_for()


def test_a_site_and_its_provider_show_their_alarms_and_every_change(
    open_page: OpenPage, alarm: dict[str, str]
) -> None:
    page = open_page("inspector", "/regulator")
    find(page, SHOP.name)
    page.locator("tr[data-site] a", has_text=SHOP.name).click()
    page.locator("main dl", has_text=SHOP.account).wait_for()
    page.locator(f"tr[data-alarm='{alarm['id']}']").wait_for()
    page.locator("tr[data-step]", has_text=SHOP.account).first.wait_for()
    page.locator("section", has_text="中断与线索").locator(".nothing", has_text="没有中断").wait_for()
    assert faults(page) == []
    assert misfits(page) == []
    page.locator("main dl a", has_text=PROVIDER).click()
    page.locator("main .proof", has_text="已备案").wait_for()
    page.locator("tr[data-step]", has_text="备案").first.wait_for()
    page.locator("tr[data-site]", has_text=SHOP.name).wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-start]").wait_for()


def test_what_is_not_there_says_so_in_every_part(open_page: OpenPage) -> None:
    page = open_page("auditor", "/regulator", language="en")
    find(page, "nobody-is-called-so")
    for told in ("No such alarm", "No such site", "No such provider"):
        page.locator(".nothing", has_text=told).wait_for()
