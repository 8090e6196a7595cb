"""The desk and the police page at work: what they show, what they let a person do, and what they say when something is wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.end_to_end.the_screen import (
    Site,
    SlowFeed,
    acts_on,
    chosen,
    edited,
    emptied,
    me,
    owned,
    register,
    send,
    signed_in,
)

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, Route, WebSocket

    from tests.end_to_end.conftest import OpenPage, Product

JEWELLER = Site("77010301", "台江区恒昌珠宝")
PHARMACY = Site("77010302", "津泰路药店")
CLINIC = Site("77010303", "温泉支路口腔诊所")
TEA = Site("77010304", "五一北路茶庄")
PHONES = Site("77010305", "西洪路手机店")
GARAGE = Site("77010306", "鼓西路电动车库房")
SCHOOL = Site("77010307", "仓山区实验小学")
KIOSK = Site("77010309", "乌塔路报刊亭")
UNKNOWN = "77019004"
OVERTAKEN = Site("77019005", "乌山路茶叶店")
# To the browser its driver's questions are a person's touch; here only a key is.
UNTOUCHED = """
  let touched = false;
  addEventListener('keydown', () => { touched = true; }, true);
  Object.defineProperty(navigator, 'userActivation', {get: () => ({hasBeenActive: touched, isActive: touched})});
"""


@pytest.fixture(scope="module", autouse=True)
def sites(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All of them registered once."""
    register(
        product,
        tmp_path_factory.mktemp("sheets"),
        JEWELLER,
        PHARMACY,
        CLINIC,
        TEA,
        PHONES,
        GARAGE,
        SCHOOL,
        KIOSK,
    )


def report(page: Page, note: str) -> None:
    """Take the chosen alarm, verify it as confirmed, report it, by keys alone."""
    page.keyboard.press("a")
    page.locator(".queue .row[aria-current=true]:not([data-pending]) .owner", has_text="我").wait_for()
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type(note)
    page.keyboard.press("Enter")
    page.locator("[data-track=verification][data-state=confirmed]:not([data-pending])").wait_for()
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    page.locator("[data-track=escalation]:not([data-state=none]):not([data-pending])").wait_for()


def test_two_zones_in_succession_suggest_to_report_at_once_and_say_why(
    product: Product, open_page: OpenPage
) -> None:
    desk = open_page("operator", "/desk")
    send(product, JEWELLER.account, "1130 01 003", "1130 01 004")
    chosen(desk, JEWELLER.name)
    advice = desk.locator(".advice")
    advice.wait_for()
    assert "建议立即报告" in advice.inner_text()
    assert re.search(r"相隔 \d+ 秒：防区 0*3，其后 防区 0*4", advice.inner_text())
    assert desk.locator(".side .signals li").count() == 2
    desk.locator(".story li[data-type='alarm.occurred.v1']").wait_for()
    assert desk.locator("main .pri").get_attribute("data-p") == "1"


def test_filing_state_and_reference_are_shown_to_operators_and_inspectors(
    product: Product, open_page: OpenPage
) -> None:
    send(product, JEWELLER.account, "1130 01 003")
    for role in ("operator", "inspector"):
        desk = open_page(role, "/desk")
        chosen(desk, JEWELLER.name)
        facts = desk.locator("[data-part=facts]").inner_text()
        assert "已备案" in facts
        assert "2024-03-01" in facts


def test_an_alarm_is_noted_released_handed_over_and_taken_over_by_keys(
    product: Product, open_page: OpenPage
) -> None:
    desk, boss = open_page("operator", "/desk"), open_page("shift_supervisor", "/desk")
    send(product, PHARMACY.account, "1120 01 001")
    alarm = chosen(desk, PHARMACY.name)
    desk.keyboard.press("a")
    owned(desk, alarm, "我")

    desk.keyboard.press("n")
    desk.keyboard.type("店长称无人")
    desk.keyboard.press("Enter")
    desk.locator(".story li[data-type='alarm.noted.v1']", has_text="店长称无人").wait_for()

    desk.keyboard.press("r")
    desk.keyboard.press("Enter")
    owned(desk, alarm, "未接手")

    chosen(boss, PHARMACY.name)
    boss.keyboard.press("a")
    owned(boss, alarm, "我")
    boss.keyboard.press("r")
    boss.select_option("select[name=to]", me(product, "operator")["id"])
    boss.keyboard.press("Enter")
    owned(desk, alarm, "我")
    owned(boss, alarm, "值机员")

    boss.keyboard.press("t")
    boss.keyboard.type("交班")
    boss.keyboard.press("Enter")
    owned(boss, alarm, "我")
    boss.locator(".story li[data-type='alarm.taken_over.v1']", has_text="交班").wait_for()
    assert acts_on(product, alarm) == ["claimed", "noted", "released", "claimed", "handed_over", "taken_over"]


