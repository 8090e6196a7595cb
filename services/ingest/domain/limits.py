"""How much of what a stranger says goes into the inbox: a record stays below 16 KiB, whatever is sent.

An account or a sequence number that is too long is refused, never cut: cut, it would name something else. Only
`raw` is cut, and says so.
"""

from __future__ import annotations

import msgspec

from services.ingest.domain.report import AnyReport, Report, UnreadableReport

MAX_ACCOUNT = 32
MAX_SEQUENCE = 128
MAX_CODE = 8
MAX_PLACE = 16  # an area or a zone
MAX_SPACE = 64
MAX_SUBJECT = 64
MAX_RAW = 8_192  # bytes
RAW_CUT = "raw_cut"


class OutOfBounds(msgspec.Struct, frozen=True, gc=False):
    """The report goes nowhere. `reason` is a word for people and counters: `account_too_long`."""

    reason: str


def within_limits(report: AnyReport) -> AnyReport | OutOfBounds:
    """The report, with `raw` cut if need be."""
    for name, value, most in _fields(report):
        if len(value) > most:
            return OutOfBounds(f"{name}_too_long")
        if not value.isprintable():  # a control character is six bytes in JSON, and no database text
            return OutOfBounds(f"{name}_unprintable")
    return _cut(report) if len(report.raw) > MAX_RAW else report


def _fields(report: AnyReport) -> tuple[tuple[str, str, int], ...]:
    account = ("account", report.account, MAX_ACCOUNT)
    if isinstance(report, UnreadableReport):
        return (account,)
    return (
        account,
        ("sequence", report.sequence or "", MAX_SEQUENCE),
        ("code", report.code, MAX_CODE),
        ("area", report.area, MAX_PLACE),
        ("zone", report.zone, MAX_PLACE),
    )


def _cut(report: AnyReport) -> AnyReport:
    """A malformed signal has no list of deviations: its reason says it."""
    raw = report.raw[:MAX_RAW]
    if isinstance(report, Report):
        return msgspec.structs.replace(report, raw=raw, deviations=(*report.deviations, RAW_CUT))
    return msgspec.structs.replace(report, raw=raw, reason=f"{report.reason}, {RAW_CUT}")
