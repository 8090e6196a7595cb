"""`PoliceGateway` over HTTP: POST to the endpoint's address and the escalation's id, which makes it idempotent."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp
import msgspec

from services.contracts.codec import NOT_READ
from services.contracts.police import EscalationNotice, NoticeStatus
from services.police_link.ports import EndpointAway, EndpointRefuses

SECONDS = 5.0
_ASK_AGAIN = frozenset({408, 409, 423, 425, 429})
_HAS_NOTHING = frozenset({404, 405, 410, 501})
_WORDS = 200
_LARGEST = 65_536


def words(said: bytes) -> str:
    """What an endpoint says, as it may stand in a record: a NUL is no database text and an escape no word."""
    text = said.decode(errors="replace")
    return "".join(one if one.isprintable() else " " for one in text).strip()


class HttpPoliceGateway:
    """One endpoint. `address`: without the id and without a slash at its end."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        name: str,
        address: str,
        token: str,
        *,
        seconds: float = SECONDS,
    ) -> None:
        """`session`: not owned; `token`: a bearer token, "" for none; `seconds`: how long an answer is waited for."""
        self._session, self._name, self._address = session, name, address
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    @property
    def name(self) -> str:
        """See the port."""
        return self._name

    @property
    def address(self) -> str:
        """See the port."""
        return self._address

    async def status(self, escalation: str) -> NoticeStatus | None:
        """See the port. 404, 405, 410 and 501: nothing. What is no answer to the question says nothing either."""
        status, said = await self._ask("GET", escalation, None, {})
        if status in _HAS_NOTHING:
            return None
        if status != HTTPStatus.OK:
            raise EndpointAway(f"{status} {words(said[:_WORDS])}")
        try:
            found = msgspec.json.decode(said, type=NoticeStatus)
        except NOT_READ as error:
            raise EndpointAway(f"its status cannot be read: {words(str(error).encode()[:_WORDS])}") from error
        if found.escalation != escalation:
            raise EndpointAway("it tells of another escalation")
        return found

    async def deliver(self, notice: EscalationNotice) -> None:
        """See the port. 2xx: it has it. 5xx, 408, 409, 423, 425, 429 and silence: ask again. Else: refused."""
        key = {"Idempotency-Key": notice.escalation}
        status, said = await self._ask("POST", notice.escalation, msgspec.json.encode(notice), key)
        if status // 100 == 2:
            return
        if status >= 500 or status in _ASK_AGAIN:
            raise EndpointAway(f"{status} {words(said[:_WORDS])}")
        raise EndpointRefuses(f"{status} {words(said[:_WORDS])}")

    async def _ask(
        self, method: str, escalation: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        try:
            async with self._session.request(
                method,
                f"{self._address}/{escalation}",
                data=body,
                headers=self._headers | headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                return answer.status, await _said(answer)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise EndpointAway(repr(error)) from error


async def _said(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body, or the beginning of one that is too large."""
    said = bytearray()
    async for piece in answer.content.iter_any():
        said += piece
        if len(said) > _LARGEST:
            break
    return bytes(said[:_LARGEST])
