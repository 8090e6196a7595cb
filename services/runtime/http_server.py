"""Uvicorn as one of several tasks of a process, and what a stranger may cost it.

Uvicorn ends a connection that is idle between two requests. It waits for ever for a request that has begun, or for
none on a new connection, and for a client that does not take its answer, and it counts nobody's connections. Here a
request must be whole within `request_seconds` of its connection's beginning or of the answer before, however it
trickles; an answer must be taken as fast; one host has half of the connections at most, and when all are taken the
one that waited longest without a request makes room.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

REQUEST_SECONDS = 30.0
MOST_CONNECTIONS = 512
MOST_OF_ONE_HOST = MOST_CONNECTIONS // 2  # a building, or a proxy, may have one address


class Server(uvicorn.Server):
    """Without signal handlers of its own: signals belong to whoever runs the process, not to one of its doors."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class Door(uvicorn.Config):
    """What every HTTP door of ours has in common."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        request_seconds: float = REQUEST_SECONDS,
        most: int = MOST_CONNECTIONS,
        most_of_one_host: int = MOST_OF_ONE_HOST,
        **more: Any,
    ) -> None:
        """`most`: connections; `more`: as uvicorn takes it."""
        super().__init__(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            **more,
        )
        self.request_seconds = request_seconds
        self.most, self.most_of_one_host = most, most_of_one_host


class _Connection(H11Protocol):
    """One client's, with a timer for what it owes: a whole request, or to take its answer."""

    config: Door

    def __init__(self, *of_uvicorn: Any, **more: Any) -> None:
        super().__init__(*of_uvicorn, **more)
        self._request_timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None

    @property
    def host(self) -> str:
        """Who is there."""
        return "" if self.client is None else self.client[0]

    @property
    def waits_until(self) -> float | None:
        """When it will have waited too long for a request; None: one is being answered."""
        return None if self._request_timer is None else self._request_timer.when()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        all_open = [one for one in self.connections if isinstance(one, _Connection)]
        if sum(one.host == self.host for one in all_open) > self.config.most_of_one_host:
            transport.abort()
            return
        if len(all_open) > self.config.most:
            waiting = [(until, one) for one in all_open if (until := one.waits_until) is not None]
            _, longest = min(waiting, key=lambda found: found[0], default=(0.0, self))
            longest.transport.abort()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_request_timer()
        self._drop_answer_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        self._await_request()
        super().on_response_complete()  # which goes on with the next request, if that is there
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._drop_answer_timer()
        self._answer_timer = self.loop.call_later(self.config.request_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._drop_answer_timer()

    def _look(self) -> None:
        """A whole request is there: now it is our turn."""
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # uvicorn says that it is never None, and begins with None
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._drop_request_timer()

    def _await_request(self) -> None:
        self._drop_request_timer()
        self._request_timer = self.loop.call_later(self.config.request_seconds, self.transport.abort)

    def _drop_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _drop_answer_timer(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None
