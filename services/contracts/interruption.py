"""Interruptions (中断): facts that the normal use of a system was disturbed, and what they are judged to be.

A fact is covered by a maintenance window that was decided before the fact was received, or it is not. What is not
covered becomes a lead where an article of the site's rules applies, else a notice under the contract. A lead is for a
person to check; nothing here names an offence, a culprit or a penalty.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from services.contracts.directory import Filing, SiteClass
from services.contracts.stored import Actor, Sealed, Stored, Whole

FactClass: TypeAlias = Literal["silence", "tamper", "power", "comms", "shutdown", "bypass", "programming"]
WindowKind: TypeAlias = Literal["maintenance", "work_order", "ordered_test", "municipal_works"]
Finding: TypeAlias = Literal["covered", "lead", "notice"]
SystemKind: TypeAlias = Literal["intrusion_alarm", "video"]
KIND: Final[SystemKind] = "intrusion_alarm"  # what the receivers take in so far
Why: TypeAlias = Literal[
    "window", "article", "class_not_named", "no_local_rules", "site_unknown", "no_article"
]


class PackRef(Stored, frozen=True, kw_only=True):
    """A rule pack as it was read: `digest` is the beginning of its SHA-256, in hex."""

    id: str
    version: Whole
    digest: str


class Candidate(Stored, frozen=True, kw_only=True):
    """An article that may apply, and the facts that it was chosen by. `clause`: the item, "" for the whole article."""

    pack: str
    article: str
    clause: str
    site_class: SiteClass
    kind: SystemKind
    facts: tuple[FactClass, ...]


class Judgement(Stored, frozen=True, kw_only=True):
    """What the machine makes of the facts. `packs`: the whole stack that was asked; `windows`: those that cover."""

    finding: Finding
    why: Why
    candidates: tuple[Candidate, ...] = ()
    packs: tuple[PackRef, ...] = ()
    windows: tuple[str, ...] = ()


class Fact(Stored, frozen=True, kw_only=True):
    """One thing that happened. `covered_by`: the window decided before it was received.

    `afterwards`: windows that name its time and were entered afterwards (补录): they cover nothing. `momentary`: it has no end.
    """

    fact: FactClass
    code: str
    area: str = ""
    zone: str = ""
    received_at: Whole
    panel_time: Whole | None = None
    momentary: bool = False
    covered_by: str | None = None
    afterwards: tuple[str, ...] = ()
    alarm: str | None = None


class InterruptionBegan(Stored, frozen=True, kw_only=True, tag="interruption.began.v1"):
    """A first fact. Site, provider and filing are as known at this point of the record; judged at `settles_at`."""

    interruption: str
    number: str
    subject: str
    fact: Fact
    settles_at: Whole
    site_known: bool
    site_class: SiteClass | None = None
    division: str | None = None
    bureau: str | None = None
    provider: str | None = None
    filing: Filing | None = None
    registry_position: Whole = 0


class InterruptionWidened(Stored, frozen=True, kw_only=True, tag="interruption.widened.v1"):
    """A further fact of the same interruption, or the same fact said again."""

    interruption: str
    fact: Fact


class InterruptionRestored(Stored, frozen=True, kw_only=True, tag="interruption.restored.v1"):
    """One fact is over. `over`: nothing of the interruption goes on any more."""

    interruption: str
    fact: FactClass
    code: str
    area: str = ""
    zone: str = ""
    received_at: Whole
    over: bool


class InterruptionSettled(Stored, frozen=True, kw_only=True, tag="interruption.settled.v1"):
    """The settling time is over; said once. What goes on under a window is judged when it ended or the window did."""

    interruption: str
    judgement: Judgement


class InterruptionRevised(Stored, frozen=True, kw_only=True, tag="interruption.revised.v1"):
    """The judgement after something more became known; the earlier one stays in the record."""

    interruption: str
    judgement: Judgement


class InterruptionAdopted(Stored, frozen=True, kw_only=True, tag="interruption.adopted.v1"):
    """The shell site of an interruption was registered, or merged into `site`; what is known of it from here on."""

    interruption: str
    site: str
    site_class: SiteClass
    division: str
    bureau: str
    provider: str
    filing: Filing | None = None
    registry_position: Whole


class InterruptionArchived(Stored, frozen=True, kw_only=True, tag="interruption.archived.v1"):
    """The state forgets the interruption, 7 days after it was over and judged. The record keeps it for ever."""

    interruption: str


class _WindowCommand(Stored, frozen=True, kw_only=True):
    id: str
    sender: str
    sent_at: Whole
    subject: str
    by: Actor


class OpenMaintenanceWindow(
    _WindowCommand, frozen=True, kw_only=True, tag="command.open_maintenance_window.v1"
):
    """Say beforehand that work will disturb the system. `subject`: the site; no `facts`: all of them.

    `reference`: of the work order or document. Municipal works (LN-2015:9) also name the police's `opinion` and the
    agreed `plan` of restoration.
    """

    kind: WindowKind
    from_us: Whole
    until_us: Whole
    facts: tuple[FactClass, ...] = ()
    reference: str = ""
    opinion: str = ""
    plan: str = ""
    note: Sealed | None = None


class EndMaintenanceWindow(
    _WindowCommand, frozen=True, kw_only=True, tag="command.end_maintenance_window.v1"
):
    """The work is done, or will not be: from now on the window covers nothing."""

    window: str


class MaintenanceWindowOpened(Stored, frozen=True, kw_only=True, tag="maintenance_window.opened.v1"):
    """It covers what is received after this decision, within its times. Never what came before.

    `afterwards`: interruptions whose time it names and that it does not cover, since it was entered afterwards (补录).
    """

    window: str
    subject: str
    by: Actor
    kind: WindowKind
    from_us: Whole
    until_us: Whole
    facts: tuple[FactClass, ...] = ()
    reference: str = ""
    opinion: str = ""
    plan: str = ""
    note: Sealed | None = None
    site_known: bool = False
    bureau: str | None = None
    provider: str | None = None
    afterwards: tuple[str, ...] = ()


class MaintenanceWindowEnded(Stored, frozen=True, kw_only=True, tag="maintenance_window.ended.v1"):
    """Ended before its time, by a person."""

    window: str
    subject: str
    by: Actor


class MaintenanceWindowArchived(Stored, frozen=True, kw_only=True, tag="maintenance_window.archived.v1"):
    """The state forgets the window, 7 days after its end."""

    window: str


WindowCommand: TypeAlias = OpenMaintenanceWindow | EndMaintenanceWindow
WindowEvent: TypeAlias = MaintenanceWindowOpened | MaintenanceWindowEnded | MaintenanceWindowArchived
InterruptionEvent: TypeAlias = (
    InterruptionBegan
    | InterruptionWidened
    | InterruptionRestored
    | InterruptionSettled
    | InterruptionRevised
    | InterruptionAdopted
    | InterruptionArchived
)


class FactView(Stored, frozen=True, kw_only=True):
    """A fact as it is shown, with when it was over."""

    fact: FactClass
    code: str
    area: str = ""
    zone: str = ""
    received_at: Whole
    panel_time: Whole | None = None
    momentary: bool = False
    covered_by: str | None = None
    afterwards: tuple[str, ...] = ()
    alarm: str | None = None
    restored_at: Whole | None = None


class InterruptionView(Stored, frozen=True, kw_only=True):
    """An interruption as the lists show it. `judged`: the newest judgement; `earlier`: those before it.

    `facts`: the first and the newest of them, at most 50; the record has all. Times: UTC microseconds.
    """

    id: str
    number: str
    partition: Whole
    offset: Whole
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
    registry_position: Whole = 0
    began_at: Whole
    received_at: Whole
    facts: tuple[FactView, ...] = ()
    fact_count: Whole = 1
    settles_at: Whole
    settled_at: Whole | None = None
    judged: Judgement | None = None
    earlier: tuple[Judgement, ...] = ()
    restored_at: Whole | None = None


class WindowView(Stored, frozen=True, kw_only=True):
    """A maintenance window as it is shown; `note` in clear for those who may read it."""

    id: str
    partition: Whole
    offset: Whole
    site: str
    site_name: str = ""
    lon: float | None = None
    lat: float | None = None
    bureau: str | None = None
    provider: str | None = None
    provider_name: str = ""
    kind: WindowKind
    from_us: Whole
    until_us: Whole
    facts: tuple[FactClass, ...] = ()
    reference: str = ""
    opinion: str = ""
    plan: str = ""
    note: str = ""
    by: str
    decided_at: Whole
    ended_by: str | None = None
    ended_at: Whole | None = None
    afterwards: tuple[str, ...] = ()
