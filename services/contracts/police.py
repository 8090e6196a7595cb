"""What goes to the police: the order that travels between our processes, and the notice that leaves the house.

A notice says what a dispatcher needs (GA/T 380 bureau, place, what was verified) and nothing about filings,
penalties or anybody's clocks; a contract test walks its fields.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.contracts.alarm import AlarmClass
from services.contracts.commands import ReportAtOnceRule, VerificationResult
from services.contracts.reports import Cause
from services.contracts.stored import Stored


class PoliceOrder(Stored, frozen=True, kw_only=True, tag="police.order.v1"):
    """Topic police.orders, key bureau: deliver this escalation. Asking again repeats it with a higher `attempt`."""

    escalation: str
    alarm: str
    subject: str
    bureau: str | None
    attempt: int
    cause: Cause


class SignalNotice(Stored, frozen=True, kw_only=True):
    """One signal of the happening. Times: UTC microseconds."""

    code: str
    class_: AlarmClass = msgspec.field(name="class")
    area: str = ""
    zone: str = ""
    received_at: int
    panel_time: int | None = None


class EscalationNotice(Stored, frozen=True, kw_only=True, tag="police.escalation_notice.v1"):
    """The body of the POST to a police endpoint, idempotent by `escalation`. `mark`: drills never go this way.

    `lon`, `lat`: degrees of the datum WGS-84. `verification`: its result and what was written, one line each.
    """

    escalation: str
    number: str
    mark: Literal["actual"] = "actual"
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


class NoticeTaken(Stored, frozen=True, kw_only=True, tag="police.notice_taken.v1"):
    """What an endpoint answers: it has the notice since `first_at`, UTC microseconds; `again`: had it before."""

    escalation: str
    first_at: int
    again: bool
