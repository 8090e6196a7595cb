"""What goes to the police: the order that travels between our processes, and the notice that leaves the house.

A notice says what a dispatcher needs (GA/T 380 bureau, place, what was verified) and nothing about filings,
penalties or anybody's clocks; a contract test walks its fields.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.contracts.alarm import AlarmClass
from services.contracts.commands import ReportAtOnceRule, VerificationResult
from services.contracts.police_track import AdditionKind, Mark
from services.contracts.reports import Cause
from services.contracts.stored import Stored


class PoliceOrder(Stored, frozen=True, kw_only=True, tag="police.order.v1"):
    """Topic police.orders, key bureau: deliver this escalation. Asking again repeats it with a higher `attempt`.

    So does what is added later, or a transfer to another bureau.
    """

    escalation: str
    alarm: str
    subject: str
    bureau: str | None
    attempt: int
    cause: Cause
    mark: Mark = "actual"


class SignalNotice(Stored, frozen=True, kw_only=True):
    """One signal of the happening. Times: UTC microseconds."""

    code: str
    class_: AlarmClass = msgspec.field(name="class")
    area: str = ""
    zone: str = ""
    received_at: int
    panel_time: int | None = None


class Addition(Stored, frozen=True, kw_only=True):
    """What the provider added to its report. `at`: UTC microseconds. The police decide on a stand_down_request."""

    id: str
    kind: AdditionKind
    at: int
    text: str


class EscalationNotice(Stored, frozen=True, kw_only=True, tag="police.escalation_notice.v1"):
    """The body of the POST to a police endpoint, idempotent by `escalation`. `mark`: other than actual it is a drill.

    `lon`, `lat`: degrees of the datum WGS-84. `verification`: its result and what was written, one line each.
    `additions`: all there are so far, each idempotent by its own id; a later POST may bring more of them.
    `possibly_repeated`: the provider lost a part of its record and may have reported this already under another id.
    """

    escalation: str
    number: str
    mark: Mark = "actual"
    possibly_repeated: bool | msgspec.UnsetType = msgspec.UNSET  # an older console knows no such field
    attempt: int
    bureau: str | None
    reported_by: str
    escalated_at: int
    received_at: int
    site: str
    site_name: str
    division: str | None = None
    lon: float | None = None
    lat: float | None = None
    datum: Literal["WGS-84"] = "WGS-84"
    account: str
    code: str
    class_: AlarmClass = msgspec.field(name="class")
    zone: str = ""
    signals: tuple[SignalNotice, ...] = ()
    result: VerificationResult | None = None
    verification: tuple[str, ...] = ()
    rule: ReportAtOnceRule | None = None
    additions: tuple[Addition, ...] = ()


class NoticeTaken(Stored, frozen=True, kw_only=True, tag="police.notice_taken.v1"):
    """What an endpoint answers: it has the notice since `first_at`, UTC microseconds; `again`: had it before."""

    escalation: str
    first_at: int
    again: bool


class NoticeStatus(Stored, frozen=True, kw_only=True, tag="police.notice_status.v1"):
    """What an endpoint answers to the question what it has: the notice since `first_at`, and these additions."""

    escalation: str
    first_at: int
    additions: tuple[str, ...] = ()
