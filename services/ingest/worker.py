"""The receiver as a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from services.ingest.bootstrap import receiving
from services.runtime.health import clear_ready, mark_ready

if TYPE_CHECKING:
    from services.runtime.settings import Settings

NAME = "ingest"


async def run(settings: Settings) -> None:
    """Receive until cancelled. Ends with an error when a part fails that cannot mend itself."""
    clear_ready(settings, NAME)
    async with receiving(settings) as receiver:
        mark_ready(settings, NAME)
        log = structlog.get_logger(NAME)
        log.info("receiving", dc09=str(receiver.dc09), signals=str(receiver.signals))
        await receiver.failed()
