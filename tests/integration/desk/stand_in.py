"""A stand-in for the router: it accepts everything but a second claim. The rules have their own tests."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts.codec import decode_inbox
from services.contracts.directory import Filing
from services.contracts.envelope import Event, Refused
from services.contracts.reports import TypedWhileUndecided
from services.contracts.topics import partition_of
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.desk.conftest import DecisionLog, World

PARTITION = partition_of("site")
LATER = 9_000_000_000_000_000


def raised(alarm: str = "alarm-1", **change: Any) -> a.AlarmRaised:
    """Of provider p1 in the area of bureau b1, if not told otherwise."""
    values: dict[str, Any] = {
        "alarm": alarm,
        "number": "6-1A-00",
        "subject": "site",
        "site_known": True,
        "account_space": "default",
        "account": "1001",
        "class_": "burglary",
        "priority": 2,
        "code": "130",
        "received_at": 1,
        "claim_due": 2,
        "provider": "p1",
        "bureau": "b1",
        "filing": Filing(authority="x", state="filed"),
    }
    return a.AlarmRaised(**{**values, **change})


@contextlib.asynccontextmanager
async def running(*works: Any) -> AsyncIterator[None]:
    """Run these beside the test and end them after it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def event_of(one: c.AlarmCommand | c.PoliceCommand) -> Event:
    """What an accepted command comes to."""
    match one:
        case c.ClaimAlarm():
            return a.AlarmClaimed(alarm=one.alarm, by=one.by)
        case c.ReleaseAlarm():
            return a.AlarmReleased(alarm=one.alarm, by=one.by, claim_due=LATER)
        case c.HandOverAlarm():
            return a.AlarmHandedOver(alarm=one.alarm, by=one.by, to=one.to)
        case c.TakeOverAlarm():
            return a.AlarmTakenOver(alarm=one.alarm, by=one.by, held_by="operator-1", reason=one.reason)
        case c.NoteAlarm():
            return a.AlarmNoted(alarm=one.alarm, by=one.by, note=one.note)
        case c.VerifyAlarm():
            return a.AlarmVerified(alarm=one.alarm, by=one.by, result=one.result, evidence=one.evidence)
        case c.EscalateAlarm():
            return a.AlarmEscalated(alarm=one.alarm, escalation="esc-1", bureau="b1", by=one.by)
        case c.CloseAlarm():
            return a.AlarmClosed(alarm=one.alarm, by=one.by, reason=one.reason)
        case g.OrderGuard() | g.ReportGuard() | g.ReportGuardResult():
            return guard_event_of(one)
        case _:
            return police_event_of(one)


def guard_event_of(one: g.GuardCommand) -> Event:
    """The same of guards."""
    match one:
        case g.OrderGuard():
            return g.GuardOrdered(alarm=one.alarm, guard="guard-1", by=one.by, unit=one.unit)
        case g.ReportGuard():
            return g.GuardReported(alarm=one.alarm, guard=one.guard, by=one.by, step=one.step)
        case g.ReportGuardResult():
            return g.GuardFound(
                alarm=one.alarm, guard=one.guard, by=one.by, finding=one.finding, note=one.note
            )


def police_event_of(one: c.PoliceCommand) -> Event:
    """The same for the police."""
    names: dict[str, Any] = {"alarm": "alarm-1", "escalation": one.escalation, "by": one.by}
    match one:
        case c.SignForEscalation():
            return a.EscalationSignedFor(**names, police_incident_no=one.police_incident_no)
        case c.DispatchPolice():
            return a.PoliceDispatched(**names, unit=one.unit)
        case c.ReportOnScene():
            return a.PoliceOnScene(**names)
        case c.GiveFeedback():
            return a.FeedbackGiven(**names, text=one.text, disposition=one.disposition, final=one.final)
        case _:
            raise NotImplementedError(one)  # told with the real router


async def decide_all(world: World, log: DecisionLog) -> None:
    """Decide each command of the inbox for ever; time brings an overdue claim before each act of the police."""
    inbox = KafkaEventLog(world.settings.kafka, world.inbox, PARTITION)
    offset, holder = 0, ""
    try:
        while True:
            for record in await inbox.read(offset, most=100, wait_s=0.2):
                offset = record.offset + 1
                one = decode_inbox(record.value)
                if isinstance(one, TypedWhileUndecided):
                    noted = a.SignalNoted(subject=one.subject, source=one.source, by=one.by, note=one.note)
                    await log.append(one.id, noted, source=record.offset)
                    continue
                assert isinstance(one, c.AlarmCommand | c.PoliceCommand)
                if isinstance(one, c.ClaimAlarm) and holder:
                    refused = Refused(reason="alarm.claimed_by_other", params={"holder": holder})
                    await log.append(one.id, answer=refused, source=record.offset)
                    continue
                holder = one.by.id if isinstance(one, c.ClaimAlarm) else holder
                due = (a.ClaimFellDue(alarm="alarm-1"),) if isinstance(one, c.PoliceCommand) else ()
                await log.append(one.id, *due, event_of(one), source=record.offset)
    finally:
        await inbox.close()
