"""A process that may die at any instant, stand still, or live on beside the one that took its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any, TypeAlias

from services.ingest.domain.heard import ASLEEP_US
from services.runtime.clock import Clock
from services.simulation.world import Violation, World

Main: TypeAlias = "Callable[[Process], Coroutine[Any, Any, None]]"
AGAIN_S = 3.0


class Wall:
    """The time of day of one machine, which somebody may set: `off_us` beside the right one."""

    off_us = 0

    def put_right(self) -> None:
        """Somebody saw it."""
        self.off_us = 0


class Process:
    """One life of a process. What it reaches outside it reaches through `outside`, which no dead one passes.

    Its clock is the product's own, over the machine's time of day and a time that only goes on. While it stands still it
    sees neither, and what it does then happened when that began.
    """

    def __init__(self, world: World, name: str, wall: Wall | None = None, skew_us: int = 0) -> None:
        """`skew_us`: how far `wall` is from the right time where nobody set it."""
        self.world, self.name = world, name
        self.is_gone = False
        self._awake = asyncio.Event()
        self._awake.set()
        self._task: asyncio.Task[None] | None = None
        self._began_at = self._stood_s = 0.0
        self._ended_at: float | None = None
        self._still: tuple[float, int] | None = None  # since when, and what time it was
        self._wall, self._skew_us = wall or Wall(), skew_us

    @cached_property
    def clock(self) -> Clock:
        """From when it begins on, or is asked first."""
        return Clock(self._wall_ns, lambda: self._sees_us() * 1_000)

    def now_us(self) -> int:
        """By its own clock."""
        return self.clock.now_us()

    def ran_us(self) -> int:
        """For how long it has run. It did not while it stood still, unless that was so short that none notices."""
        until = asyncio.get_running_loop().time() if self._ended_at is None else self._ended_at
        return int((until - self._began_at - self._stood_s - self._stands_s(until)) * 1_000_000)

    @property
    def answers(self) -> bool:
        """Whether it would answer now."""
        return not self.is_gone and self._still is None

    def step(self, what: str) -> None:
        """It did something that the outside knows of."""
        self.world.step(self.name, what)

    async def outside(self, slow: float = 0.0, misfortune: str = "slow disk") -> None:
        """The way out or back in: it takes time, and ends for who died or stands still."""
        if not self.is_gone:
            await self.world.pause(slow, misfortune)
            await self.awake()
        if self.is_gone:
            raise asyncio.CancelledError

    async def awake(self) -> None:
        """Wait while it stands still."""
        await self._awake.wait()

    def begin(self, main: Main, ended: Callable[[Process, BaseException | None], None]) -> None:
        """Run; `ended` is told when it ends by itself."""
        self._began_at = asyncio.get_running_loop().time()
        self.clock.now_us()
        self._task = asyncio.get_running_loop().create_task(main(self))
        self._task.add_done_callback(lambda task: self._done(task, ended))

    def stand_still(self, seconds: float) -> None:
        """Reach nothing for a while, and then go on as if nothing had happened."""
        self._awake.clear()
        self._still = self._still or (asyncio.get_running_loop().time(), self.world.now_us())
        self.world.later(seconds, self._go_on)

    def die(self) -> None:
        """At once: what is under way outside goes on, and nothing of its memory is left."""
        self._end()
        if self._task is not None:
            self._task.cancel()

    def _wall_ns(self) -> int:
        return (self._sees_us() + self._wall.off_us + self._skew_us) * 1_000

    def _sees_us(self) -> int:
        return self._still[1] if self._still else self.world.now_us()

    def _end(self) -> None:
        if not self.is_gone:
            self._go_on()
            self.is_gone, self._ended_at = True, asyncio.get_running_loop().time()

    def _go_on(self) -> None:
        self._stood_s += self._stands_s(asyncio.get_running_loop().time())
        self._still = None
        self._awake.set()

    def _stands_s(self, until: float) -> float:
        """For how long it stands still by now, so that it is noticed."""
        stands_s = until - self._still[0] if self._still else 0.0
        return stands_s if stands_s * 1_000_000 > ASLEEP_US else 0.0

    def _done(self, task: asyncio.Task[None], ended: Callable[[Process, BaseException | None], None]) -> None:
        if not self.is_gone:
            self._end()
            ended(self, None if task.cancelled() else task.exception())
        elif not task.cancelled():
            task.exception()


class Keeper:
    """Starts a process again whenever it ended: the supervisor of the house. `lives`: those that run now.

    `main` runs one life; `may_double`: whether an old life may go on beside a new one; `forgives`: whether it may end
    by itself so.
    """

    def __init__(self, world: World, name: str, main: Main, *, may_double: bool = True) -> None:
        self.name, self.may_double = name, may_double
        self.lives: list[Process] = []
        self.wall = Wall()
        self._world, self._main = world, main
        self._count = 0
        self.forgives: Callable[[Process, BaseException | None], bool] = lambda _process, _error: False

    def start(self) -> None:
        """A new life."""
        self._count += 1
        skew_us = 0 if self._world.calm else int(self._world.random.gauss(0, 200_000))
        process = Process(self._world, f"{self.name}#{self._count}", self.wall, skew_us)
        self.lives.append(process)
        process.step("begins")
        process.begin(self._main, self._ended)

    def crash(self) -> None:
        """Kill -9; a new life begins a little later."""
        for life in self.lives:
            life.step("dies")
            life.die()
        self.lives.clear()
        self._world.later(0.1 + self._world.random.random() * AGAIN_S, self._start_if_none)

    def end(self) -> None:
        """For good."""
        for life in self.lives:
            life.die()
        self.lives.clear()

    def haunt(self) -> None:
        """A new life begins while the old one goes on for a while: a zombie."""
        old = self.lives[0]
        old.stand_still(self._world.random.random() * 2)
        self.start()
        self._world.later(self._world.random.random() * 20, lambda: self._bury(old))

    def _bury(self, life: Process) -> None:
        if life in self.lives and len(self.lives) > 1:
            life.step("is buried")
            self.lives.remove(life)
            life.die()

    def _start_if_none(self) -> None:
        if not self.lives:
            self.start()

    def _ended(self, process: Process, error: BaseException | None) -> None:
        if process in self.lives:
            self.lives.remove(process)
        process.step(f"ended by itself: {error!r}")
        if not self.forgives(process, error):
            self._world.fail(Violation(f"{process.name} ended by itself: {error!r}"))
