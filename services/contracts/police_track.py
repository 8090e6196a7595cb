"""What else may become of a report to the police: sent back, passed on, known before, added to, told by telephone.

The police return (退单), transfer (转警) or name a duplicate (重复警情); the provider supplements, asks to stand down
(撤警请求; the police decide) and writes down what was reported by telephone. `Mark`: as in CAP 1.2, on every hop.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from services.contracts.stored import Actor, Sealed, Stored, Whole

Mark: TypeAlias = Literal["actual", "exercise", "test"]
ReturnReason: TypeAlias = Literal["outside_area", "not_police_matter", "unclear", "other"]
AdditionKind: TypeAlias = Literal["supplement", "stand_down_request"]
# The bureau of a drill that goes to the test endpoint; no bureau's code (GA/T 380) reads so.
TEST_BUREAU: Final = "test-endpoint"


class _Command(Stored, frozen=True, kw_only=True):
    id: str
    sender: str
    sent_at: Whole
    subject: str
    by: Actor
    escalation: str


class ReturnEscalation(_Command, frozen=True, kw_only=True, tag="command.return_escalation.v1"):
    """The police give it back (退单) with a coded reason. They may sign for it later all the same."""

    reason: ReturnReason
    text: Sealed | None = None


class TransferEscalation(_Command, frozen=True, kw_only=True, tag="command.transfer_escalation.v1"):
    """The police pass it on to another bureau (转警), which gets it under the same id. `to`: GA/T 380, 12 digits."""

    to: str


class NameDuplicate(_Command, frozen=True, kw_only=True, tag="command.duplicate_of.v1"):
    """The police know of it already (重复警情). `duplicate_of`: their police_incident_no of the other one."""

    duplicate_of: str


class SupplementEscalation(_Command, frozen=True, kw_only=True, tag="command.supplement_escalation.v1"):
    """The provider adds what it has learnt since."""

    text: Sealed


class RequestStandDown(_Command, frozen=True, kw_only=True, tag="command.stand_down_request.v1"):
    """The provider asks the police not to go on (撤警请求), with a reason. The police decide."""

    reason: Sealed


class RecordPhoneReport(_Command, frozen=True, kw_only=True, tag="command.record_phone_report.v1"):
    """A person has reported it by telephone. `told`: to whom; `spoken_at`: when, UTC microseconds."""

    told: Sealed
    spoken_at: Whole
    police_incident_no: str | None = None


class EscalationReturned(Stored, frozen=True, kw_only=True, tag="escalation.returned.v1"):
    """The police gave it back: nobody there works on it until they sign for it anew."""

    alarm: str
    escalation: str
    by: Actor
    reason: ReturnReason
    text: Sealed | None = None


class EscalationTransferred(Stored, frozen=True, kw_only=True, tag="escalation.transferred.v1"):
    """It is the bureau `to`'s from here on, and sent there as sending number `attempt`."""

    alarm: str
    escalation: str
    by: Actor
    bureau: str | None
    to: str
    attempt: Whole
    mark: Mark = "actual"


class DuplicateNamed(Stored, frozen=True, kw_only=True, tag="escalation.duplicate_named.v1"):
    """The police go on with it under the number of another incident; this track ends."""

    alarm: str
    escalation: str
    by: Actor
    duplicate_of: str


class EscalationSupplemented(Stored, frozen=True, kw_only=True, tag="escalation.supplemented.v1"):
    """Something was added, under an id of its own, and goes out with sending number `attempt`."""

    alarm: str
    escalation: str
    bureau: str | None
    by: Actor
    addition: str
    kind: AdditionKind
    text: Sealed
    attempt: Whole
    mark: Mark = "actual"


class ReportedByPhone(Stored, frozen=True, kw_only=True, tag="escalation.reported_by_phone.v1"):
    """A person reported it by telephone, so the police are known to have it. `spoken_at`: UTC microseconds."""

    alarm: str
    escalation: str
    by: Actor
    told: Sealed
    spoken_at: Whole
    police_incident_no: str | None = None


PoliceTrackCommand: TypeAlias = (
    ReturnEscalation
    | TransferEscalation
    | NameDuplicate
    | SupplementEscalation
    | RequestStandDown
    | RecordPhoneReport
)
PoliceTrackEvent: TypeAlias = (
    EscalationReturned | EscalationTransferred | DuplicateNamed | EscalationSupplemented | ReportedByPhone
)
