"""What people may send: read by pydantic, closed to unknown fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.contracts.commands import (
    Disposition,
    EvidenceFinding,
    EvidenceKind,
    ReportAtOnceRule,
    VerificationResult,
)
from services.contracts.guard import GuardFinding, GuardStep
from services.contracts.interruption import FactClass, WindowKind
from services.contracts.police_track import Mark, ReturnReason

NOTE_CHARS = 4000
EVIDENCE_CHARS = 40_000  # of all notes together: sealed, the decision stays below its 256 KB
NO_NUL = r"^[^\x00]*$"
NOT_BLANK = r"^[^\x00]*[^\x00\s][^\x00]*$"
WrittenText = Annotated[str, Field(min_length=1, max_length=NOTE_CHARS, pattern=NOT_BLANK)]
FINDINGS: dict[EvidenceKind, tuple[EvidenceFinding, ...]] = {
    "call": ("confirmed", "unreachable", "denied"),
    "video": ("suspicious_person", "nothing_suspicious"),
}
# One line of plain words; a control character is no database text.
Line64 = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Nothing(_Body):
    """An act without parameters."""


class EvidenceBody(_Body):
    """What a verification stands on; `found`: what a call or a look at the video came to."""

    kind: EvidenceKind
    note: Annotated[str, Field(max_length=NOTE_CHARS, pattern=NO_NUL)] = ""
    found: EvidenceFinding | None = None

    @model_validator(mode="after")
    def _found_by_that_means(self) -> EvidenceBody:
        if self.found is not None and self.found not in FINDINGS.get(self.kind, ()):
            raise ValueError(f"evidence of kind {self.kind} does not find {self.found}")
        return self


class VerifyBody(_Body):
    """What a verification found."""

    result: VerificationResult
    evidence: Annotated[list[EvidenceBody], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _not_too_much(self) -> VerifyBody:
        if sum(len(one.note) for one in self.evidence) > EVIDENCE_CHARS:
            raise ValueError(f"at most {EVIDENCE_CHARS} characters in all notes together")
        return self


class EscalateBody(_Body):
    """The report-at-once rule, where the verification was undetermined. `mark`: other than actual, a drill."""

    rule: ReportAtOnceRule | None = None
    mark: Mark = "actual"


class ReasonBody(_Body):
    """Why it is closed, or taken over."""

    reason: WrittenText


class WindowBody(_Body):
    """Work that will disturb a system; times are UTC microseconds, no `facts`: all of them."""

    kind: WindowKind
    from_us: Annotated[int, Field(ge=0, lt=1 << 53)]
    until_us: Annotated[int, Field(ge=0, lt=1 << 53)]
    facts: Annotated[list[FactClass], Field(max_length=7)] = []
    reference: Line64 = ""
    opinion: Line64 = ""
    plan: Line64 = ""
    note: Annotated[str, Field(max_length=NOTE_CHARS, pattern=NO_NUL)] = ""


class NoteBody(_Body):
    """What somebody writes down."""

    note: WrittenText


class OrderGuardBody(_Body):
    """Whom to send, in the centre's own words; `stand_off`: to wait near the site and out of sight."""

    unit: Line64 = ""
    stand_off: bool = False


class GuardStepBody(_Body):
    """How far a guard is."""

    step: GuardStep


class GuardResultBody(_Body):
    """What a guard found."""

    finding: GuardFinding
    note: Annotated[str, Field(max_length=NOTE_CHARS, pattern=NO_NUL)] = ""


class HandOverBody(_Body):
    """To whom: a person's id."""

    to: Annotated[Line64, Field(min_length=1)]


class SignForBody(_Body):
    """The number under which the police go on."""

    police_incident_no: Annotated[Line64, Field(min_length=1)] | None = None


class ReturnBody(_Body):
    """Why the police give it back: a code, and words where there is more to say."""

    reason: ReturnReason
    text: Annotated[str, Field(max_length=NOTE_CHARS, pattern=NO_NUL)] = ""


class TransferBody(_Body):
    """To whom it is passed on: a bureau's code, GA/T 380."""

    to: Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class DuplicateBody(_Body):
    """The number under which the police know of it already."""

    duplicate_of: Annotated[Line64, Field(min_length=1)]


class SupplementBody(_Body):
    """What the provider adds."""

    text: WrittenText


class PhoneBody(_Body):
    """What was reported by telephone: to whom, when (UTC microseconds; now if absent), under which number."""

    told: WrittenText
    spoken_at: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    police_incident_no: Annotated[Line64, Field(min_length=1)] | None = None


class DispatchBody(_Body):
    """Whom the police send, in their own words."""

    unit: Line64 = ""


class FeedbackBody(_Body):
    """What the police found; the final one carries a disposition."""

    text: WrittenText
    disposition: Disposition | None = None
    final: bool = False
