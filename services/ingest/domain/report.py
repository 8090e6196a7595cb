"""What was received, in words of ours, before it has an id, a time and a subject."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from services.contracts.signals import Protocol, Qualifier
from services.ingest.domain.dc09_content import PanelEvent, Supervision, UnreadableContent, read_content
from services.ingest.domain.dc09_frame import Frame, UnreadableBody

WITHOUT_ITS_KEY = "without_its_key"  # the line has a key, and this came without: anybody may have sent it


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A readable event of an account. `sequence` is the sender's own number; `panel_time` UTC microseconds."""

    protocol: Protocol
    account: str
    sequence: str | None
    code: str
    qualifier: Qualifier
    area: str
    zone: str
    panel_time: int | None
    deviations: tuple[str, ...]
    raw: bytes


class UnreadableReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Bytes that were meant for us and say nothing that we can read."""

    account: str
    reason: str
    raw: bytes


AnyReport: TypeAlias = Report | UnreadableReport


def reports_of(received: Frame | UnreadableBody, closed: str = "encrypted") -> tuple[AnyReport, ...]:
    """The reports in a frame, all of one account; none for supervision.

    `closed`: why an encrypted frame was not opened, as people are told.
    """
    if isinstance(received, UnreadableBody):
        return (UnreadableReport(account=received.account, reason="unreadable_body", raw=received.raw),)
    match read_content(received):
        case Supervision():
            return ()
        case UnreadableContent(reason="encrypted", account=account):
            return (UnreadableReport(account=account, reason=closed, raw=received.raw),)
        case UnreadableContent(reason=reason, account=account):
            return (UnreadableReport(account=account, reason=reason, raw=received.raw),)
        case tuple() as events:
            return tuple(_report(received, event) for event in events)


def _report(frame: Frame, event: PanelEvent) -> Report:
    return Report(
        protocol=event.protocol,
        account=event.account,
        sequence=frame.sequence,
        code=event.code,
        qualifier=event.qualifier,
        area=event.area,
        zone=event.zone,
        panel_time=event.panel_time,
        deviations=frame.deviations + event.deviations,
        raw=frame.raw,
    )
