"""The process `shadow`: makes every decision again with the running code, and says where the record says otherwise.

It writes nothing: whatever it finds, the record stays what it is. A partition that it cannot follow leaves the others
alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Gauge

from services.alarm_router import bootstrap
from services.contracts.codec import Unreadable
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.ports import OffsetGone
from services.runtime.health import mark_ready

if TYPE_CHECKING:
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
_LOOKED_AT = Gauge("jiejing_shadow_offset", "Offset of the record that is looked at next", ["partition"])


async def run(settings: Settings) -> None:
    """Follow every partition until cancelled."""
    law, kept = bootstrap.law_of(settings), await bootstrap.snapshots(settings)
    async with asyncio.TaskGroup() as group:
        for partition in settings.router_partitions:
            group.create_task(_follow(settings, partition, law, kept))
        mark_ready(settings, "shadow")


async def _follow(settings: Settings, partition: int, law: Law, kept: Snapshots) -> None:
    """One partition; what is away is waited for, what a person must see is said once."""
    while True:
        try:
            await _look(settings, partition, law, kept)
        except (LogBroken, Unreadable) as error:
            _log.critical("the record cannot be followed", partition=partition, why=str(error))
            return
        except AWAY as error:
            _log.warning("shadow begins again", partition=partition, why=repr(error))
        await asyncio.sleep(AGAIN_S)


async def _look(settings: Settings, partition: int, law: Law, kept: Snapshots) -> None:
    shadow = await bootstrap.shadow(settings, partition, law, kept)
    own = bootstrap.code_version(law)
    try:
        while True:
            for found in await shadow.go_on():
                _tell(found, own=found.code == own)
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
