"""Children come back when they die, and go when we die."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from services.runtime.settings import Settings
from services.station.adapters.child import Child
from services.station.adapters.data_folder import held, make_folders
from services.station.adapters.leash import clear_leftovers, running_children
from services.station.errors import StationError, in_one_sentence
from services.station.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 60.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path)
    make_folders(made)
    return made


def sleeper(
    settings: Settings, name: str = "sleeper", program: str = "import time; time.sleep(600)"
) -> Child:
    return Child(
        name=name,
        argv=(sys.executable, "-I", "-S", "-c", program),
        environment={},
        log=settings.logs_dir / f"{name}.log",
    )


async def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_killed_child_comes_back_and_a_stopped_one_does_not(settings: Settings) -> None:
    said: list[str] = []
    async with Supervisor(settings, said.append) as supervisor:
        await supervisor.start([sleeper(settings)])
        (first,) = running_children(settings)
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: [one.pid for one in running_children(settings)] not in ([], [first.pid]))
        (second,) = running_children(settings)
    assert said == ["sleeper ended and is started again"]
    assert is_gone(second.pid)
    assert running_children(settings) == []


async def test_a_child_that_the_system_does_not_start_is_tried_again_and_ends_nobody_else(
    settings: Settings,
) -> None:
    said: list[str] = []
    program = settings.data_dir / "program"
    program.symlink_to(sys.executable)
    replaced = sleeper(settings, "replaced")
    replaced = replace(replaced, argv=(str(program), *replaced.argv[1:]))
    async with Supervisor(settings, said.append) as supervisor:
        await supervisor.start([replaced, sleeper(settings)])
        before = {one.name: one.pid for one in running_children(settings)}
        program.unlink()
        os.kill(before["replaced"], signal.SIGKILL)
        await until(lambda: any("cannot be started" in one for one in said))
        assert {one.name: one.pid for one in running_children(settings)} == {"sleeper": before["sleeper"]}
        program.symlink_to(sys.executable)
        await until(lambda: len(running_children(settings)) == len(before))


async def test_a_child_comes_back_although_nobody_can_write_down_that_it_did(settings: Settings) -> None:
    async with Supervisor(settings, lambda _: None) as supervisor:
        [keeper] = await supervisor.start([sleeper(settings)])
        [first] = running_children(settings)
        (settings.run_dir / "children.draft").mkdir()  # as on a full disk: it cannot be written
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: keeper.restarts == 1 and keeper.is_ready)
        (settings.run_dir / "children.draft").rmdir()


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit('no such thing')",
        "raise ExceptionGroup('tasks', [SystemError('no such thing')])",
        "raise SystemExit('no such thing\\nUnclosed AIOKafkaProducer\\nproducer: <a.producer.AIOKafkaProducer object at 0x7f>')",
    ],
)
async def test_a_child_that_cannot_start_is_named_with_its_last_words(
    settings: Settings, program: str
) -> None:
    broken = sleeper(settings, "broken", program)
    never = Child(
        name=broken.name,
        argv=broken.argv,
        environment={},
        log=broken.log,
        ready=lambda _: asyncio.sleep(0, result=False),
    )
    with pytest.raises(BaseExceptionGroup) as raised:
        async with Supervisor(settings, lambda _: None) as supervisor:
            await supervisor.start([never])
    sentence = in_one_sentence(raised.value)
    assert sentence is not None
    assert "broken does not start: " in sentence
    assert "no such thing (all of it in" in sentence


async def test_a_child_that_never_gets_ready_is_named_with_its_last_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.station.supervisor.LATE_SECONDS", 0.5)
    monkeypatch.setattr("services.station.supervisor.READY_SECONDS", 2.0)
    said: list[str] = []
    waiting = sleeper(
        settings, "waiting", "import time; print('no coordinator', flush=True); time.sleep(600)"
    )
    never = replace(waiting, ready=lambda _: asyncio.sleep(0, result=False))
    with pytest.raises(BaseExceptionGroup) as raised:
        async with Supervisor(settings, said.append) as supervisor:
            await supervisor.start([never])
    sentence = in_one_sentence(raised.value)
    assert sentence is not None
    assert "waiting is not ready after 2 s: no coordinator (all of it in" in sentence
    assert sum("waiting takes its time" in line for line in said) == 1


async def test_a_child_that_ignores_the_signal_is_killed(settings: Settings) -> None:
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([sleeper(settings, "deaf", deaf)])
        (kept,) = running_children(settings)
        await until(lambda: "deaf" in (settings.logs_dir / "deaf.log").read_text())
    assert is_gone(kept.pid)


PARENT = """
    import asyncio, sys
    from pathlib import Path
    from services.runtime.settings import Settings
    from services.station.adapters.child import Child
    from services.station.supervisor import Supervisor

    async def main() -> None:
        settings = Settings(data_dir=Path(sys.argv[1]))
        program = "import time; time.sleep(600)"
        child = Child(name="sleeper", argv=(sys.executable, "-I", "-S", "-c", program), environment={},
                      log=settings.logs_dir / "sleeper.log")
        async with Supervisor(settings, print) as supervisor:
            await supervisor.start([child])
            print("started", flush=True)
            await asyncio.sleep(600)

    asyncio.run(main())
