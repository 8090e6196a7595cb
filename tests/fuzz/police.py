"""What the other side of the police link says: notices that come in, and an endpoint's answers."""

from __future__ import annotations

from functools import cache
from typing import cast

import msgspec
from aiohttp import ClientSession

from services.contracts.codec import NOT_READ, encode
from services.contracts.police import EscalationNotice
from services.police_link.adapters.http_police_gateway import HttpPoliceGateway
from services.police_link.ports import EndpointAway, EndpointRefuses
from tests.contracts.samples import sample
from tests.fuzz.browsers import at_once
from tests.fuzz.law import Target, drawn, only
from tests.fuzz.records import same_again

STATUSES = (200, 201, 302, 404, 422, 429, 500)
ESCALATION = "escalation"
MOST_WORDS = 250  # of an endpoint, with its status


class Endpoint(HttpPoliceGateway):
    """One that has answered already."""

    def __init__(self, status: int, said: bytes) -> None:
        super().__init__(cast("ClientSession", None), "e", "", "")
        self._said = (status, said)

    async def _ask(self, *_: object) -> tuple[int, bytes]:
        return self._said


@cache
def notice() -> EscalationNotice:
    """One that is to be delivered."""
    made = sample(EscalationNotice)
    assert isinstance(made, EscalationNotice)
    return made


def notice_law(data: bytes) -> None:
    """A notice that says the same again, or not one."""
    with only(*NOT_READ):
        same_again(msgspec.json.Decoder(EscalationNotice).decode, data)


def answer_law(data: bytes) -> None:
    """Whatever an endpoint answers, the notice is there, refused, or to be sent again; its words are short and plain."""
    which, data = drawn(data, len(STATUSES))
    endpoint = Endpoint(STATUSES[which], data)
    told = []
    for asking in (endpoint.status(ESCALATION), endpoint.deliver(notice())):
        try:
            answer = at_once(asking)
        except (EndpointAway, EndpointRefuses) as error:
            told.append(str(error))
        else:
            assert answer is None or answer.escalation == ESCALATION
    for words in told:
        assert words.isprintable() and len(words) <= MOST_WORDS
        encode(words)


TARGETS = (
    Target("police_notice", notice_law),
    Target("police_answer", answer_law),
)
