"""What became of signals and alarms: events of the record."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from services.contracts.commands import Disposition, Evidence, ReportAtOnceRule, VerificationResult
from services.contracts.directory import Filing, SiteClass
from services.contracts.police_track import Mark, PoliceTrackEvent
from services.contracts.reports import DeliveryOutcome
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
Outcome: TypeAlias = Literal["surfaced", "logged", "suppressed", "retransmit"]


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
    """An alarm for a person. Site, provider and filing are as known at this point of the record.

    `registry_position`: the registry's position as known here. `alarm_group` (报警组): one happening at one site;
    alarms of one happening share it.
    """

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
    registry_position: int = 0
    alarm_group: str = ""
    claim_due: int


class AlarmOccurred(Stored, frozen=True, kw_only=True, tag="alarm.occurred.v1"):
    """A further signal of the same happening: kept as an occurrence of the open alarm.

    `priority`: the alarm's from here on. `suggests`: a report-at-once rule that the occurrences now meet; since
    `alarm.report_suggested.v1` says so with what it rests on, null. `heard_before`: when the happening was heard last
    before this signal; null where it was added to an alarm for want of room, or by an older version.
    """

    alarm: str
    code: str
    class_: AlarmClass = msgspec.field(name="class")
    area: str = ""
    zone: str = ""
    received_at: int
    panel_time: int | None = None
    possibly_repeated: bool = False
    priority: int
    suggests: ReportAtOnceRule | None = None
    heard_before: int | None = None


class AlarmRestored(Stored, frozen=True, kw_only=True, tag="alarm.restored.v1"):
    """The panel says that what raised the alarm is over. The alarm stays with its person."""

    alarm: str
    code: str
    area: str = ""
    zone: str = ""
    received_at: int


class AlarmAdopted(Stored, frozen=True, kw_only=True, tag="alarm.adopted.v1"):
    """The shell site of an open alarm was registered, or merged into `site`; what is known of it from here on."""

    alarm: str
    site: str
    site_class: SiteClass
    division: str
    bureau: str
    provider: str
    filing: Filing | None = None
    registry_position: int


class ClaimFellDue(Stored, frozen=True, kw_only=True, tag="alarm.claim_fell_due.v1"):
    """Nobody took the alarm in time; said once."""

    alarm: str


class AlarmClaimed(Stored, frozen=True, kw_only=True, tag="alarm.claimed.v1"):
    """The alarm is this operator's."""

    alarm: str
    by: Actor


class AlarmReleased(Stored, frozen=True, kw_only=True, tag="alarm.released.v1"):
    """The alarm is nobody's again. A new claim clock runs until `claim_due`."""

    alarm: str
    by: Actor
    claim_due: int


class AlarmHandedOver(Stored, frozen=True, kw_only=True, tag="alarm.handed_over.v1"):
    """The alarm is the colleague's now."""

    alarm: str
    by: Actor
    to: str


class AlarmTakenOver(Stored, frozen=True, kw_only=True, tag="alarm.taken_over.v1"):
    """The alarm was taken from the colleague who held it, with a reason."""

    alarm: str
    by: Actor
    held_by: str
    reason: Sealed


class AlarmNoted(Stored, frozen=True, kw_only=True, tag="alarm.noted.v1"):
    """Somebody wrote something down. `undecided`: typed while the partition was stopped."""

    alarm: str
    by: Actor
    note: Sealed
    undecided: bool = False


class SignalCarriedOn(Stored, frozen=True, kw_only=True, tag="signal.carried_on.v1"):
    """The signal's shell site had been merged into the site `to`: a follow-up carries it there, to be decided there.

    `source`: the signal's offset in this partition's inbox. Not accounted here but where it arrives.
    """

    signal: SignalId
    source: int
    to: str


class SignalNoted(Stored, frozen=True, kw_only=True, tag="signal.noted.v1"):
    """What was typed about a signal that came to no alarm, or whose alarm is no longer held."""

    subject: str
    source: int
    by: Actor
    note: Sealed


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
    mark: Mark = "actual"


