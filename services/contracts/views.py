"""What the screens are shown: views of alarms and escalations, and the frames of the feed."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from services.contracts.alarm import AlarmClass
from services.contracts.commands import (
    Disposition,
    EvidenceFinding,
    EvidenceKind,
    ReportAtOnceRule,
    VerificationResult,
)
from services.contracts.directory import Filing, SiteClass
from services.contracts.guard import GuardFinding, GuardStage
from services.contracts.interruption import PackRef
from services.contracts.police_track import AdditionKind, Mark, ReturnReason
from services.contracts.signals import Qualifier
from services.contracts.stored import Stored
from services.contracts.suggestion import RuleInputs

AlarmState: TypeAlias = Literal["open", "closed"]
EscalationState: TypeAlias = Literal[
    "sent",
    "transferred",
    "undelivered",
    "delivered",
    "reported_by_phone",
    "returned",
    "signed_for",
    "dispatched",
    "on_scene",
    "feedback",
    "duplicate_of",
    "final",
]
OCCURRENCES_SHOWN = 50


class EvidenceView(Stored, frozen=True, kw_only=True):
    """Evidence with its note in clear, for those who may read it."""

    kind: EvidenceKind
    note: str = ""
    found: EvidenceFinding | None = None


class VerificationView(Stored, frozen=True, kw_only=True):
    """The newest verification. `at`: UTC microseconds."""

    result: VerificationResult
    by: str
    at: int
    evidence: tuple[EvidenceView, ...] = ()


class OccurrenceView(Stored, frozen=True, kw_only=True):
    """One signal of the happening; the first is the one that raised the alarm. Times: UTC microseconds."""

    code: str
    class_: AlarmClass = msgspec.field(name="class")
    area: str = ""
    zone: str = ""
    received_at: int
    panel_time: int | None = None
    restored_at: int | None = None


class FeedbackView(Stored, frozen=True, kw_only=True):
    """What the police found, in clear for those who may read it."""

    at: int
    by: str
    text: str = ""
    disposition: Disposition | None = None
    final: bool = False


class GuardView(Stored, frozen=True, kw_only=True):
    """One guard sent to the site; texts in clear for those who may read them. Times: UTC microseconds.

    `stage`: how far; a stage that was skipped has no time. `finding`: the newest result.
    """

    id: str
    stage: GuardStage = "ordered"
    unit: str = ""
    stand_off: bool = False
    by: str
    ordered_at: int
    accepted_at: int | None = None
    en_route_at: int | None = None
    arrived_at: int | None = None
    searched_at: int | None = None
    left_at: int | None = None
    finding: GuardFinding | None = None
    note: str = ""
    found_at: int | None = None


class SuggestionView(Stored, frozen=True, kw_only=True):
    """A report-at-once rule that the alarm meets, where it stands, and what it was judged on."""

    rule: ReportAtOnceRule
    pack: PackRef
    article: str
    at: int
    inputs: RuleInputs


class AdditionView(Stored, frozen=True, kw_only=True):
    """What the provider added to its report, under an id of its own."""

    id: str
    kind: AdditionKind
    at: int
    by: str
    text: str


class EscalationView(Stored, frozen=True, kw_only=True):
    """A report to the police, as its list shows it. Never a filing: nothing legal reaches the dispatcher.

    `unsure`: whether the newest sending arrived is not known; `sent_from`: the first sending to this bureau.
    `possibly_repeated`: a copy of the record was restored, and in what was lost this may have been reported already.
    """

    id: str
    alarm: str
    number: str
    bureau: str | None
    account: str
    site: str
    site_name: str
    code: str
    class_: AlarmClass = msgspec.field(name="class")
    zone: str = ""
    lon: float | None = None
    lat: float | None = None
    division: str | None = None
    provider_name: str = ""
    escalated_at: int
    escalated_by: str
    received_at: int
    verification: VerificationView | None = None
    rule: ReportAtOnceRule | None = None
    occurrences: tuple[OccurrenceView, ...] = ()
    guards: tuple[GuardView, ...] = ()
    state: EscalationState = "sent"
    attempt: int = 1
    delivered_at: int | None = None
    delivery_detail: str = ""
    signed_for_at: int | None = None
    signed_for_by: str | None = None
    police_incident_no: str | None = None
    dispatched_at: int | None = None
    unit: str = ""
    on_scene_at: int | None = None
    feedback: tuple[FeedbackView, ...] = ()
    mark: Mark = "actual"
    possibly_repeated: bool | msgspec.UnsetType = (
        msgspec.UNSET
    )  # an older reader knows no such field: left out unless it says something
    unsure: bool = False
    status_asked: bool = False
    sent_from: int = 1
    returned_at: int | None = None
    returned_reason: ReturnReason | None = None
    returned_text: str = ""
    transferred_at: int | None = None
    transferred_from: str | None = None
    duplicate_of: str | None = None
    additions: tuple[AdditionView, ...] = ()
    phoned_at: int | None = None
    phoned_by: str | None = None
    phone_told: str = ""


class Tracks(Stored, frozen=True, kw_only=True):
    """The parallel tracks. Subscriber contact is not recorded by this version. `guard`: of the newest guard."""

    verification: Literal["waiting", "confirmed", "false_alarm", "undetermined"] = "waiting"
    guard: Literal["none"] | GuardStage = "none"
    escalation: Literal["none"] | EscalationState = "none"


class AlarmView(Stored, frozen=True, kw_only=True):
    """An alarm as the desk shows it. `partition` and `offset`: where its newest decision lies.

    `occurrences`: the first and the newest of them, at most `OCCURRENCES_SHOWN`; the record has all.
    `suggests`: the newest rule of `suggestions`. `guard_due`: until when a guard is to be ordered; null: no class for it.
    `resumed_at`: a copy of the record was restored; what was done since then, and before that, is lost.
    """

    id: str
    number: str
    partition: int
    offset: int
    state: AlarmState
    account: str
    account_space: str
    site: str
    site_known: bool
    site_name: str = ""
    site_class: SiteClass | None = None
    division: str | None = None
    bureau: str | None = None
    lon: float | None = None
    lat: float | None = None
    provider: str | None = None
    provider_name: str = ""
    filing: Filing | None = None
    registry_position: int = 0
    alarm_group: str = ""
    code: str
    area: str = ""
    zone: str = ""
    class_: AlarmClass = msgspec.field(name="class")
    priority: int
    raised_at: int
    received_at: int
    panel_time: int | None = None
    possibly_repeated: bool = False
    resumed_at: int | msgspec.UnsetType = msgspec.UNSET  # likewise
    occurrences: tuple[OccurrenceView, ...] = ()
    occurrence_count: int = 1
    suggests: ReportAtOnceRule | None = None
    suggestions: tuple[SuggestionView, ...] = ()
    guard_due: int | None = None
    guards: tuple[GuardView, ...] = ()
    note_count: int = 0
    claim_due: int
    claim_overdue: bool = False
    claimed_by: str | None = None
    claimed_at: int | None = None
    verification: VerificationView | None = None
    tracks: Tracks
    escalation: str | None = None
    escalated_at: int | None = None
    escalation_mark: Mark = "actual"
    police_incident_no: str | None = None
    closed_by: str | None = None
    closed_at: int | None = None


class PartitionPosition(Stored, frozen=True, kw_only=True):
    """How far this feed has read a partition; `log_id` names the log the offset belongs to."""

    partition: int
    log_id: str
    offset: int
    decided_at: int


class UndecidedSignal(Stored, frozen=True, kw_only=True):
    """A signal straight from the inbox of a partition that does not decide. No priority, no owner: none was decided."""

    partition: int
    offset: int
    site: str
    site_name: str = ""
    account_space: str
    account: str
    code: str
    class_: AlarmClass = msgspec.field(name="class")
    qualifier: Qualifier = "new"
    area: str = ""
    zone: str = ""
    received_at: int


class StoppedPartition(Stored, frozen=True, kw_only=True):
    """A partition that has not decided for more than 5 s although something waits. `waiting`: records."""

    partition: int
    since: int
    waiting: int


class Accounting(Stored, frozen=True, kw_only=True):
    """Signals since the receivers started (glossary, "Accounting words"); left from the sockets, right from the record.

    received = recorded + refused + `under_way`; what is left over is `unaccounted`.
    """

    received: int
    recorded: int
    refused: int
    under_way: int
    unaccounted: int
    surfaced: int
    logged: int
    suppressed: int
    retransmit: int


class Snapshot(Stored, frozen=True, kw_only=True, tag="feed.snapshot.v1"):
    """Everything open that this person may see. First frame, and again after a lost connection.

    `sight`: names what they may see.
    """

    alarms: tuple[AlarmView, ...]
    escalations: tuple[EscalationView, ...]
    positions: tuple[PartitionPosition, ...]
    undecided: tuple[UndecidedSignal, ...] = ()
    stopped: tuple[StoppedPartition, ...] = ()
    at: int
    sight: str = ""


class Resume(Stored, frozen=True, kw_only=True, tag="feed.resume.v1"):
    """The client's first words after a lost connection: where its picture stands, and of which sight it is."""

    positions: tuple[PartitionPosition, ...]
    sight: str = ""


