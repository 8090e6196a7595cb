"""The process `shadow`: makes every decision again with the running code, and says where the record says otherwise.

Whatever it finds, the record stays what it is. Where this very code had decided, a supervisor is told (`doubting`); a
partition that it cannot follow leaves the others alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Gauge

from services.alarm_router import bootstrap
from services.alarm_router.handlers.doubting import Doubts
from services.contracts.codec import Unreadable
from services.contracts.topics import INBOX
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.ports import OffsetGone
from services.runtime.clock import now_us
from services.runtime.health import mark_ready
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from services.alarm_router.handlers.shadowing import Shadowing
    from services.alarm_router.ports import Snapshots
    from services.eventsourcing.shadow import Difference
    from services.law.pack import Law
    from services.runtime.settings import Settings

AGAIN_S = 2.0
AWAY = (OSError, RuntimeError, TimeoutError, OffsetGone)  # KafkaError is a RuntimeError
_log = structlog.get_logger()
_DIFFERENCES = Counter(
    "jiejing_shadow_differences",
    "Decisions that the running code makes otherwise; own: decided by this very code",
    ["partition", "own"],
)
_STOPPED = Gauge("jiejing_shadow_stopped", "1 where the record cannot be followed any more", ["partition"])
_LOOKED_AT = Gauge("jiejing_shadow_offset", "Offset of the record that is looked at next", ["partition"])


async def run(settings: Settings, *, prefix: str = "") -> None:
    """Follow every partition until cancelled. `prefix`: of the topics, for tests."""
    law = bootstrap.law_of(settings)
    async with bootstrap.snapshots(settings) as kept, asyncio.TaskGroup() as group:
        for partition in settings.router_partitions:
            group.create_task(_follow(settings, partition, law, kept, prefix))
        mark_ready(settings, "shadow")


async def _follow(settings: Settings, partition: int, law: Law, kept: Snapshots, prefix: str) -> None:
    """One partition; what is away is waited for, what a person must see is said once."""
    doubts = Doubts(KafkaEventLog(settings.kafka, prefix + INBOX, partition), now_us)
    stopped = _STOPPED.labels(partition)
    stopped.set(0)
    while True:
        try:
            shadow = await bootstrap.shadow(settings, partition, law, kept, prefix=prefix)
            await _look(shadow, partition, doubts, bootstrap.code_version(law))
        except (LogBroken, Unreadable) as error:
            _log.critical("the record cannot be followed", partition=partition, why=str(error))
            stopped.set(1)
            return
        except AWAY as error:
            _log.warning("shadow begins again", partition=partition, why=repr(error))
        await asyncio.sleep(AGAIN_S)


async def _look(shadow: Shadowing, partition: int, doubts: Doubts, code: str) -> None:
    try:
        while True:
            for found in await shadow.go_on():
                _tell(found, own=found.code == code)
                if found.code == code:
                    doubts.add(found)
            await doubts.tell()
            _LOOKED_AT.labels(partition).set(shadow.at)
    finally:
        await shadow.close()


def _tell(found: Difference, *, own: bool) -> None:
    _DIFFERENCES.labels(found.partition, "yes" if own else "no").inc()
    say = _log.critical if own else _log.info
    say(
        "decided otherwise",
        partition=found.partition,
        source=found.source,
        lies_at=found.lies_at,
        code=found.code,
        parts=found.parts,
    )
