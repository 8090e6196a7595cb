"""Says one thing into an inbox, now and then; who is not heard says it again."""

from __future__ import annotations

import structlog

from services.contracts.codec import encode
from services.contracts.reports import Report
from services.contracts.shadow import DecidedOtherwise
from services.eventsourcing.ports import AppendUnknown, EventLog

_log = structlog.get_logger()


async def report(inbox: EventLog, said: Report | DecidedOtherwise) -> bool:
    """Whether it is known to be there; if not, it may be there all the same."""
    try:
        writer = await inbox.open_writer()
        try:
            await writer.append([encode(said)])
        finally:
            await writer.close()
    except (AppendUnknown, OSError, RuntimeError, TimeoutError) as error:  # KafkaError is a RuntimeError
        _log.warning("not reported", report=type(said).__name__, why=repr(error))
        return False
    return True