class Resumed(Stored, frozen=True, kw_only=True, tag="feed.resumed.v1"):
    """The picture is continued: what was missed follows as ordinary frames. Else a snapshot comes instead."""

    at: int


class AlarmChanged(Stored, frozen=True, kw_only=True, tag="feed.alarm_changed.v1"):
    """One decision changed this alarm. Newest whole view; `command`: id of the command decided, if one."""

    partition: int
    offset: int
    log_id: str
    alarm: AlarmView
    command: str | None = None


class EscalationChanged(Stored, frozen=True, kw_only=True, tag="feed.escalation_changed.v1"):
    """One decision changed this escalation."""

    partition: int
    offset: int
    log_id: str
    escalation: EscalationView


class Beat(Stored, frozen=True, kw_only=True, tag="feed.beat.v1"):
    """Every second, whatever happens: the screen is alive. `behind_ms`: the partition furthest behind."""

    at: int
    behind_ms: int
    last_signal_at: int | None
    positions: tuple[PartitionPosition, ...] = ()
    stopped: tuple[StoppedPartition, ...] = ()
    accounting: Accounting | None = None


class UndecidedChanged(Stored, frozen=True, kw_only=True, tag="feed.undecided.v1"):
    """The whole undecided lane of one partition, newest last; empty when it decides again."""

    partition: int
    signals: tuple[UndecidedSignal, ...]


FeedFrame: TypeAlias = Snapshot | Resumed | AlarmChanged | EscalationChanged | UndecidedChanged | Beat
