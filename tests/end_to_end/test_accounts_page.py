"""The page of people: a new station's first hour. An administrator makes somebody, who logs in and is known to nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import SMALL, faults, misfits, signed_in, undrawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.end_to_end.conftest import OpenPage, Product

OWN = "nobody else knows this"


def log_in(page: Page, username: str, password: str) -> None:
    """By the form that a person uses."""
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.locator("[data-connection=connected]").wait_for()


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
    log_in(own, "lin.xiao", made)
    own.locator(".settings-toggle").click()
    own.get_by_role("button", name=re.compile("林晓")).click()
    own.fill("dialog input[name=old]", made)
    own.fill("dialog input[name=new]", OWN)
    own.keyboard.press("Enter")
    own.locator(".login").wait_for()
    log_in(own, "lin.xiao", OWN)
    own.locator(".queue").wait_for()
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
