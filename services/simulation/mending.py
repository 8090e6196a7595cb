"""Two persons who let a partition go on that stopped: after a while, now and then twice at once, or broken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.alarm_router.handlers.mending import NotMended, Order, mend
from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.ports import AppendUnknown, OffsetGone
from services.simulation.broker import SimulatedLog
from services.simulation.process import Process

if TYPE_CHECKING:
    from services.simulation.house import House

COME_S = 12.0
TWICE, BROKEN_OFF = 0.2, 0.2
BROKEN_OFF_S = 0.02
ORDER = Order(("wang", "zhao"), "a record of a later version")
AWAY = (AppendUnknown, OffsetGone, RuntimeError)  # KafkaError is a RuntimeError


def call_two(house: House, partition: int) -> None:
    """Somebody says that a partition stopped; those who are called already come anyway."""
    if partition not in house.called:
        house.called.add(partition)
        house.world.later(house.world.random.random() * COME_S, lambda: _come(house, partition))


def _come(house: House, partition: int) -> None:
    house.called.discard(partition)
    for _ in range(2 if house.world.strikes("two mend at once", TWICE, "supervisor") else 1):
        _begin(house, partition)


def _begin(house: House, partition: int) -> None:
    world, process = house.world, Process(house.world, f"mend {partition}")

    def break_off() -> None:
        process.die()
        _again(house, partition)

    process.begin(
        lambda life: _mend(house, life, partition), lambda _, error: _ended(house, partition, error)
    )
    if world.strikes("mending broken off", BROKEN_OFF, process.name):
        world.later(world.random.random() * BROKEN_OFF_S, break_off)


async def _mend(house: House, process: Process, partition: int) -> None:
    inbox, events = (SimulatedLog(process, house.broker, topic, partition) for topic in (INBOX, EVENTS))
    try:
        done = await mend(
            partition, ORDER, inbox=inbox, events=events, clock=process.now_us, code=house.mends_with
        )
    except (NotMended, *AWAY) as error:
        process.step(f"mends nothing: {error!r}")
    else:
        house.world.seen["mended"] += 1
        process.step(f"mends, at {done.lies_at}")


def _ended(house: House, partition: int, error: BaseException | None) -> None:
    if error is not None:
        house.world.fail_with(f"mending failed: {error!r}")
    _again(house, partition)


def _again(house: House, partition: int) -> None:
    """Who came in vain is called again."""
    if partition in house.stopped:
        call_two(house, partition)
