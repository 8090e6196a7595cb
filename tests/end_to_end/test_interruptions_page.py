"""The pages of interruptions: facts with what covers them, work said beforehand, restoration, no word of blame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.end_to_end.the_screen import SMALL, Site, faults, me, misfits, register, send, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import OpenPage, Product

BARBER, WORKSHOP = Site("77020701", "东街理发店"), Site("77020702", "西街修理铺")
BLAME = re.compile("罚|违法|嫌疑|擅自|责任人|penalt|unlawful|suspect", re.IGNORECASE)


def test_facts_windows_and_restoration_on_the_pages(
    product: Product, open_page: OpenPage, tmp_path: Path
) -> None:
    register(product, tmp_path, BARBER, WORKSHOP)
    send(product, BARBER.account, "1301 01 000")
    page = open_page("operator", "/interruptions")
    row = page.locator("tr[data-interruption]", has_text=BARBER.name)
    row.wait_for()
    assert "供电故障" in row.inner_text()
    assert "未恢复" in row.inner_text()
    assert faults(page) == []
    assert misfits(page) == []

    supervisor = open_page("shift_supervisor", "/interruptions/windows")
    supervisor.get_by_role("button", name="登记维保窗口").click()
    supervisor.locator("input[name=find]").fill(WORKSHOP.name)
    supervisor.get_by_role("button", name=re.compile(WORKSHOP.name)).click()
    supervisor.locator("input[name=reference]").fill("修-2026-18")
    assert faults(supervisor) == []
    supervisor.get_by_role("button", name=re.compile("送出")).click()
    supervisor.locator("tr[data-window]", has_text="修-2026-18").wait_for()

    send(product, WORKSHOP.account, "1301 01 000", "3301 01 000")
    send(product, BARBER.account, "3301 01 000")
    page.locator("tr[data-interruption]", has_text=BARBER.name).locator("td", has_text="未恢复").wait_for(
        state="detached"
    )
    page.locator("tr[data-interruption]", has_text=WORKSHOP.name).locator("a").click()
    page.locator("tr[data-fact=power]", has_text="窗口 修-2026-18").wait_for()
    page.locator("tr[data-type='interruption.began.v1']").wait_for()
    page.locator("tr[data-type='interruption.restored.v1']").wait_for()
    assert BLAME.search(page.locator("main").inner_text()) is None
    assert faults(page) == []

    officer = open_page("inspector", "/interruptions")
    officer.select_option("select[name=kind]", "")
    officer.locator("tr[data-interruption]", has_text=WORKSHOP.name).locator("a").first.click()
    officer.locator("[data-type='interruption.restored.v1']").wait_for()
    with officer.expect_download() as kept:
        officer.keyboard.press("x")
    file = tmp_path / kept.value.suggested_filename
    kept.value.save_as(file)
    checked = product.run("verify", str(file))
    assert checked.returncode == 0, checked.stdout
    assert page.locator(".export").count() == 0, "an operator takes no record away"

    supervisor.get_by_role("button", name="结束窗口").first.click()
    supervisor.locator("tr[data-window]", has_text="提前结束").wait_for()


def test_a_regulator_begins_with_the_leads_and_an_empty_list_says_what_it_means(
    open_page: OpenPage,
) -> None:
    page = open_page("inspector", "/interruptions", size=SMALL, language="en")
    page.locator("h1", has_text="Interruptions").wait_for()
    assert page.locator("select[name=kind]").input_value() == "lead"
    page.locator(".nothing", has_text="No interruptions").wait_for()
    assert faults(page) == []
    assert misfits(page) == []


def test_the_police_see_none_of_it(product: Product, open_page: OpenPage) -> None:
    with signed_in(product, "police") as client:
        assert client.get("/api/interruptions").json()["items"] == []
    assert me(product, "police")["roles"] == ["police"]
    page = open_page("police", "/interruptions", live=False)
    page.locator("main.nothing").wait_for()


def test_nothing_of_it_stands_on_an_alarm_or_changes_its_priority(product: Product) -> None:
    with signed_in(product, "operator") as client:
        alarms = client.get("/api/alarms", params={"account": BARBER.account}).json()["items"]
    (alarm,) = [one for one in alarms if one["code"] == "301"]
    assert alarm["priority"] == 4
    assert not any("interruption" in name or "lead" in name for name in alarm)