def test_an_act_is_drawn_as_pending_until_its_decision_is_read(product: Product, open_page: OpenPage) -> None:
    held: list[Route] = []
    desk = open_page("operator", "/desk")
    send(product, CLINIC.account, "1130 01 002")
    alarm = chosen(desk, CLINIC.name)
    desk.route(f"**/api/alarms/{alarm}/claim", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks its handlers
    desk.locator("[data-connection=connected]").wait_for()  # a key says only why, while no beat comes through
    desk.keyboard.press("a")
    pending = desk.locator(f".queue .row[data-alarm='{alarm}'][data-pending]")
    pending.wait_for()
    assert "我 · 等待记录" in pending.inner_text()
    assert desk.locator("main .buttons .btn:not([aria-disabled=true])").count() == 0
    held[0].continue_()
    owned(desk, alarm, "我")
    desk.locator(".answer", has_text="后已入记录").wait_for()


def test_a_refusal_says_who_was_first_and_offers_to_take_over(product: Product, open_page: OpenPage) -> None:
    feed = SlowFeed()
    desk = open_page("operator", "/desk", before=feed.route)
    send(product, TEA.account, "1130 01 002")
    alarm = chosen(desk, TEA.name)
    feed.slow = True
    with signed_in(product, "shift_supervisor") as boss:
        assert boss.post(f"/api/alarms/{alarm}/claim", json={}).status_code == httpx.codes.OK
        name = boss.get("/api/me").json()["display_name"]
    desk.locator("[data-connection=connected]").wait_for()  # no beat came through while this test was busy
    desk.keyboard.press("a")
    band = desk.locator(".band.calm", has_text=name)
    band.wait_for()
    assert "什么都没有改变" in band.inner_text()
    feed.catch_up()
    band.locator("b", has_text=re.compile(r"已于 \d\d:\d\d:\d\d 接手")).wait_for()
    desk.keyboard.press("t")
    desk.locator("form[aria-label=接管] input").wait_for()
    desk.keyboard.type("对方离开工位")
    desk.keyboard.press("Enter")
    owned(desk, alarm, "我")
    assert acts_on(product, alarm) == ["claimed", "taken_over"]


def test_single_keys_are_off_in_fields_and_while_a_method_composes(
    product: Product, open_page: OpenPage
) -> None:
    desk = open_page("operator", "/desk")
    send(product, PHONES.account, "1130 01 002")
    alarm = chosen(desk, PHONES.name)
    desk.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', isComposing: true, bubbles: true}))"
    )
    desk.keyboard.press("/")
    desk.keyboard.type("aecnrt")
    assert desk.input_value("input[name=search]") == "aecnrt"
    desk.keyboard.press("Escape")
    assert acts_on(product, alarm) == []
    desk.keyboard.press("?")
    desk.locator("dialog.sheet").wait_for()
    desk.keyboard.press("a")
    desk.keyboard.press("Escape")
    desk.locator("dialog.sheet").wait_for(state="detached")
    assert acts_on(product, alarm) == []


def test_search_finds_by_site_account_and_number(product: Product, open_page: OpenPage) -> None:
    desk = open_page("operator", "/desk")
    send(product, PHONES.account, "1130 01 002")
    alarm = chosen(desk, PHONES.name)
    number = desk.locator("main .title .facts b").first.inner_text()
    for words in (PHONES.name, PHONES.account, number):
        desk.keyboard.press("/")
        desk.keyboard.type(words)
        desk.locator(".found .row[aria-current=true]", has_text=PHONES.name).wait_for()
        desk.keyboard.press("Enter")
        desk.locator(f"main[data-alarm='{alarm}']").wait_for()


