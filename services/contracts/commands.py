"""What people ask for. `id` is a uuid7; with the partition it is the ticket (design, "Tickets")."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.stored import Actor, Sealed, Stored

VerificationResult: TypeAlias = Literal["confirmed", "false_alarm", "undetermined"]
EvidenceKind: TypeAlias = Literal["call", "guard", "video", "audio", "zones", "other"]
ReportAtOnceRule: TypeAlias = Literal[
    "hold_up_unreachable", "two_zones_or_principles", "guard_confirmed", "video_suspicious_person", "duress"
]


class Evidence(Stored, frozen=True, kw_only=True):
    """What a verification stands on."""

    kind: EvidenceKind
    note: Sealed | None = None


class _Command(Stored, frozen=True, kw_only=True):
    id: str
    sender: str
    sent_at: int
    subject: str
    by: Actor


class ClaimAlarm(_Command, frozen=True, kw_only=True, tag="command.claim_alarm.v1"):
    """Take an alarm: from now on it is this operator's."""

    alarm: str


class VerifyAlarm(_Command, frozen=True, kw_only=True, tag="command.verify_alarm.v1"):
    """State what the verification (核实) found."""

    alarm: str
    result: VerificationResult
    evidence: tuple[Evidence, ...]


class EscalateAlarm(_Command, frozen=True, kw_only=True, tag="command.escalate_alarm.v1"):
    """Report to the police (FJ-2015:16(3)). With `undetermined` a report-at-once rule is named."""

    alarm: str
    rule: ReportAtOnceRule | None = None


class CloseAlarm(_Command, frozen=True, kw_only=True, tag="command.close_alarm.v1"):
    """Close with a typed reason."""

    alarm: str
    reason: Sealed


class SignForEscalation(_Command, frozen=True, kw_only=True, tag="command.sign_for_escalation.v1"):
    """The police take note (签收) and may give their police_incident_no (警情编号)."""

    escalation: str
    police_incident_no: str | None = None


Command: TypeAlias = ClaimAlarm | VerifyAlarm | EscalateAlarm | CloseAlarm | SignForEscalation


def instant_of(command_id: str) -> int:
    """When a command's uuid7 was made, UTC microseconds (millisecond steps). Raises ValueError if it is none."""
    hexes = command_id.replace("-", "")
    if len(hexes) != 32 or hexes[12] != "7":
        raise ValueError(f"{command_id!r} is not a uuid7")
    return int(hexes[:12], 16) * 1000
