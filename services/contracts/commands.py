"""What people ask for. `id` is a uuid7; with the partition it is the ticket (design, "Tickets")."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.interruption import WindowCommand
from services.contracts.police_track import Mark, PoliceTrackCommand
from services.contracts.stored import Actor, Sealed, Stored, Whole

VerificationResult: TypeAlias = Literal["confirmed", "false_alarm", "undetermined"]
Disposition: TypeAlias = Literal["valid", "false_alarm", "duplicate", "unfounded"]
EvidenceKind: TypeAlias = Literal["call", "guard", "video", "audio", "zones", "other", "duress_code"]
EvidenceFinding: TypeAlias = Literal[
    "confirmed", "unreachable", "denied", "suspicious_person", "nothing_suspicious"
]
ReportAtOnceRule: TypeAlias = Literal[
    "hold_up_unreachable",
    "two_zones_or_principles",
    "guard_confirmed",
    "video_suspicious_person",
    "duress",
    "hold_up_confirmed",
]


class Evidence(Stored, frozen=True, kw_only=True):
    """What a verification stands on. `found`: what it came to, in words that rules can read; the note is sealed."""

    kind: EvidenceKind
    note: Sealed | None = None
    found: EvidenceFinding | None = None


class CommandHead(Stored, frozen=True, kw_only=True):
    """What every command carries."""

    id: str
    sender: str
    sent_at: Whole
    subject: str
    by: Actor


class ClaimAlarm(CommandHead, frozen=True, kw_only=True, tag="command.claim_alarm.v1"):
    """Take an alarm: from now on it is this operator's."""

    alarm: str


class VerifyAlarm(CommandHead, frozen=True, kw_only=True, tag="command.verify_alarm.v1"):
    """State what the verification (核实) found."""

    alarm: str
    result: VerificationResult
    evidence: tuple[Evidence, ...]


class EscalateAlarm(CommandHead, frozen=True, kw_only=True, tag="command.escalate_alarm.v1"):
    """Report to the police (FJ-2015:16(3)). With `undetermined` a report-at-once rule is named; under duress never.

    `mark`: other than actual it is a drill; `to_test`: which goes to the test endpoint and to no bureau.
    """

    alarm: str
    rule: ReportAtOnceRule | None = None
    mark: Mark = "actual"
    to_test: bool = False


class CloseAlarm(CommandHead, frozen=True, kw_only=True, tag="command.close_alarm.v1"):
    """Close with a typed reason."""

    alarm: str
    reason: Sealed


class ReleaseAlarm(CommandHead, frozen=True, kw_only=True, tag="command.release_alarm.v1"):
    """Give an alarm back to the queue."""

    alarm: str


class HandOverAlarm(CommandHead, frozen=True, kw_only=True, tag="command.hand_over_alarm.v1"):
    """Give an alarm to a colleague. `to`: a person's id, an operator by the gateway's word."""

    alarm: str
    to: str


class TakeOverAlarm(CommandHead, frozen=True, kw_only=True, tag="command.take_over_alarm.v1"):
    """Take an alarm from the colleague who holds it, with a typed reason."""

    alarm: str
    reason: Sealed


class NoteAlarm(CommandHead, frozen=True, kw_only=True, tag="command.note_alarm.v1"):
    """Write something down. Anyone who may work on the alarm, whoever holds it."""

    alarm: str
    note: Sealed


class SignForEscalation(CommandHead, frozen=True, kw_only=True, tag="command.sign_for_escalation.v1"):
    """The police take note (签收) and may give their police_incident_no (警情编号)."""

    escalation: str
    police_incident_no: str | None = None


class DispatchPolice(CommandHead, frozen=True, kw_only=True, tag="command.police_dispatch.v1"):
    """The police send somebody (派警). `unit`: whom, in their own words."""

    escalation: str
    unit: str = ""


class ReportOnScene(CommandHead, frozen=True, kw_only=True, tag="command.on_scene.v1"):
    """The police are on scene (到场)."""

    escalation: str


class GiveFeedback(CommandHead, frozen=True, kw_only=True, tag="command.feedback.v1"):
    """What the police found (反馈). May come many times; the one that is `final` carries a disposition."""

    escalation: str
    text: Sealed
    disposition: Disposition | None = None
    final: bool = False


AlarmCommand: TypeAlias = (
    ClaimAlarm
    | VerifyAlarm
    | EscalateAlarm
    | CloseAlarm
    | ReleaseAlarm
    | HandOverAlarm
    | TakeOverAlarm
    | NoteAlarm
)
PoliceCommand: TypeAlias = (
    SignForEscalation | DispatchPolice | ReportOnScene | GiveFeedback | PoliceTrackCommand
)
Command: TypeAlias = AlarmCommand | PoliceCommand | WindowCommand


def instant_of(command_id: str) -> int:
    """When a command's uuid7 was made, UTC microseconds (millisecond steps). Raises ValueError if it is none."""
    hexes = command_id.replace("-", "")
    if len(hexes) != 32 or hexes[12] != "7":
        raise ValueError(f"{command_id!r} is not a uuid7")
    return int(hexes[:12], 16) * 1000
