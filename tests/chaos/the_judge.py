"""The judge of the simulation over what really lies in Kafka, and the read models in PostgreSQL beside its fold.

Each partition's inbox and events go through the oracle (`services.simulation.judge`): verification before escalation, one
explained outcome for each signal, what may be said once, order, answers until their end, timers and bounds. When nothing is
under way any more, all partitions together are complete, and the read models are what the record says (`resting`).

Off is what needs what the simulation alone knows: who was truly heard and while who received (`Unheard`; that silent and
heard take turns stays on), what panels truly offered (`check_accounts`), what each side of the police did inside
(`a_police` asks that of its own stub), and what a screen had at every place on its way (`a_screen` asks for its end).
"""

from __future__ import annotations

import asyncio
import time
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from services.alarm_router.bootstrap import code_version
from services.alarm_router.domain.escalation import THEN_EVERY_US
from services.alarm_router.domain.machine import AlarmRouter
from services.contracts.envelope import Refused
from services.contracts.topics import EVENTS, INBOX, PARTITIONS, partition_of
from services.eventsourcing.partition import Outcome
from services.picture.alarm_view import Views, changes
from services.runtime.clock import now_us
from services.simulation.hearing import Hearings
from services.simulation.judge import Judge, Machines, Oracle
from services.simulation.resting import Said, check_complete, check_read_models, not_known, undecided
from services.simulation.world import World
from tests.chaos.the_lists import PATIENCE_S, read_partition
from tests.chaos.the_read_models import read_models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from services.alarm_router.domain.silence import Supervised
    from services.alarm_router.domain.state import State
    from services.contracts.envelope import Answer, Decision
    from services.contracts.liveness import SystemFellSilent, SystemHeardAgain
    from services.eventsourcing.ports import Record
    from services.law.pack import Law
    from tests.chaos.a_station import Whole
    from tests.chaos.open_load import Heard, Sent

LOOK_S = 0.5
LATE_US = 10_000_000


class Unheard(Hearings):
    """Nobody can say who was truly heard: no silence is held against it."""

    def judge(self, event: SystemFellSilent | SystemHeardAgain, sent_at: int) -> None:
        """See `Hearings`."""

    def follow(self, supervised: Mapping[str, Supervised], lines: Iterable[str]) -> None:
        """See `Hearings`."""


class AsRecorded(AlarmRouter):
    """Decides whatever was decided: by this machine every promise is asked for, but whether it was decided rightly."""

    def __init__(self, law: Law, decisions: Iterable[Decision]) -> None:
        """`decisions`: of any partitions."""
        super().__init__(law)
        self._said = {
            (partition_of(one.subject), one.source.offset): Outcome(
                one.time, one.subject, one.id, one.answer, one.events
            )
            for one in decisions
        }

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        return self._said.get((state.partition, record.offset))


