"""The centre adds to its report, the police send it back and sign for it again: on two screens at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.test_screens import report
from tests.end_to_end.the_screen import Site, chosen, register, send

if TYPE_CHECKING:
    from tests.end_to_end.conftest import OpenPage, Product

BANK = Site("77010388", "东湖路储蓄所")


@pytest.fixture(scope="module", autouse=True)
def sites(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Registered once."""
    register(product, tmp_path_factory.mktemp("sheets"), BANK)


def test_a_report_is_added_to_returned_and_signed_for_again(product: Product, open_page: OpenPage) -> None:
    desk, police = open_page("operator", "/desk"), open_page("police", "/police")
    send(product, BANK.account, "1130 01 009")
    chosen(desk, BANK.name)
    report(desk, "店内 2 人")
    police.locator(".list .row.new", has_text=BANK.name).locator(".open").click()
    desk.locator("[data-senders] button", has_text="补充报告").click()
    desk.fill("[data-senders] input[name=text]", "两人往北走")
    desk.keyboard.press("Enter")
    police.locator("[data-addition=supplement]", has_text="两人往北走").wait_for()

    police.keyboard.press("r")
    police.select_option("select[name=reason]", "unclear")
    police.fill("form input[name=text]", "哪个门？")
    police.keyboard.press("Enter")
    desk.locator("[data-track=escalation][data-state=returned]", has_text="哪个门？").wait_for()
    police.locator("main[data-state=returned]").wait_for()
    police.keyboard.press("Escape")
    police.keyboard.press("s")
    desk.locator("[data-track=escalation][data-state=signed_for]").wait_for()
