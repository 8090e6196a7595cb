"""The process `feed`, with what it needs of identity and of the router's code tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.alarm_router.domain.codes import class_of
from services.desk import feed_worker
from services.desk.feed_worker import Needs
from services.identity.bootstrap import sessions
from services.station.admission import actor_by

if TYPE_CHECKING:
    from services.runtime.settings import Settings

NEEDS = Needs(class_of=class_of, people=lambda pool: actor_by(sessions(pool)))


async def run(settings: Settings) -> None:
    """Serve for ever."""
    await feed_worker.run(settings, NEEDS)
