"""Rules that ask for a report to the police at once: suggested to a person, never done by the machine."""

from __future__ import annotations

import msgspec

from services.contracts.alarm import AlarmClass
from services.contracts.commands import EvidenceFinding, EvidenceKind, ReportAtOnceRule
from services.contracts.guard import GuardFinding
from services.contracts.interruption import PackRef
from services.contracts.stored import Stored


class RuleSignal(Stored, frozen=True, kw_only=True):
    """A signal that a rule looks at. `received_at`: UTC microseconds."""

    zone: str
    received_at: int


class RuleEvidence(Stored, frozen=True, kw_only=True):
    """Evidence of a verification that a rule looks at."""

    kind: EvidenceKind
    found: EvidenceFinding | None = None


class RuleInputs(Stored, frozen=True, kw_only=True):
    """All that a report-at-once rule looks at, so that its answer can be had again from the record alone."""

    class_: AlarmClass = msgspec.field(name="class")
    signals: tuple[RuleSignal, ...] = ()
    evidence: tuple[RuleEvidence, ...] = ()
    guard: GuardFinding | None = None


class ReportSuggested(Stored, frozen=True, kw_only=True, tag="alarm.report_suggested.v1"):
    """The alarm meets a report-at-once rule, for the first time. A person decides.

    `pack` and `article` say where the rule stands, `inputs` what it was judged on. `priority`: the alarm's from here on.
    """

    alarm: str
    rule: ReportAtOnceRule
    pack: PackRef
    article: str
    priority: int
    inputs: RuleInputs
