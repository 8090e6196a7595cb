"""The judge of the simulation finds harm in a record that a real router left in a real Kafka, and names it.

One decision is forged and the chain sealed again over it. Whoever decides again as the router should finds that it did not.
But a fault of the code is in whoever decides again, too: `AsRecorded` is a machine that finds every decision right, so that
what is named then is the promise that was broken.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import asyncpg
import pytest
from msgspec.structs import replace

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.codec import decode_decision, digest, encode
from services.contracts.envelope import Decision, InboxRecord, Refused
from services.contracts.interruption import InterruptionSettled
from services.contracts.reports import EscalationReceipt
from services.contracts.topics import EVENTS, INBOX, partition_of
from services.desk.adapters.postgres_interruptions import PostgresInterruptionWriter
from services.desk.adapters.postgres_projection import PostgresProjection
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import NO_HEAD
from services.eventsourcing.ports import Record
from services.law.shelf import shipped
from services.runtime.clock import now_us
from services.runtime.counting import Counted
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.simulation.judge import Machines
from services.simulation.resting import check_read_models
from services.simulation.world import Violation
from services.station.adapters.kafka_topics import drop_topics, make_topics, wanted_topics
from tests.chaos.open_load import Heard
from tests.chaos.the_judge import AsRecorded, Court
from tests.chaos.the_lists import read_partition
from tests.chaos.the_read_models import as_seen, read_models
from tests.conftest import run_apart
from tests.integration.alarm_router.test_silence import Unworried
from tests.unit.alarm_router.saying import CALL, SITE, WANG, Desk

CODE = "1.0"
LAW = replace(shipped(), settle_us=1_000_000)
PARTITION = partition_of(SITE)
PATIENCE_S = 60
BURGLARY, TEST, NO_MAINS = "130", "602", "301"
SOUND: Machines = {CODE: lambda: AlarmRouter(LAW)}
Forgery = Callable[[Decision], Decision | None]


class Logs(NamedTuple):
    """The two of one partition."""

    inbox: list[Record]
    events: list[Record]

    def decisions(self) -> list[Decision]:
        return [decode_decision(one.value) for one in self.events]

    def forged(self, forge: Forgery) -> Logs:
        """Each decision as it is made of it, or left out, and the chain sealed again."""
        values, head = list[bytes](), NO_HEAD
        for one in self.decisions():
            if (made := forge(one)) is not None:
                values.append(encode(replace(made, lies_at=len(values), prev=head)))
                head = digest(values[-1])
        return Logs(self.inbox, [Record(offset, 0, value) for offset, value in enumerate(values)])


class Router:
    """A worker on a broker, whom one asks and who answers."""

    def __init__(self, kafka: str, prefix: str) -> None:
        self._kafka, self._inbox, self._events = kafka, prefix + INBOX, prefix + EVENTS
        self.words = Desk()

    def log(self, topic: str) -> KafkaEventLog:
        return KafkaEventLog(self._kafka, topic, PARTITION)

    async def put(self, topic: str, value: bytes) -> int:
        log = self.log(topic)
        writer = await log.open_writer()
        try:
            return await writer.append([value])
        finally:
            await writer.close()
            await log.close()

    async def told(self, message: InboxRecord) -> Decision:
        at = await self.put(self._inbox, encode(message))
        return await self.said(lambda one: one.source.offset == at)

    async def said(self, which: Callable[[Decision], bool]) -> Decision:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                logs = await self.logs()
                if found := [one for one in logs.decisions() if which(one)]:
                    return found[0]
                await asyncio.sleep(0.1)

    async def logs(self) -> Logs:
        events = await read_partition(self._kafka, self._events, PARTITION)
        return Logs(await read_partition(self._kafka, self._inbox, PARTITION), events)

    async def signal(self, code: str, zone: str) -> Decision:
        self.words.now = now_us()
        return await self.told(self.words.signal(code=code, zone=zone))

    def head(self) -> dict[str, Any]:
        return {"id": uuid7(), "sender": "web", "sent_at": now_us(), "subject": SITE, "by": WANG}

    async def work(self) -> Logs:
        """An alarm is reported and received, a command asked twice; an interruption settles; a signal ends it all."""
        await self.put(self._events, encode(genesis(PARTITION, uuid7(), now_us(), CODE)))
        inbox, events = self.log(self._inbox), self.log(self._events)
        worker = PartitionWorker(
            PARTITION, inbox=inbox, events=events, clock=now_us, watcher=Unworried(),
            code=CODE, company=Company(), snapshots=MemorySnapshots(), law=LAW,
        )  # fmt: skip
        working = asyncio.create_task(worker.run())
        try:
            await self._day()
            return await self.logs()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await asyncio.gather(inbox.close(), events.close())

    async def _day(self) -> None:
        raised = next(
            one for one in (await self.signal(BURGLARY, "003")).events if isinstance(one, a.AlarmRaised)
        )
        taking = c.ClaimAlarm(**self.head(), alarm=raised.alarm)
        for _ in range(2):
            await self.told(taking)
        await self.told(c.VerifyAlarm(**self.head(), alarm=raised.alarm, result="confirmed", evidence=CALL))
        reported = await self.told(c.EscalateAlarm(**self.head(), alarm=raised.alarm))
        report = next(one for one in reported.events if isinstance(one, a.AlarmEscalated))
        await self.told(
            EscalationReceipt(
                sender="outbound", sent_at=now_us(), subject=SITE, escalation=report.escalation, attempt=1,
                outcome="delivered", endpoint="https://110.example",
            )
        )  # fmt: skip
        await self.signal(TEST, "000")
        await self.signal(NO_MAINS, "000")
        await self.said(lambda one: any(isinstance(event, InterruptionSettled) for event in one.events))
        await self.signal(TEST, "001")


@pytest.fixture(scope="module")
def honest(kafka: str) -> Iterator[Logs]:
    prefix = f"judge{secrets.token_hex(4)}."
    make_topics(kafka, [one for one in wanted_topics() if one.name in {INBOX, EVENTS}], prefix)
    yield run_apart(Router(kafka, prefix).work())
    drop_topics(kafka, lambda name: name.startswith(prefix))


def acknowledged(logs: Logs) -> set[str]:
    return {one.id for one in logs.decisions() if one.id.startswith("run-1/")}


def judged(logs: Logs, machines: Machines, told: set[str]) -> Court:
    court = Court(machines, told, [PARTITION])
    court.take(PARTITION, logs.inbox, logs.events)
    left = court.unsettled() + court.not_known()
    assert not left, left
    court.close()
    return court


def test_an_honest_record_holds(honest: Logs) -> None:
    told = acknowledged(honest)
    assert len(told) == 4
    judged(honest, SOUND, told)
    judged(honest, {CODE: lambda: AsRecorded(LAW, honest.decisions())}, told)


def without(*kinds: type) -> Forgery:
    """Nothing of these kinds is said; a decision that says nothing else is not made."""

    def forge(decision: Decision) -> Decision | None:
        left = tuple(event for event in decision.events if not isinstance(event, kinds))
        if left == decision.events:
            return decision
        return replace(decision, events=left) if left or not decision.id.startswith("tick/") else None

    return forge


def twice(kind: type) -> Forgery:
    """Whatever is of this kind is said two times."""

    def forge(decision: Decision) -> Decision:
        again = tuple(event for event in decision.events if isinstance(event, kind))
        return replace(decision, events=decision.events + again)

    return forge


def unexplained(decision: Decision) -> Decision:
    events = tuple(
        replace(event, reason="") if isinstance(event, a.SignalRecorded) else event
        for event in decision.events
    )
    return replace(decision, events=events)


def unheard(decision: Decision) -> Decision | None:
    """The first test signal is not decided."""
    recorded = [one for one in decision.events if isinstance(one, a.SignalRecorded)]
    return None if any((one.code, one.zone) == (TEST, "000") for one in recorded) else decision


def contrary() -> Forgery:
    """The second answer to a command is another one."""
    seen = set[str]()

    def forge(decision: Decision) -> Decision:
        is_again = decision.id in seen
        seen.add(decision.id)
        return replace(decision, answer=Refused(reason="alarm.not_open")) if is_again else decision

    return forge


FORGERIES: dict[str, tuple[Callable[[], Forgery], str]] = {
    "reported without a verification": (lambda: without(a.AlarmVerified), "escalated without a verification"),
    "two outcomes of a signal": (lambda: twice(a.SignalRecorded), "has 2 outcomes"),
    "a signal without an outcome": (lambda: without(a.SignalRecorded), "has 0 outcomes"),
    "nobody knows why": (lambda: unexplained, "nobody knows why"),
    "raised twice": (lambda: twice(a.AlarmRaised), "said twice"),
    "reported twice": (lambda: twice(a.AlarmEscalated), "said twice"),
    "a deadline that passed": (lambda: without(InterruptionSettled), "deadlines passed and nothing was said"),
    "nobody knows whether it arrived": (lambda: without(a.EscalationDelivered), "nobody knows whether"),
    "another answer": (contrary, "was answered"),
    "acknowledged and lost": (lambda: unheard, "was acknowledged and never recorded"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_decision_is_named_though_whoever_decides_again_agrees(honest: Logs, name: str) -> None:
    forge, sentence = FORGERIES[name]
    forged = honest.forged(forge())
    with pytest.raises(AssertionError, match=sentence):
        judged(forged, {CODE: lambda: AsRecorded(LAW, forged.decisions())}, acknowledged(honest))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_decision_is_found_by_deciding_again(honest: Logs, name: str) -> None:
    forge, _ = FORGERIES[name]
    with pytest.raises(Violation, match=r"was not decided on the state before it|was left out"):
        judged(honest.forged(forge()), SOUND, acknowledged(honest))


def test_a_timer_that_nobody_lets_fall_due_is_named(honest: Logs) -> None:
    settled = next(
        at
        for at, one in enumerate(honest.decisions())
        if any(isinstance(event, InterruptionSettled) for event in one.events)
    )
    source = honest.decisions()[settled - 1].source.offset
    court = Court(SOUND, (), [PARTITION])
    court.take(PARTITION, honest.inbox[: source + 1], honest.events[:settled])
    assert court.unsettled(honest.decisions()[settled - 1].time) == []
    (said,) = court.unsettled(now_us() + 3_600_000_000)
    assert "time has passed partition" in said


def test_an_answer_that_a_person_heard_and_that_is_not_recorded_is_named(honest: Logs) -> None:
    court = judged(honest, SOUND, acknowledged(honest))
    claimed = next(
        one for one in honest.decisions() if any(isinstance(e, a.AlarmClaimed) for e in one.events)
    )
    court.check_heard([Heard(claimed.id, 200, {"answer": {"type": "accepted"}})])
    for wrong in (
        Heard(claimed.id, 409, {"type": "urn:jiejing:alarm.not_open"}),
        Heard(claimed.id, 200, {"answer": {"type": "already"}}),
        Heard(uuid7(), 200, {"answer": {"type": "accepted"}}),
    ):
        with pytest.raises(AssertionError, match=wrong.command):
            court.check_heard([wrong])


async def project(logs: Logs, connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """As the projector does."""
    batch = [
        Counted(PARTITION, record.offset, record.value, decision, digest(record.value))
        for record, decision in zip(logs.events, logs.decisions(), strict=True)
    ]
    for book in (PostgresProjection(connection), PostgresInterruptionWriter(connection)):
        await book.begin()
        await book.take(batch, {PARTITION: Place(PARTITION)})


HARMS = {
    "update desk_2.alarm set view = jsonb_set(view, '{priority}', '5')": "read model of alarms",
    "update desk_2.alarm set archived = true": "read model of alarms",
    "update desk_2.escalation set view = jsonb_set(view, '{state}', '\"sent\"')": "read model of escalations",
    "delete from desk_2.ticket where id = (select min(id) from desk_2.ticket)": "a ticket is missing",
    'update desk_2.ticket set answer = \'{"type": "already"}\'': "says what was not decided first",
    "delete from desk_2.alarm_event where index = 0": "what happened to alarms",
    "update desk_2.accounting set count = count + 1": "the signals of a run",
    "update desk_interruption_1.interruption set archived = true": "read model of interruptions",
    "delete from desk_interruption_1.event": "what happened to interruptions",
}


async def test_a_read_model_that_is_not_the_fold_is_named(honest: Logs, database: str) -> None:
    court = judged(honest, SOUND, acknowledged(honest))
    fold = court.folded({PARTITION: court.oracles[PARTITION].newest})
    connection = await asyncpg.connect(database)
    try:
        await project(honest, connection)
        check_read_models(*await read_models(database), *fold)
        for harm, sentence in HARMS.items():
            undone = connection.transaction(isolation="repeatable_read")
            await undone.start()
            await connection.execute(harm)
            with pytest.raises(Violation, match=sentence):
                check_read_models(*await as_seen(connection), *fold)
            await undone.rollback()
    finally:
        await connection.close()
