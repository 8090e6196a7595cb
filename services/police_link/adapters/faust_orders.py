"""Orders from the topic police.orders to the queues of the bureaus: the one Faust agent of this process.

An agent of Faust loses the event in which it raises, and with `concurrency > 1` a kill commits past an unfinished
one. So it runs alone, never raises, and does nothing but put the order into a bounded queue; an order that is lost
between the queue and the receipt is asked for again by the core. Static membership: a process that was killed comes
back under its own name and gets its partitions at once, without waiting for a session to end.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import faust
import msgspec
import structlog

from services.contracts.codec import NOT_READ
from services.contracts.police import PoliceOrder
from services.contracts.topics import POLICE_ORDERS
from services.police_link.ports import OrderQueue

LOOK_SECONDS = 0.2
ASSIGNED_SECONDS = 20.0  # usually 2; a process that hangs at its start is of no use, and the next one may be
STOP_SECONDS = 8.0
SESSION_SECONDS = 6.0
GROUP = "police_link"
_ORDER = msgspec.json.Decoder(PoliceOrder)
_log = structlog.get_logger()


class FaustEnded(RuntimeError):
    """The Faust application gave up; the process ends and is started again."""


def make_app(
    kafka: str, queue: OrderQueue, assigned: asyncio.Event, *, folder: Path, prefix: str = ""
) -> faust.App:
    """The application; call it inside the running loop, which it takes for its own.

    `folder`: where Faust makes one of its own, which else it does wherever the process was started; `prefix`: keeps
    tests apart.
    """
    app = faust.App(
        prefix + GROUP,
        broker=f"aiokafka://{kafka}",
        web_enabled=False,
        store="memory://",
        datadir=folder / f"{prefix}{GROUP}",
        topic_allow_declare=False,
        topic_disable_leader=True,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{GROUP}-1",
        stream_wait_empty=False,
        loop=asyncio.get_running_loop(),
    )
    source = app.topic(
        prefix + POLICE_ORDERS, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw"
    )

    @app.agent(source, concurrency=1, name="police_link.orders")
    async def into_queues(stream: faust.StreamT[bytes]) -> None:
        async for value in stream:
            take(queue, value)

    def on_assigned(sender: object, /, *partitions: object, signal: object, **named: object) -> None:
        del sender, partitions, signal, named
        assigned.set()

    app.on_partitions_assigned.connect(on_assigned, weak=False)
    return app


def take(queue: OrderQueue, value: bytes) -> None:
    """One record of the topic. Never raises: what cannot be read is logged, and the core asks again."""
    try:
        order = _ORDER.decode(value)
    except NOT_READ as error:
        _log.error("unreadable order", why=str(error))
        return
    queue.put(order)


async def run_app(app: faust.App, assigned: asyncio.Event, within: float = ASSIGNED_SECONDS) -> None:
    """Run until cancelled. Raises `FaustEnded`, also when there are no partitions after so many seconds."""
    try:
        async with asyncio.timeout(within):
            await app.start()
            await _runs(app, until=assigned)
        await _runs(app, until=asyncio.Event())
        raise FaustEnded(repr(app.crash_reason))
    except TimeoutError as error:
        raise FaustEnded(f"no partitions of police.orders after {within:.0f} s") from error
    finally:
        await _stop(app)


async def _runs(app: faust.App, *, until: asyncio.Event) -> None:
    while not (until.is_set() or app.should_stop or app.crashed):
        await asyncio.sleep(LOOK_SECONDS)


async def _stop(app: faust.App) -> None:
    """In order, or else at once: a thread of Faust's that hangs would keep the process, which nobody restarts then."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()
    except TimeoutError:
        _log.error("Faust does not stop, so the process is killed", seconds=STOP_SECONDS)
        signal.raise_signal(signal.SIGKILL)
