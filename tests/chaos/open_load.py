"""An open load: signals arrive by the clock, whatever the product does; and a person who works alarms.

A line that waits for an acknowledgement queues what arrives meanwhile, sends in order, and sends again what was not
acknowledged. So what is offered is `rate` on average over the whole time, outages included.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import httpx
import msgspec

from services.ingest.panel import NoAnswer, contact_id_frame, send_frame
from services.runtime.clock import now_us
from services.runtime.ids import uuid7

if TYPE_CHECKING:
    from tests.chaos.a_station import Whole

Key = tuple[str, str]

PANEL_SHARE = 0.2  # of the signals by DC-09, the rest by HTTP
PANEL_PER_S, SENDER_PER_S = 1.0, 2.0
ALARM_EACH = 10
AGAIN_S = 0.3
ANSWER_S = 5.0
DRAIN_S = 120.0
ANSWERED = frozenset({200, 409})
ASKED_AGAIN_S, ANSWERED_FOR_S = 15.0, 100.0  # a command keeps its answer for 120 s
BURGLARY, TEST = "130", "602"
CONFIRMED = [{"kind": "call", "note": "nobody answers"}]
FALSE = [{"kind": "call", "note": "the owner opened too early"}]
_PROBES = itertools.count(1)


class Heard(msgspec.Struct, frozen=True):
    """What a person was answered to a command."""

    command: str
    status: int
    body: dict[str, Any]


class Done(NamedTuple):
    """A command that was answered, and when it was given: until it ends it is answered alike."""

    address: str
    body: dict[str, object]
    command: str
    given_at: float


class Sent(msgspec.Struct):
    """What the load did. A signal is (account, sequence)."""

    offered: int = 0
    probes: int = 0
    tried: set[Key] = msgspec.field(default_factory=set)
    acknowledged: set[Key] = msgspec.field(default_factory=set)
    ids: list[str] = msgspec.field(default_factory=list)
    escalations_tried: list[str] = msgspec.field(default_factory=list)
    escalated: list[str] = msgspec.field(default_factory=list)
    closings_tried: list[str] = msgspec.field(default_factory=list)
    closed: list[str] = msgspec.field(default_factory=list)
    heard: list[Heard] = msgspec.field(default_factory=list)


class OpenLoad:
    """Use as a context: entering starts the clock; `stop` ends the arrivals and waits for the last answers."""

    def __init__(self, station: Whole, rate: float, before: OpenLoad | None = None) -> None:
        """`before`: an earlier load of the same record, which goes on in this one, from other lines."""
        self.station = station
        self.rate = rate
        self.sent: Sent = Sent() if before is None else before.sent
        self.seconds = 0.0
        self.doing = "has not begun"
        self._done: deque[Done] = deque()
        # Not httpx: at 200 signals/s it would take half a core from what is being tested.
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        self._stopping = asyncio.Event()
        panels, senders = (
            round(rate * PANEL_SHARE / PANEL_PER_S),
            round(rate * (1 - PANEL_SHARE) / SENDER_PER_S),
        )
        first = 0 if before is None else before.next_line
        self.next_line: int = first + max(panels, senders)
        self._panels = [f"8{which:03}" for which in range(first, first + panels)]
        self._senders = [f"7{which:03}" for which in range(first, first + senders)]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Signals arrive inside; leaving it, every one that arrived is acknowledged, within two minutes."""
        began = time.monotonic()
        bound = asyncio.timeout(None)
        try:
            async with bound, asyncio.TaskGroup() as group:
                self._start(group)
                yield
                self._stopping.set()
                self.seconds = time.monotonic() - began
                bound.reschedule(asyncio.get_running_loop().time() + DRAIN_S)
        except TimeoutError:
            raise AssertionError(self._still_waiting()) from None

    def _start(self, group: asyncio.TaskGroup) -> None:
        for account in self._panels:
            group.create_task(self._line(account, PANEL_PER_S, self._send_frame))
        for account in self._senders:
            group.create_task(self._line(account, SENDER_PER_S, self.post))
        group.create_task(self._operator())

    def _still_waiting(self) -> str:
        open_now = self.sent.offered - len(self.sent.acknowledged)
        return (
            f"{DRAIN_S:.0f} s after the last arrival {open_now} signals are not acknowledged, "
            f"the operator {self.doing}.\n{self.station.last_words()}"
        )

    async def aclose(self) -> None:
        """Release the connections."""
        await self._http.close()

    async def _line(self, account: str, per_s: float, send: Any) -> None:
        """Arrivals and their sending, apart."""
        waiting: asyncio.Queue[int | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._arrive(waiting, per_s, int(account) % 97 / 97))
            group.create_task(self._drain(account, waiting, send))

    async def _arrive(self, waiting: asyncio.Queue[int | None], per_s: float, phase: float) -> None:
        began = time.monotonic()
        for sequence in itertools.count(1):
            due = began + (sequence - 1 + phase) / per_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), max(0.0, due - time.monotonic()))
            if self._stopping.is_set():
                break
            self.sent.offered += 1
            waiting.put_nowait(sequence)
        waiting.put_nowait(None)

    async def _drain(self, account: str, waiting: asyncio.Queue[int | None], send: Any) -> None:
        while (sequence := await waiting.get()) is not None:
            await send(account, sequence, BURGLARY if sequence % ALARM_EACH == 5 else TEST)

    async def post(self, account: str, sequence: int, code: str) -> None:
        """Post one signal until it is acknowledged."""
        key = account, f"{sequence:05}"
        panel_time = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = {"id": key[1], "receiver": "chaos", "account": account, "code": code, "panel_time": panel_time}
        headers = {"Authorization": f"Bearer {self.station.endpoints['signal_token']}"}
        self.sent.tried.add(key)
        while key not in self.sent.acknowledged:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                address = f"{self.station.endpoints['signals']}/v1/signals"
                async with self._http.post(address, json=body, headers=headers) as answer:
                    if answer.status == httpx.codes.ACCEPTED:
                        self.sent.ids += (await answer.json())["ids"]
                        self.sent.acknowledged.add(key)
                        return
                    assert answer.status >= httpx.codes.INTERNAL_SERVER_ERROR, await answer.text()
            await asyncio.sleep(AGAIN_S)

    async def _send_frame(self, account: str, sequence: int, code: str) -> None:
        """Send one DC-09 frame, the same bytes each time, until it is acknowledged."""
        host, port = self.station.endpoints["dc09"].rsplit(":", 1)
        key = account, f"{sequence:04}"
        frame = contact_id_frame(account, sequence, f"1{code} 01 003", now_us())
        self.sent.tried.add(key)
        while key not in self.sent.acknowledged:
            with contextlib.suppress(NoAnswer):
                await send_frame(host, int(port), frame, sequence, answer_seconds=2)
                self.sent.acknowledged.add(key)
                return
            await asyncio.sleep(AGAIN_S)

    async def probe(self) -> str:
        """One alarm of an account that never sent before, acknowledged; the account."""
        account = f"9{next(_PROBES):04}"
        self.sent.offered += 1
        self.sent.probes += 1
        await self.post(account, 1, BURGLARY)
        return account

    async def _operator(self) -> None:
        """Claims and verifies one alarm after the other, and escalates it or closes it, in turns."""
        while not self._stopping.is_set():
            async with httpx.AsyncClient(base_url=self.station.endpoints["web"], timeout=8) as desk:
                with contextlib.suppress(httpx.HTTPError):
                    await log_in(desk, self.station)
                    await self._work(desk)
            await asyncio.sleep(AGAIN_S)

    async def _work(self, desk: httpx.AsyncClient) -> None:
        """Until the session ends; each line in its turn, so that no list grows long."""
        turns = itertools.cycle((self._escalate, self._close))
        for account in itertools.cycle(self._senders):
            self.doing = f"looks for alarms of {account}"
            answer = await desk.get("/api/alarms", params={"state": "open", "account": account, "limit": 200})
            if answer.status_code == httpx.codes.UNAUTHORIZED or self._stopping.is_set():
                return
            items = answer.json()["items"] if answer.is_success else []
            free = [one["id"] for one in items if not one["claimed_by"]]
            if free:
                await next(turns)(desk, free[0])
            await self._ask_again(desk)
            await asyncio.sleep(AGAIN_S)

    async def _escalate(self, desk: httpx.AsyncClient, alarm: str) -> None:
        await self._act(desk, alarm, "claim", {})
        await self._act(desk, alarm, "verify", {"result": "confirmed", "evidence": CONFIRMED})
        self.sent.escalations_tried.append(alarm)
        if (await self._act(desk, alarm, "escalate", {})).status_code == httpx.codes.OK:
            self.sent.escalated.append(alarm)

    async def _close(self, desk: httpx.AsyncClient, alarm: str) -> None:
        await self._act(desk, alarm, "claim", {})
        await self._act(desk, alarm, "verify", {"result": "false_alarm", "evidence": FALSE})
        self.sent.closings_tried.append(alarm)
        if (await self._act(desk, alarm, "close", {"reason": "a cat"})).status_code == httpx.codes.OK:
            self.sent.closed.append(alarm)

    async def _act(
        self, desk: httpx.AsyncClient, alarm: str, what: str, body: dict[str, object]
    ) -> httpx.Response:
        """One command under one id, repeated until there is an answer, and once more: a double click."""
        address, command, answers = f"/api/alarms/{alarm}/{what}", uuid7(), list[httpx.Response]()
        given_at = time.monotonic()
        while len(answers) < 2:
            with contextlib.suppress(httpx.HTTPError):
                answer = await self._ask(desk, address, command, body)
                if answer.status_code in {401, 404}:
                    return answer
                if answer.status_code in ANSWERED:
                    answers.append(answer)
                    continue
            await asyncio.sleep(AGAIN_S)
        assert answers[0].status_code == answers[1].status_code, [one.text for one in answers]
        self._done.append(Done(address, body, command, given_at))
        return answers[0]

    async def _ask(
        self, desk: httpx.AsyncClient, address: str, command: str, body: dict[str, object]
    ) -> httpx.Response:
        """Once; whatever is an answer is remembered, and judged by the record when all is over."""
        answer = await desk.post(address, json=body, headers={"Idempotency-Key": command})
        self.doing = f"was last answered {answer.status_code} to {address}: {answer.text[:300]}"
        if answer.status_code in ANSWERED:
            self.sent.heard.append(Heard(command, answer.status_code, answer.json()))
        else:
            known = answer.status_code in {202, 401, 404} or answer.is_server_error
            assert known, self.doing
        return answer

    async def _ask_again(self, desk: httpx.AsyncClient) -> None:
        """The oldest command that still has its answer, if it was answered a while ago: what was struck meanwhile?"""
        while self._done and time.monotonic() - self._done[0].given_at > ANSWERED_FOR_S:
            self._done.popleft()
        if self._done and time.monotonic() - self._done[0].given_at > ASKED_AGAIN_S:
            done = self._done.popleft()
            await self._ask(desk, done.address, done.command, done.body)


async def log_in(desk: httpx.AsyncClient, station: Whole, role: str = "operator") -> None:
    """Raise `HTTPError` when it does not work now."""
    (await desk.post("/api/session", json=station.endpoints["accounts"][role])).raise_for_status()
