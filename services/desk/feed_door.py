"""Who comes in to the feed: health on plain HTTP; a websocket only on its path, from our pages, with a session."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from services.desk.adapters.postgres_sessions import token_hash
from services.desk.adapters.websocket_feed import (
    Client,
    WebsocketLine,
    answer,
    cookie_of,
    origin_fits,
    refusal,
)
from services.desk.domain.feed_board import Sight
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

    from services.contracts.stored import Actor
    from services.desk.feed import Feed
    from services.desk.ports import DeskViews

PATH = "/v1/feed"


class Door:
    """Admits clients, and serves each until it leaves. Opening the feed is a look, and is written down as one."""

    def __init__(
        self,
        feed: Feed,
        views: DeskViews,
        person: Callable[[str | None], Awaitable[Actor | None]],
        web_port: int,
    ) -> None:
        """`person`: who sends this cookie; `web_port`: where our pages come from."""
        self._feed, self._views, self._person, self._web_port = feed, views, person, web_port
        self._admitted: WeakKeyDictionary[ServerConnection, Client] = WeakKeyDictionary()

    async def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """None: the handshake goes on."""
        path = request.path.partition("?")[0]
        if path in {"/livez", "/readyz", "/metrics"}:
            return self._health(path)
        if path != PATH:
            return refusal(HTTPStatus.NOT_FOUND, "not_found", f"The feed is at {PATH}.")
        if not origin_fits(request, self._web_port):
            return refusal(HTTPStatus.FORBIDDEN, "origin.foreign", "Open the desk from its own address.")
        cookie = cookie_of(request)
        try:
            person = await self._person(cookie)
            if person is not None:
                await self._views.note_look(person.id, "feed.open", "feed", {})
        except POSTGRES_AWAY:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "sessions.away", "Try again in a few seconds.")
        if cookie is None or person is None:
            return refusal(HTTPStatus.UNAUTHORIZED, "login.needed", "Log in and try again.")
        self._admitted[connection] = Client(
            WebsocketLine(connection), person, token_hash(cookie), Sight.of(person)
        )
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """One client, until it leaves."""
        await self._feed.audience.attend(self._admitted.pop(connection))

    def _health(self, path: str) -> Response:
        if path == "/metrics":
            registry = CollectorRegistry()
            clients = Gauge("jiejing_feed_clients", "Open screens", registry=registry)
            clients.set(len(self._feed.audience))
            behind = Gauge("jiejing_feed_behind_seconds", "Longest wait for a decision", registry=registry)
            behind.set(self._feed.behind_us() / 1_000_000)
            return answer(HTTPStatus.OK, generate_latest(registry))
        if path == "/readyz" and not self._feed.reading:
            return answer(HTTPStatus.SERVICE_UNAVAILABLE, b"not reading\n")
        return answer(HTTPStatus.OK, b"ok\n")