def test_an_unknown_account_is_registered_from_its_alarm(product: Product, open_page: OpenPage) -> None:
    send(product, UNKNOWN, "1130 01 001")
    desk = open_page("shift_supervisor", "/desk")
    chosen(desk, UNKNOWN)
    desk.get_by_role("button", name="登记此账号").click()
    desk.fill("input[name=name]", "乌山路便利店")
    provider = desk.locator("select[name=provider] option", has_text="福州安澜")
    desk.select_option("select[name=provider]", provider.first.get_attribute("value"))
    desk.fill("input[name=division]", "350102")
    desk.fill("input[name=bureau]", "350102510000")
    desk.keyboard.press("Enter")
    desk.locator(".queue .row .name", has_text="乌山路便利店").wait_for()
    desk.locator(".unknown").wait_for(state="detached")


def test_a_signal_that_was_faster_than_its_sites_entry_comes_to_that_site_and_hears_its_restore(
    product: Product, open_page: OpenPage, tmp_path: Path
) -> None:
    send(product, OVERTAKEN.account, "1130 01 001")
    desk = open_page("operator", "/desk")
    alarm = chosen(desk, OVERTAKEN.account)
    desk.locator("main .unknown").wait_for()
    register(product, tmp_path, OVERTAKEN)
    desk.locator(f".queue .row[data-alarm='{alarm}'] .name", has_text=OVERTAKEN.name).wait_for()
    desk.locator(".unknown").wait_for(state="detached")
    send(product, OVERTAKEN.account, "1130 01 002")
    of_the_site = desk.locator(".queue .row .name", has_text=OVERTAKEN.name)
    of_the_site.nth(1).wait_for()
    assert desk.locator(".queue .row .name", has_text=OVERTAKEN.account).count() == 0
    send(product, OVERTAKEN.account, "3130 01 001")
    desk.locator(f".queue .row[data-alarm='{alarm}']", has_text="已恢复").wait_for()


def test_a_stalled_feed_is_said_and_nothing_can_be_done(product: Product, open_page: OpenPage) -> None:
    desk = open_page("operator", "/desk")
    send(product, GARAGE.account, "1130 01 002")
    alarm = chosen(desk, GARAGE.name)
    said: list[dict[str, Any]] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: said.append(json.loads(frame)))

    desk.on("websocket", opened)
    with product.frozen("feed"):
        band = desk.locator("[data-band=stale]", has_text="画面停在")
        band.wait_for()
        assert desk.locator(".btn:not([aria-disabled=true])", has_text="接手").count() == 0
        struck = desk.locator(".age").first.evaluate("(one) => getComputedStyle(one).textDecorationLine")
        assert struck == "line-through"
        for key in "aecvnrt":
            desk.keyboard.press(key)
        assert desk.locator("main .form").count() == 0
        with signed_in(product, "shift_supervisor") as boss:
            assert boss.post(f"/api/alarms/{alarm}/claim", json={}).status_code == httpx.codes.OK
            name = boss.get("/api/me").json()["display_name"]
        desk.wait_for_event("websocket")  # the desk gives the silent connection up
    owned(desk, alarm, name)
    desk.locator("[data-connection=connected]").wait_for()
    assert desk.locator(f".queue .row[data-alarm='{alarm}']").count() == 1
    assert acts_on(product, alarm) == ["claimed"]
    assert {frame["type"] for frame in said} == {"feed.resume.v1"}
    assert said[0]["positions"]


def test_a_router_that_does_not_decide_opens_the_undecided_lane(
    product: Product, open_page: OpenPage
) -> None:
    desk = open_page("operator", "/desk")
    with product.frozen("router"):
        send(product, SCHOOL.account, "1130 01 005")
        raw = desk.locator("[data-undecided]", has_text=SCHOOL.account)
        raw.wait_for()
        band = desk.locator("[data-stopped]")
        band.wait_for()
        assert "停止判断" in band.inner_text()
        assert desk.locator("[data-undecided-count]").get_attribute("data-undecided-count") != "0"
        assert raw.locator(".pri, .owner").count() == 0
        raw.get_by_role("button", name="录入").click()
        desk.keyboard.type("电话告知校长，已到校")
        desk.keyboard.press("Enter")
        raw.locator(".small", has_text="已录入 1").wait_for()
    desk.locator("[data-undecided]").wait_for(state="detached")
    desk.locator("[data-stopped]").wait_for(state="detached")
    chosen(desk, SCHOOL.name)
    desk.locator(".story li", has_text="电话告知校长，已到校").wait_for()


