"""At the door: who comes second, who may only look, who is no one, and a screen that hears nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.end_to_end.the_screen import Site, chosen, me, register, send, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page, WebSocketRoute

    from tests.end_to_end.conftest import Product

    SignIn = Callable[[str], Page]

PHARMACY = Site("77010212", "津泰路药店")
ROUTES = [
    ("GET", "/api/me"),
    ("GET", "/api/alarms"),
    ("GET", "/api/alarms/any"),
    ("POST", "/api/alarms/any/claim"),
    ("POST", "/api/alarms/any/verify"),
    ("POST", "/api/alarms/any/escalate"),
    ("POST", "/api/alarms/any/close"),
    ("GET", "/api/escalations"),
    ("POST", "/api/escalations/any/sign-for"),
    ("GET", "/api/tickets/0/any"),
    ("GET", "/openapi.json"),
]


def test_a_second_operator_is_told_who_was_first_and_an_inspector_only_looks(
    product: Product, sign_in: SignIn, tmp_path: Path
) -> None:
    register(product, tmp_path, PHARMACY)
    desk = sign_in("operator")
    send(product, PHARMACY.account, "1130 01 004")
    alarm = chosen(desk, PHARMACY.name)
    desk.keyboard.press("a")
    state_of_owner = desk.locator(f".queue .row[data-alarm='{alarm}'] .owner", has_text="我")
    state_of_owner.wait_for()

    with signed_in(product, "shift_supervisor") as second:
        refused = second.post(f"/api/alarms/{alarm}/claim", json={})
    assert refused.status_code == httpx.codes.CONFLICT
    assert refused.json()["type"] == "urn:jiejing:alarm.claimed_by_other"
    assert refused.json()["params"]["holder"] == me(product, "operator")["id"]

    inspector = sign_in("inspector")
    inspector.goto(f"{product.web}/desk")
    inspector.locator(f".queue .row[data-alarm='{alarm}'] .open").click()
    inspector.locator(f"main[data-alarm='{alarm}'] [data-only-looks]", has_text="你的角色只能查看").wait_for()
    assert inspector.locator("main").inner_text().count("你的角色只能查看") == 1
    assert inspector.locator("main .act .btn").count() == 0

    desk.keyboard.press("c")
    desk.keyboard.type("试验后结束")
    desk.keyboard.press("Enter")
    desk.locator(f".queue .row[data-alarm='{alarm}']").wait_for(state="detached")


def test_a_screen_that_hears_nothing_says_so_and_lets_nobody_act(product: Product, sign_in: SignIn) -> None:
    page = sign_in("operator").context.new_page()
    muted = False

    def through(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: None if muted else socket.send(message))

    page.route_web_socket("**/v1/feed", through)
    page.goto(f"{product.web}/desk")
    page.locator("[data-connection=connected]").wait_for()
    muted = True
    page.locator(".band[role=alert]", has_text="画面停在").wait_for()
    assert page.locator("main .buttons .btn:not([aria-disabled=true])").count() == 0
    muted = False
    page.locator("[data-connection=connected]").wait_for()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_stranger_gets_nothing(product: Product, method: str, path: str) -> None:
    answer = httpx.request(method, product.web + path, json={} if method == "POST" else None, timeout=30)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["what_to_do"]


def test_a_wrong_password_is_told_what_to_do(product: Product, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.goto(product.web)
    page.fill("input[name=username]", "nobody")
    page.fill("input[name=password]", "wrong")
    page.keyboard.press("Enter")
    page.locator("[role=alert]", has_text="用户名或密码不对").wait_for()
    assert page.evaluate("document.activeElement.name") == "password"
