"""Keeps every child running: one task each, restarted when it dies, ended with us however we end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Self

from services.station.adapters.leash import Leash
from services.station.errors import StationError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable

    from services.runtime.settings import Settings
    from services.station.adapters.child import Child

POLL_SECONDS = 0.05
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
# A child that lived this long has earned a quick restart again.
SETTLED_SECONDS = 10.0
# A child that never became ready and died so often will not by itself.
GIVE_UP_AFTER = 3
LATE_SECONDS, READY_SECONDS = 20.0, 180.0  # a busy machine is late, not wrong
STOP_SECONDS = {"kafka": 5.0, "postgres": 4.0}
SERVICE_STOP_SECONDS = 3.0
# What asyncio says behind the reason, of what the dying process left open.
_LEFT_OPEN = re.compile(r"Unclosed \w+$|\w+: <[\w.]+ object at 0x\w+>$")


class Keeper:
    """One child: alive or about to be again."""

    def __init__(self, child: Child, leash: Leash, say: Callable[[str], None]) -> None:
        self.child = child
        self.restarts = 0
        self.is_ready = False
        self._was_ready = asyncio.Event()
        self._failed: str | None = None
        self._not_begun = ""  # why the system did not start it the last time
        self._leash = leash
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Run it until `stop`; a child that cannot start ends `ready` with an error instead."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            await self._run_once()
            if self._stopping.is_set():
                return
            self.restarts += 1
            if not self._was_ready.is_set() and self.restarts >= GIVE_UP_AFTER:
                self._failed = (
                    f"{self.child.name} does not start: {self._last_words()} (all of it in {self.child.log})"
                )
                return
            why = f"cannot be started ({self._not_begun})" if self._not_begun else "ended"
            self._say(f"{self.child.name} {why} and is started again")
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > SETTLED_SECONDS else pause
            await self._rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def ready(self) -> None:
        """Wait for the first time that it is ready; raises `StationError` with its last words when it is not."""
        began, was_said = time.monotonic(), False
        while not self._was_ready.is_set():
            if self._failed:
                raise StationError(self._failed)
            waited = time.monotonic() - began
            if waited > LATE_SECONDS and not was_said:
                self._say(f"{self.child.name} takes its time: this machine is busy, or see {self.child.log}")
                was_said = True
            if waited > READY_SECONDS:
                late = f"{self.child.name} is not ready after {READY_SECONDS:.0f} s"
                raise StationError(f"{late}: {self._last_words()} (all of it in {self.child.log})")
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """Ask it to end, then insist; returns when its whole group is gone."""
        self._stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.child.stop)
        until = time.monotonic() + STOP_SECONDS.get(self.child.name, SERVICE_STOP_SECONDS)
        while process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(POLL_SECONDS)
        _end_group(process.pid)

    async def _run_once(self) -> None:
        """Also where the system has no memory, process or file for it now: that must not end the others."""
        try:
            process = self._process = self.child.start()
        except OSError as problem:
            self._not_begun = str(problem)
            return
        self._not_begun = ""
        self._leash.take(self.child, process.pid)
        try:
            while process.poll() is None:
                if not self.is_ready and await self.child.ready(process.pid):
                    self.is_ready = True
                    self._was_ready.set()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self.is_ready = False
            _end_group(process.pid)
            process.wait()
            self._leash.release(self.child.name)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _last_words(self) -> str:
        if self._not_begun:
            return self._not_begun
        with contextlib.suppress(OSError):
            said = self.child.log.read_text(encoding="utf-8", errors="replace")[-4000:]
            lines = [line.strip(" |+-") for line in said.splitlines()]  # how an exception group is drawn
            words = (line for line in reversed(lines) if line and not _LEFT_OPEN.match(line))
            return next((line[:300] for line in words), "it said nothing")
        return "it said nothing"


def _end_group(group: int) -> None:
    """What a dead leader leaves (PostgreSQL's backends) would block its successor."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


class Supervisor:
    """All children of one data folder. Use it as a context: leaving it ends everything, services first."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._leash = Leash(settings)
        self._say = say
        self._rounds: list[list[Keeper]] = []
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """Open the group of tasks; the watchdog's own is one of them."""
        await self._group.__aenter__()
        self._watch = self._group.create_task(self._watch_the_watchdog())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """End the last round first, and the watchdog when nobody is left for it."""
        for keepers in reversed(self._rounds):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
        self._watch.cancel()
        try:
            await self._group.__aexit__(None, None, None)
        finally:
            await asyncio.to_thread(self._leash.close)

    async def start(self, children: Iterable[Child]) -> list[Keeper]:
        """Start these, and return when all have been ready once."""
        keepers = [Keeper(child, self._leash, self._say) for child in children]
        self._rounds.append(keepers)
        for keeper in keepers:
            self._group.create_task(keeper.keep(), name=keeper.child.name)
        async with asyncio.TaskGroup() as waiting:
            for keeper in keepers:
                waiting.create_task(keeper.ready())
        return keepers

    async def _watch_the_watchdog(self) -> None:
        """A second without it is one in which nobody would end the children of a supervisor that is killed."""
        was_said = False
        while True:
            await asyncio.sleep(1)
            try:
                lived = self._leash.check()
            except OSError as problem:
                if not was_said:
                    self._say(
                        f"the watchdog has ended and cannot be started ({problem}): tried again every second"
                    )
                was_said = True
                continue
            was_said = False
            if not lived:
                self._say("the watchdog had ended and is started again")
