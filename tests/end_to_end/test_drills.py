"""A drill on two screens: only a shift supervisor sends it, it never looks like the real thing, and never stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.conftest import DRILLING_BUREAU
from tests.end_to_end.the_screen import Site, chosen, faults, misfits, owned, register, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.end_to_end.conftest import OpenPage, Product

MUSEUM = Site("77010701", "三坊七巷民俗博物馆", DRILLING_BUREAU)
SCHOOL = Site("77010702", "津泰路幼儿园")


@pytest.fixture(scope="module", autouse=True)
def sites(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One whose bureau has agreed to a window for drills, one whose bureau has not."""
    register(product, tmp_path_factory.mktemp("sheets"), SCHOOL, MUSEUM)


def verified(product: Product, page: Page, site: Site) -> str:
    """An alarm of the site, taken and verified at this desk; its id."""
    send(product, site.account, "1130 01 003")
    alarm = chosen(page, site.name)
    page.keyboard.press("a")
    owned(page, alarm, "我")
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.locator(".form input[name=note]").fill("演练脚本第 3 条")
    page.keyboard.press("Enter")
    page.locator("[data-track=verification][data-state=confirmed]:not([data-pending])").wait_for()
    return alarm


@pytest.mark.parametrize(
    ("mark", "word", "button"), [("exercise", "演练", "按演练发送"), ("test", "测试", "按测试发送")]
)
def test_a_drill_says_so_on_both_screens_and_the_real_report_takes_its_place(
    product: Product, open_page: OpenPage, mark: str, word: str, button: str
) -> None:
    boss, police = open_page("shift_supervisor", "/desk"), open_page("police", "/police")
    verified(product, boss, MUSEUM)
    boss.keyboard.press("e")
    boss.locator(".form.armed .btn", has_text=button).click()
    track = boss.locator("[data-track=escalation]:not([data-state=none]):not([data-pending])")
    track.locator("li", has_text=word).wait_for()

    row = police.locator(".list .row.new", has_text=MUSEUM.name)
    row.filter(has=police.locator(".tag.drill", has_text=word)).locator(".open").click()
    loud = police.locator(f"main .drill[data-mark={mark}]", has_text=word)
    loud.wait_for()
    assert "不是真实警情，请勿派警。" in loud.inner_text()
    assert police.locator("main", has_text="新报告，待签收").count() == 0
    assert "演练不得转警" in police.locator(".police-acts .btn", has_text="转警").inner_text()
    assert faults(police) == []
    assert misfits(police) == []

    boss.keyboard.press("e")
    boss.locator(".form.armed").wait_for()
    assert boss.locator(".form.armed [data-mark]").count() == 0
    boss.keyboard.press("Enter")
    row.filter(has_not=police.locator(".tag.drill")).locator(".open").click()
    row.locator(".tag.drill").wait_for(state="detached")
    police.locator("main .loud", has_text="新报告，待签收").wait_for()
    assert police.locator("main .drill").count() == 0
    police.keyboard.press("s")
    track.locator("li", has_text="公安签收").wait_for()
    assert track.locator("li", has_text=word).count() == 0
    boss.keyboard.press("c")
    boss.locator(".form input[name=text]").fill("演练结束")
    boss.keyboard.press("Enter")
    boss.locator(".queue .row", has_text=MUSEUM.name).wait_for(state="detached")


def test_an_operator_is_offered_no_drill_and_without_a_window_it_goes_nowhere(
    product: Product, open_page: OpenPage
) -> None:
    desk, boss = open_page("operator", "/desk"), open_page("shift_supervisor", "/desk")
    verified(product, desk, SCHOOL)
    desk.keyboard.press("e")
    desk.locator(".form.armed").wait_for()
    assert desk.locator(".form.armed [data-mark]").count() == 0
    desk.keyboard.press("Escape")

    chosen(boss, SCHOOL.name)
    boss.locator("[data-track=verification][data-state=confirmed]").wait_for()
    boss.keyboard.press("e")
    boss.locator(".form.armed [data-mark=exercise]").wait_for()
    assert faults(boss) == []
    assert misfits(boss) == []
    boss.locator(".form.armed [data-mark=exercise]").click()
    boss.locator(".band.calm", has_text="此演练没有可去之处").wait_for()
    boss.locator("[data-track=escalation][data-state=none]").wait_for()
