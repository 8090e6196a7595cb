"""What became of signals and alarms: events of the record."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from services.contracts.commands import Evidence, ReportAtOnceRule, VerificationResult
from services.contracts.directory import Filing, SiteClass
from services.contracts.signals import Qualifier
from services.contracts.stored import Actor, Sealed, SignalId, Stored

AlarmClass: TypeAlias = Literal[
    "duress",
    "panic",
    "fire",
    "medical",
    "burglary",
    "tamper",
    "wrong_code",
    "shutdown",
    "programming",
    "bypass",
    "power",
    "comms",
    "trouble",
    "unknown_code",
    "malformed",
    "raw",
    "system",
]
Outcome: TypeAlias = Literal["surfaced", "logged", "retransmit"]


class SignalRecorded(Stored, frozen=True, kw_only=True, tag="signal.recorded.v1"):
    """What a signal came to. The first event of every decision about a signal (accounting, glossary).

    `reason` says why it was logged ("arm_disarm", "test", "restore", "status") or surfaced raw.
    """

    signal: SignalId
    outcome: Outcome
    reason: str = ""
    sequence: str | None = None
    code: str
    qualifier: Qualifier = "new"
    area: str = ""
    zone: str = ""
    panel_time: int | None = None
    received_at: int


class AlarmRaised(Stored, frozen=True, kw_only=True, tag="alarm.raised.v1"):
    """An alarm for a person. Site, provider and filing are as known at this point of the record."""

    alarm: str
    number: str
    subject: str
    site_known: bool
    account_space: str
    account: str
    class_: AlarmClass = msgspec.field(name="class")
    priority: int
    code: str
    area: str = ""
    zone: str = ""
    received_at: int
    panel_time: int | None = None
    possibly_repeated: bool = False
    site_class: SiteClass | None = None
    division: str | None = None
    bureau: str | None = None
    provider: str | None = None
    filing: Filing | None = None
    claim_due: int


class ClaimFellDue(Stored, frozen=True, kw_only=True, tag="alarm.claim_fell_due.v1"):
    """Nobody took the alarm in time; said once."""

    alarm: str


class AlarmClaimed(Stored, frozen=True, kw_only=True, tag="alarm.claimed.v1"):
    """The alarm is this operator's."""

    alarm: str
    by: Actor


class AlarmVerified(Stored, frozen=True, kw_only=True, tag="alarm.verified.v1"):
    """A verification was recorded; the newest one counts."""

    alarm: str
    by: Actor
    result: VerificationResult
    evidence: tuple[Evidence, ...]


class AlarmEscalated(Stored, frozen=True, kw_only=True, tag="alarm.escalated.v1"):
    """Reported to the police. `escalation` is minted here: uuid5(log, partition, source, index, target)."""

    alarm: str
    escalation: str
    bureau: str | None
    by: Actor
    rule: ReportAtOnceRule | None = None


class EscalationSignedFor(Stored, frozen=True, kw_only=True, tag="escalation.signed_for.v1"):
    """The police took note."""

    alarm: str
    escalation: str
    by: Actor
    police_incident_no: str | None = None


class AlarmClosed(Stored, frozen=True, kw_only=True, tag="alarm.closed.v1"):
    """Closed by a person with a reason."""

    alarm: str
    by: Actor
    reason: Sealed


class AlarmArchived(Stored, frozen=True, kw_only=True, tag="alarm.archived.v1"):
    """The state forgets the alarm, 7 days after it was closed. The record keeps it for ever."""

    alarm: str


class DeadlineFailed(Stored, frozen=True, kw_only=True, tag="deadline.failed.v1"):
    """A deadline that could not be judged; it is dropped and a supervisor is told."""

    alarm: str
    subject: str
    kind: str
    error: str


AlarmEvent: TypeAlias = (
    AlarmRaised
    | ClaimFellDue
    | AlarmClaimed
    | AlarmVerified
    | AlarmEscalated
    | EscalationSignedFor
    | AlarmClosed
    | AlarmArchived
)
