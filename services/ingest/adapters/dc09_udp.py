"""DC-09 over UDP: each datagram is a conversation of its own, answered to where it came from.

Nothing is remembered between datagrams: a panel that gets no answer sends the frame again, and the core knows the
repetition by its sequence, code and panel time. So many of one host, and so many in all, may be in flight; beyond
that a datagram is counted and not answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from services.ingest.handlers.conversation import Conversation

if TYPE_CHECKING:
    from services.ingest.handlers.intake import Intake

SOURCE = "dc09_udp"
MAX_DATAGRAM = 8192
MAX_PER_HOST = 64  # a building's panels may share one address
MAX_IN_FLIGHT = 4096


class Dc09Udp(asyncio.DatagramProtocol):
    """The receiver's datagram side."""

    def __init__(
        self, intake: Intake, *, max_per_host: int = MAX_PER_HOST, max_in_flight: int = MAX_IN_FLIGHT
    ) -> None:
        """The two limits count datagrams that wait for their append."""
        self._intake = intake
        self._max_per_host = max_per_host
        self._max = max_in_flight
        self._in_flight: Counter[str] = Counter()
        self._total = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and say where (port 0 takes a free one)."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        bound = transport.get_extra_info("sockname")
        return str(bound[0]), int(bound[1])

    async def close(self) -> None:
        """Stop listening; what is unanswered will be sent again."""
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.DatagramProtocol`."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # 3.11's is none by inheritance

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.DatagramProtocol`."""
        del exc
        self._closed.set()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """See `asyncio.DatagramProtocol`."""
        host = str(addr[0])
        if len(data) > MAX_DATAGRAM:
            self._refuse("too_long")
            return
        if self._in_flight[host] >= self._max_per_host or self._total >= self._max:
            self._refuse("too_many_in_flight")
            return
        self._in_flight[host] += 1
        self._total += 1
        talk = Conversation(
            self._intake, SOURCE, lambda answer: self._say(answer, addr), lambda _: self._leave(host)
        )
        talk.receive(data)
        talk.hang_up()

    def _refuse(self, reason: str) -> None:
        self._intake.accounting.receive(SOURCE)
        self._intake.accounting.refuse(reason)

    def _say(self, answer: bytes, addr: tuple[Any, ...]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)

    def _leave(self, host: str) -> None:
        self._total -= 1
        self._in_flight[host] -= 1
        if not self._in_flight[host]:
            del self._in_flight[host]