class Court:
    """The inboxes as far as they were read, and an oracle over each."""

    def __init__(
        self, machines: Machines, acknowledged: Collection[str], partitions: Iterable[int] = range(PARTITIONS)
    ) -> None:
        """`machines`: the versions of the code, by name; `acknowledged`: signals that senders were told are kept, by key."""
        world, told = World(0), set(acknowledged)
        self.inboxes: dict[int, list[Record]] = {partition: [] for partition in partitions}
        self.oracles = {
            partition: Oracle(Judge(world, inbox, machines, told, Unheard(world)), partition)
            for partition, inbox in self.inboxes.items()
        }
        self._acknowledged = told

    def take(self, partition: int, inbox: Iterable[Record], events: Iterable[Record]) -> None:
        """What lies in the two logs behind what was read. Raises `Violation`."""
        self.inboxes[partition] += inbox
        for record in events:
            self.oracles[partition].take(record)

    async def read_on(self, kafka: str) -> None:
        """All that lies there now; the events first, so that they speak of nothing that the inbox does not have."""
        for partition, oracle in self.oracles.items():
            events = await read_partition(kafka, EVENTS, partition, oracle.chain.offset)
            inbox = await read_partition(kafka, INBOX, partition, len(self.inboxes[partition]))
            self.take(partition, inbox, events)

    def unsettled(self, now: int = 0) -> list[str]:
        """What is still under way. `now`: UTC microseconds; a timer that nobody lets fall due is found by it."""
        found = []
        for partition, oracle in self.oracles.items():
            found += undecided(partition, oracle, self.inboxes[partition])
            late = [one for one in oracle.state.deadlines if one[0] < now - LATE_US]
            found += [f"time has passed partition {partition} by: {late[:3]}"] if late else []
        return found

    def not_known(self) -> list[str]:
        """Reports of which nobody knows whether they arrived."""
        return [one for oracle in self.oracles.values() for one in not_known(oracle)]

    def close(self) -> None:
        """What all of it together must say when nothing is under way any more. Raises `Violation`."""
        check_complete(self.oracles, self._acknowledged)

    def folded(self, places: Mapping[int, int]) -> tuple[Views, Said]:
        """What the record says up to these offsets."""
        views, said = Views(alarms={}, reports={}), Said()
        for partition, oracle in self.oracles.items():
            for offset, decision in _until(oracle, places[partition]):
                views.take(changes(views, partition, offset, decision))
                said.take(partition, offset, decision)
        return views, said

    def check_heard(self, heard: Iterable[Heard]) -> None:
        """Whatever a person was answered to a command, and however often, is what is recorded as its answer."""
        recorded = {
            name: answer
            for oracle in self.oracles.values()
            for name, (answer, _) in oracle.judge.answers.items()
        }
        wrong = [(one, recorded.get(one.command)) for one in heard if not _is_said(one, recorded)]
        assert not wrong, f"answered, and what is recorded: {wrong}"


async def judge_station(
    station: Whole, sent: Sent, *, patient: bool, before: Machines = MappingProxyType({})
) -> None:
    """Once it is at rest: its record, and its read models. Raises `Violation`.

    `before`: the versions that decided before the running one. `patient`: also until each report is known to have arrived,
    which is asked every five minutes in the end; without it, whatever is not known must have its timer.
    """
    law = station.law()
    court = Court({code_version(law): lambda: AlarmRouter(law), **before}, sent.ids)
    began = time.monotonic()
    while left := await _left(station, court, patient=patient):
        patience = PATIENCE_S + (2 * THEN_EVERY_US // 1_000_000 if patient else 0)
        assert time.monotonic() - began < patience, (
            f"it does not come to rest: {left}\n{station.last_words()}"
        )
        await asyncio.sleep(LOOK_S)
    court.close()
    court.check_heard(sent.heard)
    await check_shown(station, court)


async def _left(station: Whole, court: Court, *, patient: bool) -> list[str]:
    await court.read_on(station.endpoints["kafka"])
    return court.unsettled(now_us()) + (court.not_known() if patient else [])


async def check_shown(station: Whole, court: Court) -> None:
    """PostgreSQL has what the record says, as far as both books went, which is as far as `court` at least."""
    newest = {partition: oracle.newest for partition, oracle in court.oracles.items()}
    began = time.monotonic()
    while True:
        desk, book = await read_models(station.endpoints["postgres"])
        at, other = (
            {number: one.offset for number, one in places.items()} for places in (desk.places, book.places)
        )
        if at == other and all(at.get(partition, -1) >= offset for partition, offset in newest.items()):
            break
        assert time.monotonic() - began < PATIENCE_S, (
            f"read until {at} and {other} of {newest}\n{station.last_words()}"
        )
        await asyncio.sleep(LOOK_S)
    await court.read_on(station.endpoints["kafka"])
    check_read_models(desk, book, *court.folded(at))


def _until(oracle: Oracle, place: int) -> Iterator[tuple[int, Decision]]:
    return takewhile(lambda one: one[0] <= place, oracle.decisions)


def _is_said(heard: Heard, recorded: Mapping[str, Answer]) -> bool:
    """A refusal is told by its reason, everything else as it stands."""
    answer = recorded.get(heard.command)
    if isinstance(answer, Refused):
        return (heard.status, heard.body.get("type")) == (409, f"urn:jiejing:{answer.reason}")
    return answer is not None and (heard.status, heard.body.get("answer")) == (
        200,
        msgspec.to_builtins(answer),
    )