class EscalationDelivered(Stored, frozen=True, kw_only=True, tag="escalation.delivered.v1"):
    """What is known of one sending. `refused`: the endpoint will not take it; a person must telephone.

    `unknown`: no answer, or one that promises nothing. `asked`: learnt by asking for the status, not by sending.
    """

    alarm: str
    escalation: str
    attempt: int
    outcome: DeliveryOutcome
    endpoint: str
    detail: str = ""
    asked: bool = False


class EscalationAskedAgain(Stored, frozen=True, kw_only=True, tag="escalation.asked_again.v1"):
    """No receipt came in time: deliver once more, by the same id. `attempt` counts from 1, the first sending."""

    alarm: str
    escalation: str
    bureau: str | None
    attempt: int
    mark: Mark = "actual"


class EscalationSignedFor(Stored, frozen=True, kw_only=True, tag="escalation.signed_for.v1"):
    """The police took note."""

    alarm: str
    escalation: str
    by: Actor
    police_incident_no: str | None = None


class PoliceDispatched(Stored, frozen=True, kw_only=True, tag="escalation.police_dispatched.v1"):
    """The police sent somebody (派警)."""

    alarm: str
    escalation: str
    by: Actor
    unit: str = ""


class PoliceOnScene(Stored, frozen=True, kw_only=True, tag="escalation.on_scene.v1"):
    """The police are on scene (到场)."""

    alarm: str
    escalation: str
    by: Actor


class FeedbackGiven(Stored, frozen=True, kw_only=True, tag="escalation.feedback_given.v1"):
    """What the police found (反馈); the final one carries the disposition (处置结果)."""

    alarm: str
    escalation: str
    by: Actor
    text: Sealed
    disposition: Disposition | None = None
    final: bool = False


class AlarmClosed(Stored, frozen=True, kw_only=True, tag="alarm.closed.v1"):
    """Closed by a person with a reason."""

    alarm: str
    by: Actor
    reason: Sealed


class AlarmArchived(Stored, frozen=True, kw_only=True, tag="alarm.archived.v1"):
    """The state forgets the alarm, 7 days after it was closed. The record keeps it for ever."""

    alarm: str


class AlarmResumed(Stored, frozen=True, kw_only=True, tag="alarm.resumed.v1"):
    """The log goes on from a copy (`log.resumed`), and the signal came before that.

    What was done about the alarm behind the copy is lost; a report made from here on may repeat one that the police have.
    """

    alarm: str


class DeadlineFailed(Stored, frozen=True, kw_only=True, tag="deadline.failed.v1"):
    """A deadline that could not be judged; it is dropped and a supervisor is told.

    `alarm`: the id of what it belonged to; `kind` says of which kind that is ("alarm", "interruption", "window").
    """

    alarm: str
    subject: str
    kind: str
    error: str


class ClockFaulted(Stored, frozen=True, kw_only=True, tag="clock.faulted.v1"):
    """The broker's stamps ran ahead of these senders by more than a minute; at the third an alarm says so."""

    senders: tuple[str, ...]


class ClockTrusted(Stored, frozen=True, kw_only=True, tag="clock.trusted.v1"):
    """The stamps agree with the senders again."""


class HostClockNoted(Stored, frozen=True, kw_only=True, tag="clock.host_noted.v1"):
    """What is known of the host's clock changed: synchronised or not, good or bad (then an alarm follows)."""

    subject: str
    is_good: bool
    synchronised: bool
    offset_us: int


AlarmEvent: TypeAlias = (
    AlarmRaised
    | AlarmOccurred
    | AlarmRestored
    | AlarmAdopted
    | ClaimFellDue
    | AlarmClaimed
    | AlarmReleased
    | AlarmHandedOver
    | AlarmTakenOver
    | AlarmNoted
    | AlarmVerified
    | AlarmEscalated
    | EscalationDelivered
    | EscalationAskedAgain
    | EscalationSignedFor
    | PoliceDispatched
    | PoliceOnScene
    | FeedbackGiven
    | PoliceTrackEvent
    | AlarmClosed
    | AlarmArchived
    | AlarmResumed
)
