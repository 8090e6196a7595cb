"""The page of people: a new station's first hour. An administrator makes somebody, who logs in and is known to nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import SMALL, faults, misfits, signed_in, undrawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.end_to_end.conftest import OpenPage, Product

OWN, LATER = "nobody else knows this", "nor what came to mind later"


def type_in(page: Page, **fields: str) -> None:
    """Into the form of the login, and Enter."""
    for name, value in fields.items():
        page.fill(f".login input[name={name}]", value)
    page.keyboard.press("Enter")


def test_a_person_who_was_made_logs_in_and_chooses_a_password(
    open_page: OpenPage, product: Product, browser: Browser
) -> None:
    page = open_page("administrator", "/accounts")
    page.get_by_role("button", name="添加人员").click()
    page.fill("form.entry input[name=username]", "lin.xiao")
    page.fill("form.entry input[name=display_name]", "林晓")
    page.keyboard.press("Enter")
    page.locator("form.entry .fault", has_text="至少选一个岗位").wait_for()
    page.check("form.entry input[name=operator]")
    page.get_by_role("button", name="保存").click()
    made = page.locator("[data-made='lin.xiao'] .mono").inner_text()
    page.locator("tr[data-account='lin.xiao']", has_text="值机员").wait_for()

    own = browser.new_page(locale="zh-CN", viewport=SMALL)
    own.goto(product.web)
    type_in(own, username="lin.xiao", password=made)
    own.locator(".login .note", has_text="由他人设定").wait_for()
    assert undrawn(own) == []
    assert misfits(own) == []
    assert faults(own) == []
    type_in(own, new=made, again=made)
    own.locator(".login [role=alert]", has_text="与原来不同").wait_for()
    type_in(own, new=OWN, again=OWN[:-1])
    own.locator(".login [role=alert]", has_text="不一样").wait_for()
    type_in(own, again=OWN)
    own.locator(".queue").wait_for()
    own.locator(".settings-toggle").click()
    own.get_by_role("button", name=re.compile("林晓")).click()
    own.fill("dialog input[name=old]", OWN)
    own.fill("dialog input[name=new]", LATER)
    own.keyboard.press("Enter")
    own.locator(".login").wait_for()
    type_in(own, username="lin.xiao", password=LATER)
    own.locator("[data-connection=connected]").wait_for()
    own.close()


def test_the_last_administrator_is_told_why_they_stay(open_page: OpenPage, product: Product) -> None:
    page = open_page("administrator", "/accounts")
    name = product.account("administrator")["username"]
    page.locator(f"tr[data-account='{name}']").get_by_role("button", name="更改").click()
    page.uncheck("form.entry input[name=active]")
    page.get_by_role("button", name="保存").click()
    page.locator("form.entry [role=alert]", has_text="至少要留下一名").wait_for()
    with signed_in(product, "administrator") as client:
        items = client.get("/api/accounts").json()["items"]
    assert [one["active"] for one in items if one["username"] == name] == [True]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_and_everybody_can_use_it(open_page: OpenPage, language: str) -> None:
    page = open_page("administrator", "/accounts", language=language)
    page.locator("tr[data-account]").first.wait_for()
    page.locator(".btn.main").click()
    page.locator("form.entry").wait_for()
    page.evaluate("document.fonts.ready")
    assert misfits(page) == []
    assert undrawn(page) == []
    assert faults(page) == []
