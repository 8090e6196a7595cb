"""The register's pages: what a registrar sees and changes, whoever was first, and how it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.the_screen import (
    SMALL,
    WIDE,
    Site,
    chosen,
    faults,
    misfits,
    register,
    send,
    signed_in,
    undrawn,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.end_to_end.conftest import OpenPage, Product

SHOP = Site("77010801", "福州台江区南公园茶叶店")


@pytest.fixture(scope="module")
def site(product: Product, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A registered site; its id."""
    register(product, tmp_path_factory.mktemp("sheet"), SHOP)
    return str(entry(product)["id"])


def entry(product: Product) -> dict[str, Any]:
    with signed_in(product, "registrar") as client:
        [found] = client.get("/api/registry/sites", params={"q": SHOP.account}).json()["items"]
        told: dict[str, Any] = client.get(f"/api/registry/sites/{found['id']}").json()
    return told


def part(page: Page, name: str, nth: int = 0) -> Any:
    return page.locator(f"[data-part={name}]").nth(nth)


def test_a_registrar_finds_a_site_by_its_account_and_corrects_it(
    open_page: OpenPage, product: Product, site: str
) -> None:
    page = open_page("registrar", "/registry/sites")
    page.fill("input[name=q]", SHOP.account)
    page.keyboard.press("Enter")
    page.locator(f"[data-entry='{site}'] a").click()
    part(page, "entry").get_by_role("button", name="更改").click()
    page.fill("form.entry input[name=name]", f"{SHOP.name}二店")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="二店").wait_for()
    part(page, "history").locator("li", has_text="二店").wait_for()
    assert entry(product)["name"] == f"{SHOP.name}二店"


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent(
    open_page: OpenPage, product: Product, site: str
) -> None:
    before = entry(product)
    page = open_page("registrar", f"/registry/sites/{site}")
    part(page, "entry").get_by_role("button", name="更改").click()
    page.fill("form.entry input[name=division]", "3501")
    page.keyboard.press("Enter")
    page.locator("#fault-division").wait_for()
    assert page.evaluate("document.activeElement.name") == "division"
    assert entry(product) == before


def test_the_second_of_two_registrars_is_told_keeps_what_was_typed_and_may_save_on_top(
    open_page: OpenPage, product: Product, site: str
) -> None:
    page = open_page("registrar", f"/registry/sites/{site}")
    part(page, "entry").get_by_role("button", name="更改").click()
    page.fill("form.entry input[name=name]", "我的名称")
    seen = entry(product)
    fields = ("provider", "site_class", "division", "bureau", "lon", "lat", "version")
    with signed_in(product, "registrar") as client:
        body = {**{field: seen[field] for field in fields}, "name": "先到的名称"}
        assert client.put(f"/api/registry/sites/{site}", json=body).status_code == 200
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="先到的名称").wait_for()
    assert page.input_value("form.entry input[name=name]") == "我的名称"
    page.get_by_role("button", name="在最新内容上再次保存").click()
    page.locator("h1", has_text="我的名称").wait_for()
    assert entry(product)["version"] == seen["version"] + 2


def test_people_are_shown_when_asked_for_on_the_desk_too_and_a_list_is_kept(
    open_page: OpenPage, product: Product, site: str
) -> None:
    page = open_page("registrar", f"/registry/sites/{site}")
    people = part(page, "people")
    people.get_by_role("button", name="显示姓名和电话").click()
    people.get_by_role("button", name="更改").click()
    page.fill("form.entry input[name=name]", "林小姐")
    page.fill("form.entry input[name=phone]", "139 0000 0000")
    page.keyboard.press("Enter")
    people.locator("[data-person]", has_text="林小姐").wait_for()
    page.reload()
    page.locator("h1").wait_for()
    assert page.get_by_text("林小姐").count() == 0

    desk = open_page("operator", "/desk")
    send(product, SHOP.account, "1130 01 003")
    chosen(desk, entry(product)["name"])
    desk.keyboard.press("o")
    callee = desk.locator("[data-part=people] li", has_text="林小姐")
    callee.filter(has_text="139 0000 0000").wait_for()
    callee.get_by_role("button", name="复制").wait_for()
    assert misfits(desk) == []
    assert faults(desk) == []


def test_a_line_is_added_and_the_past_has_it_not(open_page: OpenPage, product: Product, site: str) -> None:
    page = open_page("registrar", f"/registry/sites/{site}")
    lines = part(page, "lines")
    lines.locator("> .head").get_by_role("button", name="添加").click()
    page.fill("form.entry input[name=account]", "77010899")
    page.fill("form.entry input[name=interval_s]", "60")
    page.keyboard.press("Enter")
    lines.get_by_text("default/77010899").wait_for()
    page.fill("input[type=datetime-local]", "2020-01-01T00:00:00")
    page.locator("[data-past]").wait_for()
    page.get_by_text("此刻没有这项登记").wait_for()
    page.locator("[data-past]").get_by_role("button", name="现在").click()
    lines.get_by_text("default/77010899").wait_for()
    assert [one["interval_s"] for one in entry(product)["lines"] if one["account"] == "77010899"] == [60]


def test_a_filing_is_changed_and_its_history_names_who(
    open_page: OpenPage, product: Product, site: str
) -> None:
    provider = entry(product)["provider"]
    page = open_page("registrar", f"/registry/providers/{provider}")
    filing = part(page, "filing")
    filing.get_by_role("button", name="更改").click()
    page.select_option("form.entry select[name=state]", "changed")
    page.get_by_role("button", name="保存").click()
    page.locator("form.entry").wait_for(state="detached")
    row = part(page, "history").locator("tr", has_text="changed")
    row.locator("td", has_text="我").first.wait_for()


def test_who_may_only_read_is_offered_nothing_to_change(open_page: OpenPage, site: str) -> None:
    page = open_page("inspector", f"/registry/sites/{site}")
    page.locator("h1").wait_for()
    for word in ("更改", "添加", "显示姓名和电话", "登记场所"):
        assert page.get_by_role("button", name=word).count() == 0
        assert page.get_by_role("link", name=word).count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["sites/{site}", "sites/new", "providers", "bureaus/new"])
def test_nothing_is_cut_and_everybody_can_use_it(
    open_page: OpenPage, site: str, path: str, language: str
) -> None:
    page = open_page("registrar", "/registry/" + path.format(site=site), language=language)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    for size in (SMALL, WIDE):
        page.set_viewport_size(size)
        assert misfits(page) == [], size
    assert undrawn(page) == []
    assert faults(page) == []
