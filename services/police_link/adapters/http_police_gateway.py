"""`PoliceGateway` over HTTP: POST to the endpoint's address and the escalation's id, which makes it idempotent."""

from __future__ import annotations

import aiohttp
import msgspec

from services.contracts.police import EscalationNotice
from services.police_link.ports import EndpointAway, EndpointRefuses

SECONDS = 5.0
_ASK_AGAIN = frozenset({408, 409, 423, 425, 429})
_WORDS = 200


def words(said: bytes) -> str:
    """What an endpoint says, as it may stand in a record: a NUL is no database text and an escape no word."""
    text = said.decode(errors="replace")
    return "".join(one if one.isprintable() else " " for one in text).strip()


class HttpPoliceGateway:
    """One endpoint. `address`: without the id and without a slash at its end."""

    def __init__(self, session: aiohttp.ClientSession, name: str, address: str, token: str) -> None:
        """`session`: not owned; `token`: a bearer token, "" for none."""
        self._session, self._name, self._address = session, name, address
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    @property
    def name(self) -> str:
        """See the port."""
        return self._name

    async def deliver(self, notice: EscalationNotice) -> None:
        """See the port. 2xx: it has it. 5xx, 408, 409, 423, 425, 429 and silence: ask again. Else: refused."""
        try:
            async with self._session.post(
                f"{self._address}/{notice.escalation}",
                data=msgspec.json.encode(notice),
                headers=self._headers | {"Idempotency-Key": notice.escalation},
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                allow_redirects=False,
            ) as answer:
                if answer.status // 100 == 2:
                    return
                said = words(await answer.content.read(_WORDS))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise EndpointAway(repr(error)) from error
        if answer.status >= 500 or answer.status in _ASK_AGAIN:
            raise EndpointAway(f"{answer.status} {said}")
        raise EndpointRefuses(f"{answer.status} {said}")
