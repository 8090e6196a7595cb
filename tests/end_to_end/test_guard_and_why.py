"""Guards on the desk, duress by one key, and why: by keys, through a real feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.the_screen import SMALL, Site, chosen, faults, misfits, owned, register, send, signed_in

if TYPE_CHECKING:
    from tests.end_to_end.conftest import OpenPage, Product

JEWELLER = Site("77030301", "鳌峰路金店")
STATION = Site("77030302", "连江北路加油站")


@pytest.fixture(scope="module", autouse=True)
def sites(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both registered once."""
    register(product, tmp_path_factory.mktemp("sheets"), JEWELLER, STATION)


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


def test_under_duress_one_key_reports_and_nobody_may_call(product: Product, open_page: OpenPage) -> None:
    desk, police = open_page("operator", "/desk"), open_page("police", "/police")
    send(product, STATION.account, "1121 01 002", "1401 01 002")
    alarm = chosen(desk, STATION.name)
    never = desk.locator(".never-call")
    never.wait_for()
    assert "不得回拨现场" in never.inner_text()
    desk.keyboard.press("o")
    assert desk.locator("[data-part=people]").count() == 0
    desk.keyboard.press("e")
    desk.locator("[data-track=escalation]:not([data-state=none]):not([data-pending])").wait_for()
    owned(desk, alarm, "我")
    police.locator(".row", has_text=STATION.name).first.wait_for()

    desk.keyboard.press("v")
    offered = desk.locator(".form select[name=kind] option").all_inner_texts()
    assert "电话" not in offered
    assert "胁迫码" in offered
    desk.keyboard.press("Escape")
    desk.keyboard.press("g")
    desk.keyboard.press("Enter")
    desk.locator("[data-track=guard][data-state=ordered]", has_text="在外待命").wait_for()

    send(product, STATION.account, "1406 01 002")
    with signed_in(product, "operator") as client:
        seen = client.get(f"/api/alarms/{alarm}").json()
        reasons = client.get(f"/api/alarms/{alarm}/why").json()["reasons"]
    assert (seen["state"], seen["occurrence_count"], seen["occurrences"][0]["restored_at"]) == (
        "open",
        1,
        None,
    )
    assert all(one["holds"] for one in reasons)
    assert {"duress.no_call", "escalation.verified", "guard.stands_off"} <= {one["rule"] for one in reasons}
