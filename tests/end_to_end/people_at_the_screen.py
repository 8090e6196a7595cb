"""The people of a story at real screens: each works a page in Chinese by its keys, and sees what stands there.

The other adapter of `services.station.demo.people`. Whoever acts waits for the page to say that it is in the record;
what is refused is refused by the page: the act cannot be chosen there.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from services.station.demo.people import Scene, StoryBroken
from tests.end_to_end.conftest import PATIENCE_MS, SIZE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser, Locator, Page

    from services.station.demo.story import Step
    from tests.end_to_end.conftest import Product

    Gesture = Callable[[Page, dict[str, Any]], Awaitable[str]]

SEEN_S = 90.0
STEP_S = 0.1
START = {"operator": "/desk", "police": "/police", "inspector": "/regulator"}
RESULTS = ("confirmed", "false_alarm", "undetermined")  # under the keys 1 2 3
STAGES = {
    "accepted": "已接令",
    "en_route": "在途",
    "arrived": "已到场",
    "searched": "已查看",
    "left": "已离开",
}


class PeopleAtTheScreen:
    """A page for each role, opened when somebody has to do or see something there, and kept for the next story."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self._browser, self._product = browser, product
        self._pages: dict[str, Page] = {}
        self._looks: dict[str, str] = {}

    async def open_alarms(self, scene: Scene) -> list[str]:
        """Of the site's name in the operator's queue."""
        queue = (await self._page("operator")).locator(".queue")
        await queue.locator(".head b", has_text=re.compile(r"^\d+$")).wait_for()
        rows = queue.locator(".row", has_text=scene.site)
        return [str(await row.get_attribute("data-alarm")) for row in await rows.all()]

    async def act(self, scene: Scene, step: Step) -> None:
        """By keys, as the help of the page names them."""
        page = await self._page(step.who)
        if step.looks:
            await self._look(page, scene, step)
        elif step.who == "police":
            await self._choose_report(page, scene)
            await _done(page, await POLICE[step.does](page, step.body))
        else:
            await page.locator(f".queue .row[data-alarm='{scene.alarm}'] .open").click()
            await page.locator(f"main[data-alarm='{scene.alarm}']").wait_for()
            if step.refused:
                await REFUSED[step.does](page, step.body)
                return
            await _done(page, await DESK[re.sub(r"\{.*\}", "*", step.does)](page, step.body))
            if step.does == "close":
                row = page.locator(f".queue .row[data-alarm='{scene.alarm}']")
                await row.wait_for(state="detached")

    async def read_back(self, scene: Scene, step: Step) -> None:
        """Each person sees all of their words, and none of those that must not stand there, at one moment."""
        for who in (*step.sees, *(who for who in step.unseen if who not in step.sees)):
            wanted, unwanted, text = step.sees.get(who, ()), step.unseen.get(who, ()), ""
            for _ in range(int(SEEN_S / STEP_S)):
                text = await self._text(who, scene)
                if all(word in text for word in wanted) and not any(word in text for word in unwanted):
                    break
                await asyncio.sleep(STEP_S)
            else:
                missing = [word for word in wanted if word not in text]
                there = [word for word in unwanted if word in text]
                raise StoryBroken(
                    f"after {step.says.zh!r} {who} misses {missing}, and sees {there}, in: {text}"
                )

    async def take_away(self, alarm: str, folder: Path) -> Path:
        """What the inspector, who looks at the alarm's history, exports there."""
        page = await self._page("inspector")
        assert alarm in page.url
        await page.locator("main").click()
        async with page.expect_download() as kept:
            await page.keyboard.press("x")
        file = folder / (await kept.value).suggested_filename
        await (await kept.value).save_as(file)
        await page.locator(".export [role=status]", has_text=file.name).wait_for()
        return file

    async def _page(self, who: str) -> Page:
        if who not in self._pages:
            context = await self._browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            page = self._pages[who] = await context.new_page()
            account = self._product.account(who)
            await page.goto(f"{self._product.web}{START[who]}")
            await page.fill("input[name=username]", account["username"])
            await page.fill("input[name=password]", account["password"])
            await page.keyboard.press("Enter")
            await page.locator("[data-connection=connected]").wait_for()
        return self._pages[who]

    async def _choose_report(self, page: Page, scene: Scene) -> None:
        """The one that nobody has signed for; once it is chosen it stays so."""
        if await page.locator("main h1", has_text=scene.site).count() == 0:
            await page.locator(".list .row.new", has_text=scene.site).first.locator(".open").click()
            await page.locator("main h1", has_text=scene.site).wait_for()

    async def _look(self, page: Page, scene: Scene, step: Step) -> None:
        self._looks[step.who] = step.looks
        if step.looks == "history":
            await page.locator("nav a", has_text="监管").click()
            await page.fill("input[name=q]", scene.account)
            await page.keyboard.press("Enter")
            await page.locator(f"tr[data-alarm='{scene.alarm}'] td:first-child a").click()
            await page.locator("tr[data-record=past]").first.wait_for()
            return
        await page.locator("nav a", has_text="中断").first.click()
        await page.select_option("select[name=kind]", step.body.get("kind", ""))
        await page.select_option("select[name=state]", step.body.get("state", "all"))
        await page.locator("main .head", has_text="已显示").wait_for()
        if step.looks == "interruption":
            await page.locator("tr[data-interruption]", has_text=scene.site).locator("a").first.click()
            await page.locator("main h1", has_text=scene.site).wait_for()

    async def _text(self, who: str, scene: Scene) -> str:
        """What stands where they look: the chosen alarm or report, the site's rows of a list, a page of history."""
        page = await self._page(who)
        if self._looks.get(who) == "history":
            return await page.locator("body").inner_text()
        if self._looks.get(who) == "interruptions":
            rows = page.locator("tr[data-interruption]", has_text=scene.site)
            return "\n".join(await rows.all_inner_texts())
        if who == "police":
            await self._choose_report(page, scene)
        if who == "operator" and not await page.locator(f"main[data-alarm='{scene.alarm}']").count():
            await page.locator(f".queue .row[data-alarm='{scene.alarm}'] .open").click()
        return await page.locator("main").inner_text()