def test_an_empty_queue_proves_that_it_is_empty(open_page: OpenPage) -> None:
    desk = open_page("operator", "/desk", before=edited(emptied))
    empty = desk.locator("[data-empty]")
    empty.wait_for()
    assert re.search(r"最近一次心跳 \d\d:\d\d:\d\d，12 个分区都在判断", empty.inner_text())
    assert "末条信号" in empty.inner_text()
    received, *became = map(int, empty.locator(".sofar dd").all_inner_texts())
    assert received == sum(became) > 0


def test_what_has_not_arrived_is_flat_bars_and_said_to_be_incomplete(open_page: OpenPage) -> None:
    def late(frame: dict[str, Any]) -> dict[str, Any] | None:
        return None if frame["type"] != "feed.beat.v1" else {**frame, "positions": []}

    desk = open_page("operator", "/desk", before=edited(late))
    desk.locator("[data-loading]", has_text="尚不完整").wait_for()
    assert desk.locator(".queue .ghost").count() == 3
    assert desk.locator("[data-empty]").count() == 0


def test_a_part_that_failed_says_what_is_missing_and_the_rest_lives_on(
    product: Product, open_page: OpenPage
) -> None:
    def failing(page: Page) -> None:
        problem = {"type": "urn:jiejing:database.away", "title": "数据库暂时不可用", "status": 503}
        page.route(
            re.compile(r"/api/alarms/[^/]+$"),
            lambda route: route.fulfill(
                status=503, content_type="application/problem+json", body=json.dumps(problem)
            ),
        )

    send(product, PHONES.account, "1130 01 002")
    desk = open_page("operator", "/desk", before=failing)
    chosen(desk, PHONES.name)
    failed = desk.locator(".story [data-part-failed]")
    failed.wait_for()
    assert re.search(r"经过取不到（\d\d:\d\d:\d\d 起）", failed.inner_text())
    assert desk.locator(".queue .row").count() > 0
    assert desk.locator("[data-part=facts]").is_visible()
    desk.unroute(re.compile(r"/api/alarms/[^/]+$"))
    failed.get_by_role("button").click()
    desk.locator(".story li[data-type='alarm.raised.v1']").wait_for()


def test_the_truth_bar_accounts_for_every_signal_and_says_sound_only_after_it_was_heard(
    product: Product, open_page: OpenPage
) -> None:
    desk = open_page("operator", "/desk", before=lambda page: page.add_init_script(UNTOUCHED))
    desk.locator("[data-sound=blocked]").wait_for()
    desk.locator("[data-band=sound]").wait_for()
    desk.keyboard.press("j")
    desk.locator("[data-sound=on]").wait_for()
    desk.locator("[data-band=sound]").wait_for(state="detached")
    desk.keyboard.press("s")
    desk.locator("[data-sound=silenced]").wait_for()
    send(product, PHONES.account, "1130 01 002")
    desk.locator("[data-unaccounted='0']").wait_for(state="attached")
    desk.locator("[data-undecided-count='0']").wait_for()


def test_history_shows_an_alarm_as_it_stood_and_exports_what_anybody_can_check(
    product: Product, open_page: OpenPage, tmp_path: Path
) -> None:
    desk = open_page("operator", "/desk")
    send(product, KIOSK.account, "1130 01 007")
    alarm = chosen(desk, KIOSK.name)
    report(desk, "门已撬开")

    past = open_page("inspector", f"/history/{alarm}", live=False)
    past.locator("tr[data-record=past]", has_text="报告公安机关").wait_for()
    assert past.locator("h1.past").inner_text() == "历史，非实时"
    past.locator(".then .kv", has_text="确认警情").wait_for()
    while not past.locator("tr[data-record=later]", has_text="核实").count():
        past.keyboard.press("ArrowLeft")
    past.locator("tr.cut", has_text="当时尚未发生").wait_for()
    past.locator(".then .kv", has_text="等待核实").wait_for()
    assert past.locator("tr[data-record=past]", has_text="接手").count() == 1
    assert re.search(r"\?at=\d+$", past.url)
    shown = past.locator("[data-at]").inner_text()
    past.reload()
    past.locator("tr.cut").wait_for()
    assert past.locator("[data-at]").inner_text() == shown

    past.fill("input[name=at]", "2020-01-01 00:00:00")
    past.keyboard.press("Enter")
    past.locator(".then", has_text="尚未产生").wait_for()
    past.locator("main").click()
    with past.expect_download() as kept:
        past.keyboard.press("x")
    file = tmp_path / kept.value.suggested_filename
    kept.value.save_as(file)
    past.locator(".export [role=status]", has_text=file.name).wait_for()
    checked = product.run("verify", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
