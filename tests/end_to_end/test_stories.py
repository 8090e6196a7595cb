"""The stories that we ship, played on the running product by panels over real sockets.

Stories 1, 2 and 4 have their people at real screens; `jiejing demo` has them act over HTTP. One file is the script of both.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from services.runtime.settings import Address
from services.station.demo.http_people import HttpPeople
from services.station.demo.people import StoryBroken
from services.station.demo.player import (
    Player,
    register_bureaus,
    register_sheet,
    until_received,
    until_told,
)
from services.station.demo.story import STORIES, read_story
from services.station.doctor import BROWSERS
from tests.end_to_end.conftest import FLAGS
from tests.end_to_end.people_at_the_screen import PeopleAtTheScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.end_to_end.conftest import Product

    Run = Callable[[Coroutine[Any, Any, Any]], Any]

FAST = 1000.0
AT_SCREENS = ("burglary", "duress", "outage")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs a coroutine in a thread of its own: the other tests' browser has a loop in this one."""
    runner = asyncio.Runner()
    with ThreadPoolExecutor(1) as elsewhere:
        yield lambda coroutine: elsewhere.submit(runner.run, coroutine).result()
        elsewhere.submit(runner.close).result()


@pytest.fixture(scope="module")
def people(product: Product, run: Run) -> Iterator[PeopleAtTheScreen]:
    """The same people, at the same screens, for all stories."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        pytest.skip("no chromium on this machine: the stories were not played at screens")
    from playwright.async_api import async_playwright

    open_ = AsyncExitStack()

    async def arrive() -> PeopleAtTheScreen:
        playwright = await open_.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        open_.push_async_callback(browser.close)
        return PeopleAtTheScreen(browser, product)

    yield run(arrive())
    run(open_.aclose())


async def play(product: Product, people: PeopleAtTheScreen, name: str, folder: Path) -> tuple[str, Path]:
    """The whole story; its alarm, and what the inspector takes away at the end."""
    story = read_story(name)
    async with asyncpg.create_pool(product.endpoints["postgres"], min_size=1, max_size=2) as pool:
        report = await register_sheet(pool, story.sheet(), by="demo")
        await register_bureaus(pool, story.bureaus, by="demo")
        await until_told(pool, report.position)
    await until_received(product.endpoints["signals"], product.endpoints["signal_token"], story.accounts())
    assert not report.faults
    alarm = await Player(people, Address(*product.dc09), speed=FAST).play(story)
    return alarm, await people.take_away(alarm, folder)


@pytest.mark.parametrize("name", AT_SCREENS)
def test_a_story_comes_true_on_the_screens_and_its_record_leaves_with_a_verifier(
    product: Product, people: PeopleAtTheScreen, run: Run, tmp_path: Path, name: str
) -> None:
    alarm, file = run(play(product, people, name, tmp_path))
    with zipfile.ZipFile(file) as box:
        box.extractall(tmp_path)
    verify = [sys.executable, "-I", "-S", "-X", "utf8", "verify.py"]
    done = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert alarm in done.stdout


def test_the_same_files_come_true_over_http(product: Product, run: Run) -> None:
    async def play_all() -> None:
        async with HttpPeople(product.web, product.endpoints["accounts"], "zh") as people:
            dc09 = Address(*product.dc09)
            async with asyncio.TaskGroup() as group:
                for name in AT_SCREENS:
                    group.create_task(Player(people, dc09, speed=FAST).play(read_story(name)))

    run(play_all())


def test_a_story_is_played_over_http_and_its_record_leaves_as_an_export_that_verifies(
    product: Product,
) -> None:
    done = product.run("demo", "logreset", "--speed", str(FAST), "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    export = Path(done.stdout.splitlines()[-1].strip())
    checked = product.run("verify", str(export), "--head", f"{export}.head.json")
    assert checked.returncode == 0, checked.stdout


def told_otherwise(folder: Path, said: str, instead: str) -> str:
    """A story of which one thing does not come true."""
    text = (STORIES / "logreset.toml").read_text(encoding="utf-8")
    assert said in text
    wrong = folder / "wrong.toml"
    wrong.write_text(text.replace(said, instead, 1), encoding="utf-8")
    return str(wrong)


def test_a_story_whose_people_cannot_do_it_ends_the_command_and_says_who_could_not(
    product: Product, tmp_path: Path
) -> None:
    wrong = told_otherwise(tmp_path, 'does = "claim"', 'does = "escalate"')
    done = product.run("demo", wrong, "--speed", str(FAST))
    assert done.returncode == 1
    assert "operator escalate" in done.stderr.splitlines()[-1]


def test_a_story_that_shows_something_else_says_what(product: Product, run: Run, tmp_path: Path) -> None:
    wrong = read_story(told_otherwise(tmp_path, 'class = "programming"', 'class = "power"'))

    async def play_it() -> None:
        people = HttpPeople(product.web, product.endpoints["accounts"], "zh", patience_s=1.0)
        async with people:
            await Player(people, Address(*product.dc09), speed=FAST).play(wrong)

    with pytest.raises(StoryBroken, match="class = 'programming', not 'power'"):
        run(play_it())


def test_a_story_that_nobody_wrote_is_answered_with_those_there_are(product: Product) -> None:
    done = product.run("demo", "burglry")
    assert done.returncode == 2
    assert "burglary" in done.stderr
