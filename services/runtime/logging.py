"""Logs: one line per happening, for a person on a terminal and for a machine in a file."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from services.runtime.settings import Settings

_SECRETS = ("password", "token", "secret", "cookie", "authorization")


def _without_secrets(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """What is named like a secret never reaches a log."""
    for key in event:
        if any(word in key.lower() for word in _SECRETS):
            event[key] = "***"
    return event


def configure_logging(settings: Settings, process: str) -> None:
    """Send structlog and the standard library's logs to stderr, each line naming the process."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    logging.basicConfig(
        stream=sys.stderr, level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    logging.getLogger("kafka").setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    shown: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            structlog.processors.format_exc_info,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