async def _done(page: Page, word: str) -> None:
    """The page says that the act is in the record; what it says instead ends the story."""
    recorded = page.locator(".answer", has_text=re.compile(f"{word}：.*已入记录"))
    refused = page.locator(".band.calm")
    await recorded.or_(refused).first.wait_for()
    if await refused.count():
        raise StoryBroken(await refused.first.inner_text())


def _act(page: Page, word: str, *, able: bool = True) -> Locator:
    return page.locator(f"main .btn[aria-disabled={str(not able).lower()}]", has_text=word)


async def _press(page: Page, key: str, word: str) -> None:
    """The key of an act, once its button says that it can be done."""
    await _act(page, word).first.wait_for()
    await page.keyboard.press(key)


async def _type(page: Page, field: str, text: str) -> None:
    await page.locator(f".form input[name={field}]").fill(text)
    await page.keyboard.press("Enter")


async def _claim(page: Page, _: dict[str, Any]) -> str:
    await _press(page, "a", "接手")
    return "接手"


async def _order_guard(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "g", "保安")
    await _type(page, "unit", body["unit"])
    return "派出保安"


async def _radio_in(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "g", "保安")
    await page.locator(".form .choice .btn", has_text=STAGES[body["step"]]).click()
    return "保安处警"


async def _verify(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "v", "核实")
    (evidence,) = body["evidence"]
    await page.locator(".form select[name=kind]").wait_for()
    await page.keyboard.press(str(RESULTS.index(body["result"]) + 1))
    await page.select_option(".form select[name=kind]", evidence["kind"])
    if "found" in evidence:
        await page.select_option(".form select[name=found]", evidence["found"])
    await _type(page, "note", evidence["note"])
    return "核实"


async def _escalate(page: Page, _: dict[str, Any]) -> str:
    """One key where the page says that it is one, else the key and Enter."""
    alone = await page.locator("main .never-call", has_text="按 E 直接报告公安机关").count()
    await _press(page, "e", "报告公安机关")
    if not alone:
        await page.locator(".form.armed").wait_for()
        await page.keyboard.press("Enter")
    return "报告公安机关"


async def _note(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "n", "备注")
    await _type(page, "text", body["note"])
    return "备注"


async def _close(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "c", "结束")
    await _type(page, "text", body["reason"])
    return "结束"


async def _sign_for(page: Page, body: dict[str, Any]) -> str:
    await page.fill("input[name=incident]", body["police_incident_no"])
    await page.keyboard.press("Enter")
    return "签收"


async def _dispatch(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "d", "派警")
    await _type(page, "unit", body["unit"])
    return "派警"


async def _on_scene(page: Page, _: dict[str, Any]) -> str:
    await _press(page, "o", "到场")
    return "到场"


async def _feed_back(page: Page, body: dict[str, Any]) -> str:
    await _press(page, "f", "反馈")
    await page.locator(".form input[name=text]").fill(body["text"])
    if body["final"]:
        await page.check("input[name=final]")
        await page.keyboard.press("Enter")
        await page.locator(".form .because", has_text="终结须选处置结果").wait_for()
    await page.select_option("select[name=disposition]", body["disposition"])
    await page.locator(".form input[name=text]").press("Enter")
    return "反馈"


async def _cannot_escalate(page: Page, _: dict[str, Any]) -> None:
    await _act(page, "报告公安机关", able=False).wait_for()
    await page.keyboard.press("e")
    await page.keyboard.press("Enter")
    assert await page.locator("main .form").count() == 0


async def _cannot_verify_by_call(page: Page, body: dict[str, Any]) -> None:
    assert [one["kind"] for one in body["evidence"]] == ["call"]
    await page.keyboard.press("o")
    assert await page.locator("[data-part=people]").count() == 0
    await _press(page, "v", "核实")
    offered = await page.locator(".form select[name=kind] option").all_inner_texts()
    assert offered
    assert "电话" not in offered
    await page.keyboard.press("Escape")


DESK: dict[str, Gesture] = {
    "claim": _claim,
    "guards": _order_guard,
    "guards/*/step": _radio_in,
    "verify": _verify,
    "escalate": _escalate,
    "note": _note,
    "close": _close,
}
POLICE: dict[str, Gesture] = {
    "sign-for": _sign_for,
    "police-dispatch": _dispatch,
    "on-scene": _on_scene,
    "feedback": _feed_back,
}
REFUSED: dict[str, Callable[[Page, dict[str, Any]], Awaitable[None]]] = {
    "escalate": _cannot_escalate,
    "verify": _cannot_verify_by_call,
}
