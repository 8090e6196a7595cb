"""What the receivers have counted at their sockets: ingest's GET /v1/accounting."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec
import structlog

from services.contracts.codec import NOT_READ
from services.desk.domain.accounting import AtSockets
from services.desk.domain.line_accounting import LinesRead

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Address

PATH = "/v1/accounting"
ANSWER_SECONDS = 1.0
T = TypeVar("T")
_DECODER = msgspec.json.Decoder(AtSockets)
_LINES = msgspec.json.Decoder(LinesRead)
_log = structlog.get_logger()


class HttpReceivers:
    """Asks the receivers of this installation, with the token that signals are posted with."""

    def __init__(self, signals: Address, token: Path) -> None:
        """`token`: a file of one line, read each time: it may be made later than this."""
        self._host, self._port = signals.reachable
        self._token = token
        self._away = False

    async def counted(self) -> AtSockets | None:
        """The counts of the run that receives now; None: the receivers are away."""
        return await self._asked(PATH, _DECODER)

    async def counted_by_line(self, run: str, number: int) -> LinesRead | None:
        """What that run counted after `number`, or all that another one has; None: the receivers are away."""
        return await self._asked(f"{PATH}/lines?{urlencode({'run': run, 'after': number})}", _LINES)

    async def _asked(self, path: str, decoder: msgspec.json.Decoder[T]) -> T | None:
        try:
            found = decoder.decode(await asyncio.to_thread(self._ask, path))
        except (OSError, HTTPException, *NOT_READ) as error:
            if not self._away:
                _log.warning("receivers_away", error=repr(error))
            self._away = True
            return None
        self._away = False
        return found

    def _ask(self, path: str) -> bytes:
        connection = HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            token = self._token.read_text(encoding="utf-8").strip()
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise HTTPException(f"{path} answered {answer.status}")
            return answer.read()
        finally:
            connection.close()
