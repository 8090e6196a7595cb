"""One world from its genesis until it has run its steps and come to rest, and many of them one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import msgspec
import structlog

from services.simulation.actors import actors
from services.simulation.house import House
from services.simulation.loop import run
from services.simulation.resting import check, unsettled
from services.simulation.rules import Rules
from services.simulation.world import Violation, World

STEPS = 3_000
SETTLES_WITHIN_S = 400
LOOK_S = 1.0
PASS_S = 3.0  # a receiver takes it for a time in which nobody received
_SILENT = structlog.make_filtering_bound_logger(logging.CRITICAL)


class Ran(msgspec.Struct):
    """What came of a simulation. `last`: the end of the trace, where `violation` says what was violated."""

    seed: int
    steps: int = 0
    episodes: int = 0
    trace: str = ""
    seen: Counter[str] = msgspec.field(default_factory=Counter)
    violation: str | None = None
    last: tuple[str, ...] = ()


def simulate(seed: int, steps: int, rules: Rules | None = None, episode_steps: int = STEPS) -> Ran:
    """Episodes of seeds that follow from `seed`, until so many steps are done or something is violated.

    The seed of an episode that is violated stands in `Ran.seed`: `live` repeats it.
    """
    whole, trace = Ran(seed), sha256()
    while whole.steps < steps:
        sub_seed = seed * 1_000_003 + whole.episodes
        ran = live(sub_seed, episode_steps, rules)
        whole.steps += ran.steps
        whole.episodes += 1
        whole.seen.update(ran.seen)
        trace.update(ran.trace.encode())
        if ran.violation is not None:
            whole.seed, whole.violation, whole.last = sub_seed, ran.violation, ran.last
            break
    whole.trace = trace.hexdigest()[:32]
    return whole


def live(seed: int, steps: int = STEPS, rules: Rules | None = None) -> Ran:
    """One episode."""
    with _silence():
        return run(_episode(seed, steps, rules or Rules()))


async def _episode(seed: int, steps: int, rules: Rules) -> Ran:
    world = World(seed)
    house = House(world, rules)
    tasks: list[asyncio.Task[None]] = []
    try:
        for keeper in (*house.keepers, *house.lookers):
            keeper.start()
        tasks += [asyncio.get_running_loop().create_task(actor) for actor in actors(house)]
        for task in tasks:
            task.add_done_callback(lambda ended: _ended(world, ended))
        await _until(world, lambda: world.steps >= steps)
        await _come_to_rest(world, house)
        check(house)
    except Violation as violation:
        world.fail(violation)
    finally:
        for keeper in (*house.keepers, *house.lookers):
            keeper.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    broken = None if world.broken is None else f"{world.broken} (step {world.steps})"
    return Ran(seed, world.steps, 1, world.trace(), world.seen, broken, tuple(world.last))


async def _come_to_rest(world: World, house: House) -> None:
    """No more misfortunes: all begin anew, and what was said is decided, carried over and shown."""
    world.calm = True
    for keeper in house.keepers:
        keeper.wall.put_right()
    house.crash()
    waited = 0
    while unsettled(house):
        await _until(world, lambda: False, seconds=LOOK_S)
        world.jump(PASS_S)
        waited += 1
        if waited > SETTLES_WITHIN_S:
            raise Violation(f"it does not come to rest: {unsettled(house)}")


async def _until(world: World, is_so: object, seconds: float | None = None) -> None:
    """Wait until it is so, or for so long. Raises the `Violation` that ended the world."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while world.broken is None and not is_so() and (end is None or loop.time() < end):  # type: ignore[operator]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05 if end is None else seconds):
                await world.ended.wait()
    if world.broken is not None:
        raise world.broken


def _ended(world: World, task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, Violation):
        world.fail(error)
    elif error is not None:
        world.fail(Violation(f"an actor failed: {error!r}"))


def _drop(_: object, __: str, ___: object) -> str:
    raise structlog.DropEvent


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What the parts say of themselves is not what is looked for here."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=_SILENT, processors=[_drop])
    try:
        yield
    finally:
        structlog.configure(**before)