"""


async def test_the_watchdog_ends_all_after_kill_9_of_the_supervisor(settings: Settings) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(settings.data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert (await asyncio.to_thread(parent.stdout.readline)).strip() == "started"
        (kept,) = running_children(settings)
        parent.kill()
        parent.wait()
        await until(lambda: is_gone(kept.pid))
    assert clear_leftovers(settings) == []


async def test_a_watchdog_that_cannot_be_started_again_is_tried_again_and_ends_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    async with Supervisor(settings, said.append) as supervisor:
        await supervisor.start([sleeper(settings)])
        (kept,) = running_children(settings)
        monkeypatch.setattr(sys, "executable", str(settings.data_dir / "no-such-program"))
        (watchdog,) = (
            one for one in psutil.Process().children() if any("watchdog" in word for word in one.cmdline())
        )
        watchdog.kill()
        await until(lambda: len(said) > 0)
        await asyncio.sleep(2.5)  # it is tried again every second
        assert len(said) == 1 and "watchdog" in said[0] and "No such file" in said[0]
        assert not is_gone(kept.pid)
        monkeypatch.undo()
        await until(lambda: len(said) > 1)
        assert said[1] == "the watchdog had ended and is started again"


async def test_what_a_full_disk_did_not_take_is_written_as_soon_as_it_takes_it(settings: Settings) -> None:
    async with Supervisor(settings, lambda _: None) as supervisor:
        (sleeping,) = await supervisor.start([sleeper(settings)])
        (first,) = running_children(settings)
        in_the_way = settings.run_dir / "children.draft"
        in_the_way.mkdir()
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: sleeping.restarts == 1 and sleeping.is_ready)
        assert running_children(settings) == []
        in_the_way.rmdir()
        await until(lambda: [one.name for one in running_children(settings)] == ["sleeper"])


async def test_leftovers_are_ended_but_not_those_of_the_folder_this_one_was_copied_from(
    settings: Settings, tmp_path: Path
) -> None:
    child = sleeper(settings)
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([child])
        copy = Settings(data_dir=tmp_path / "copy")
        make_folders(copy)
        note = (settings.run_dir / "children.json").read_text()
        (copy.run_dir / "children.json").write_text(note)
        assert clear_leftovers(copy) == []
        assert len(running_children(settings)) == 1
        assert await asyncio.to_thread(clear_leftovers, settings) == ["sleeper"]
        (settings.run_dir / "children.json").write_text(note)


def test_a_second_start_on_the_same_folder_is_refused_in_one_sentence(settings: Settings) -> None:
    with held(settings), pytest.raises(StationError, match="in use by another `jiejing up`"), held(settings):
        pass
    with held(settings):
        pass
