"""Guards on the desk, duress by one key, and why: by keys, through a real feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import SMALL, Site, chosen, faults, misfits, owned, register, send

if TYPE_CHECKING:
    from tests.end_to_end.conftest import OpenPage, Product

JEWELLER = Site("77030301", "鳌峰路金店")


@pytest.fixture(scope="module", autouse=True)
def sites(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Registered once."""
    register(product, tmp_path_factory.mktemp("sheets"), JEWELLER)


def test_a_guard_is_sent_and_radioed_in_by_keys_and_why_is_told(
    product: Product, open_page: OpenPage
) -> None:
    desk, boss = open_page("operator", "/desk"), open_page("shift_supervisor", "/desk")
    send(product, JEWELLER.account, "1130 01 003")
    alarm = chosen(desk, JEWELLER.name)
    row = desk.locator(f".queue .row[data-alarm='{alarm}']")
    row.locator(".mini", has_text="未派保安").wait_for()
    desk.keyboard.press("g")
    desk.keyboard.type("3号车")
    desk.keyboard.press("Enter")
    track = desk.locator("[data-track=guard]")
    desk.locator("[data-track=guard][data-state=ordered]:not([data-pending])", has_text="3号车").wait_for()
    row.locator(".owner", has_text="未接手").wait_for()

    chosen(boss, JEWELLER.name)
    boss.keyboard.press("g")
    boss.locator(".form .choice .btn", has_text="已到场").click()
    desk.locator("[data-track=guard][data-state=arrived]").wait_for()
    desk.keyboard.press("a")
    owned(desk, alarm, "我")
    desk.keyboard.press("g")
    desk.locator(".form .choice .btn", has_text="查看结果").click()
    desk.locator(".form .choice .btn", has_text="有闯入痕迹").click()
    desk.locator(".form input[name=note]").fill("后门撬开")
    desk.keyboard.press("Enter")
    track.locator("li", has_text="有闯入痕迹：后门撬开").wait_for()
    advice = desk.locator(".advice[data-rule=guard_confirmed]")
    advice.wait_for()
    assert "SH-2010:(3)" in advice.inner_text()

    desk.keyboard.press("w")
    why = desk.locator(".reasons li[data-rule='report_at_once.guard_confirmed'][data-holds=true]")
    why.wait_for()
    assert "有闯入痕迹" in why.inner_text()
    assert "重算一致" in why.inner_text()
    assert faults(desk) == []
    desk.set_viewport_size(SMALL)
    assert misfits(desk) == []
