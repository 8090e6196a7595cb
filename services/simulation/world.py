"""What surrounds the processes: time, chance, the trace of what happened, and the misfortunes that were drawn.

A *step* is one thing that happens between a process and what lies outside of it: records land, a read brings
something, a disk takes or forgets, the police are told, a person or a panel says something, a misfortune strikes.
Wake-ups of tasks are no steps.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

START_US = 1_800_000_000_000_000
SHOWN = 40
QUICK_S = 0.002
SLOW_S = 8.0
NEVER_S = 3_600.0


class Violation(AssertionError):
    """What must never happen has happened."""


def expect(holds: bool, sentence: str) -> None:
    """Fail with `sentence`."""
    if not holds:
        raise Violation(sentence)


class World:
    """One world of one seed. `calm`: no misfortune strikes any more; `aside`: for those who only look on."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.aside = Aside(self, seed)
        self.seen: Counter[str] = Counter()
        self.steps = 0
        self.calm = False
        self.broken: Violation | None = None
        self.ended = asyncio.Event()
        self.last: deque[str] = deque(maxlen=SHOWN)
        self._hash = sha256()
        self.database_back_at = 0.0
        self._jumped_us = 0
        self._ids = 0

    def now_us(self) -> int:
        """UTC microseconds, as a good clock shows it."""
        return START_US + int(asyncio.get_running_loop().time() * 1_000_000) + self._jumped_us

    def jump(self, seconds: float) -> None:
        """Everybody slept so long: clocks go on, and nothing happened meanwhile."""
        self._jumped_us += int(seconds * 1_000_000)

    def step(self, who: str, what: str) -> None:
        """Something happened."""
        self.steps += 1
        self.note(f"{self.steps}", who, what)

    def note(self, number: str, who: str, what: str) -> None:
        """A line of the trace."""
        line = f"{number} {asyncio.get_running_loop().time():.6f} {who}: {what}"
        self._hash.update(line.encode())
        self.last.append(line)

    def trace(self) -> str:
        """The digest of all that happened so far."""
        return self._hash.hexdigest()[:32]

    def strikes(self, misfortune: str, chance: float, who: str = "") -> bool:
        """Whether a misfortune happens now."""
        if self.calm or self.random.random() >= chance:
            return False
        self.seen[misfortune] += 1
        self.step(who or "fate", misfortune)
        return True

    def database_is_away(self, chance: float, who: str) -> bool:
        """Whether a question to the database fails; for a while after the power came back always."""
        is_late = asyncio.get_running_loop().time() < self.database_back_at and not self.calm
        return is_late or self.strikes("database away", chance, who)

    def uuid7(self, at_us: int) -> str:
        """An id of that instant."""
        self._ids += 1
        bits = at_us // 1000 << 80 | 7 << 76 | 2 << 62 | self.random.getrandbits(40) << 20 | self._ids
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    async def pause(self, slow: float = 0.0, misfortune: str = "slow disk") -> None:
        """What an answer from outside takes. `slow`: the chance of a long one."""
        longest = SLOW_S if slow and self.strikes(misfortune, slow) else QUICK_S
        await asyncio.sleep(self.random.random() * longest)

    def later(self, seconds: float, happens: Callable[[], None]) -> None:
        """Outside of every process; whoever dies meanwhile does not keep it from happening."""
        asyncio.get_running_loop().call_later(seconds, self._guarded, happens)

    def fail(self, violation: Violation) -> None:
        """End the world with it."""
        self.broken = self.broken or violation
        self.ended.set()

    def fail_with(self, sentence: str) -> None:
        """The same."""
        self.fail(Violation(sentence))

    def _guarded(self, happens: Callable[[], None]) -> None:
        try:
            happens()
        except Violation as violation:
            self.fail(violation)
        except Exception as error:  # noqa: BLE001 - whatever it is, the world does not go on as if nothing had happened
            self.fail_with(f"the world failed: {error!r}")


class Aside(World):
    """The same world for those who only look on: their chance is their own, and their steps are noted and not counted.

    Nothing that they do changes what the record says, so a seed is the same house with them and without them.
    """

    def __init__(self, whole: World, seed: int) -> None:
        self._whole = whole
        self.random = Random(f"aside {seed}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def step(self, who: str, what: str) -> None:
        """See the world."""
        self._whole.note("-", who, what)

    def fail(self, violation: Violation) -> None:
        """See the world."""
        self._whole.fail(violation)
