"""What a DC-09 frame reports: ADM-CID (SIA DC-05, Contact ID) and SIA-DCS (SIA DC-03) data as panel events.

One frame may carry several events (SIA-DCS: `NBA01/BA02`). Numbers of zones, users and areas are written
without leading zeros, "" for none, so that every protocol names zone 3 the same; the frame's bytes keep the rest.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from services.ingest.domain.dc09_frame import Frame, read_time

Qualifier: TypeAlias = Literal["new", "restore", "status"]
ContentProtocol: TypeAlias = Literal["adm_cid", "sia_dcs"]
UnreadableReason: TypeAlias = Literal[
    "encrypted", "unknown_token", "unreadable_data", "no_account", "number_too_long", "too_many_events"
]

MAX_NUMBER = 16  # digits of a zone, user or area; more is no panel's
MAX_EVENTS = 64  # in one frame; each becomes a signal with the whole frame in it

# DC-09-2013, 5.5.1.2: supervision, answered and not reported. Any other token is an event of some kind.
SUPERVISION = frozenset({"NULL", "XNM"})


class PanelEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event. `code` is a Contact ID event ("130") or a DC-03 code ("BA"); `zone` a zone or a user."""

    protocol: ContentProtocol
    account: str
    code: str
    qualifier: Qualifier
    area: str
    zone: str
    text: str
    panel_time: int | None
    deviations: tuple[str, ...]


class Supervision(msgspec.Struct, frozen=True, gc=False):
    """The panel says that it is there (NULL, XNM). Not a test report, not an event."""

    account: str


class UnreadableContent(msgspec.Struct, frozen=True, gc=False):
    """Received and understood as a frame, but not as an event. `account` as far as it is known."""

    reason: UnreadableReason
    account: str


Content: TypeAlias = tuple[PanelEvent, ...] | Supervision | UnreadableContent

_QUALIFIERS: dict[bytes, Qualifier] = {b"1": "new", b"3": "restore", b"6": "status"}  # DC-05: 1, 3 and 6
_NAMED = re.compile(rb"#[0-9A-Fa-f]{1,16}")
_CONTACT_ID = re.compile(
    rb"(?P<q>[136])(?P<code>[0-9A-Fa-f]{3})(?P<gap>\s*)(?P<area>[0-9A-Fa-f]{2})\s*(?P<zone>[0-9A-Fa-f]{3})\s*"
)
# A number may be hexadecimal. DC-03 ends it with "/"; without one, what looks like the next code is one: better
# an event too many than one lost.
_DCS_MODIFIER = re.compile(rb"/?([a-z]{2})([0-9]*(?=[A-Z]{2}[0-9])|[0-9A-F:.-]*(?=/|$)|[0-9:.-]*)")
_DCS_EVENT = re.compile(rb"/?([A-Z]{2})([0-9A-F:-]*)(?:\*[^/^|]*)?(?:\^([^^]*)\^?)?")

# DC-03 codes that end what another code began ("restoral", "restore", "unbypass" in its table). RR (power up),
# TE (test end), CR and OR are events of their own.
_DCS_RESTORES = frozenset(
    """
    AN AR BE BH BJ BR BU DH DR EJ EN ER FH FJ FQ FR FU FV GH GJ GR GU HH HJ HR HU IR KH KJ KR KU LR MH MJ MR MU NR OV
    PH PJ PR PU QH QJ QR QU SH SJ SR SU TH TJ TR TU UH UJ UR UU VR WH WJ WR WU XH XJ XR YE YH YJ YK YQ YR ZH ZJ ZR ZU
    """.split()
)


def read_content(frame: Frame) -> Content:
    """What the frame reports. Never raises, whatever the data."""
    if frame.token in SUPERVISION:
        return Supervision(frame.account)
    if frame.encrypted:
        return UnreadableContent("encrypted", frame.account.upper())
    blocks = frame.data.split(b"|")
    account, deviations = _account(frame, blocks)
    if not account:
        return UnreadableContent("no_account", "")
    events = _events(frame, blocks, account, deviations)
    if events is None:
        return UnreadableContent("unknown_token", account)
    return _bounded(events, account)


def _bounded(events: tuple[PanelEvent, ...], account: str) -> Content:
    if not events:
        return UnreadableContent("unreadable_data", account)
    if len(events) > MAX_EVENTS:
        return UnreadableContent("too_many_events", account)
    if any(max(len(event.area), len(event.zone)) > MAX_NUMBER for event in events):
        return UnreadableContent("number_too_long", account)
    return events


def _events(
    frame: Frame, blocks: list[bytes], account: str, deviations: tuple[str, ...]
) -> tuple[PanelEvent, ...] | None:
    """None for a token whose data we do not know; empty if the data follow no form."""
    match frame.token:
        case "ADM-CID":
            return _contact_id(frame, blocks, account, deviations)
        case "SIA-DCS":
            return _dcs(frame, blocks, account, deviations)
        case _:
            return None


def _account(frame: Frame, blocks: list[bytes]) -> tuple[str, tuple[str, ...]]:
    """The one in the data (`#acct|`), which may name a part of the premises, else the header's."""
    header = frame.account.upper()
    found = next((block[1:] for block in blocks if _NAMED.fullmatch(block)), b"")
    named = found.decode().upper()
    if not named or named == header:
        return header, ()
    return named, ("account_differs",) if frame.account else ("no_header_account",)


def _contact_id(
    frame: Frame, blocks: list[bytes], account: str, deviations: tuple[str, ...]
) -> tuple[PanelEvent, ...]:
    """`1130 01 003`: qualifier and event, group, zone or user. One per frame."""
    for block in blocks:
        found = _CONTACT_ID.fullmatch(block)
        if found is not None:
            glued = () if found["gap"] else ("glued_contact_id",)
            return (
                PanelEvent(
                    protocol="adm_cid",
                    account=account,
                    code=found["code"].decode().upper(),
                    qualifier=_QUALIFIERS[found["q"]],
                    area=plain_number(found["area"].decode()),
                    zone=plain_number(found["zone"].decode()),
                    text=_alarm_text(frame),
                    panel_time=_occurred(frame),
                    deviations=deviations + glued,
                ),
            )
    return ()


def _dcs(
    frame: Frame, blocks: list[bytes], account: str, deviations: tuple[str, ...]
) -> tuple[PanelEvent, ...]:
    """Blocks with a function letter: `N` new events, `O` old ones, `A` text of the events before it (DC-03, 5.2)."""
    note = next((_text(block[1:]) for block in blocks if block[:1] == b"A"), "") or _alarm_text(frame)
    found: list[PanelEvent] = []
    for block in blocks:
        if block[:1] not in (b"N", b"O"):
            continue
        read = _dcs_block(block[1:])
        if read is None:
            return ()
        for code, area, zone, text in read:
            found.append(
                PanelEvent(
                    protocol="sia_dcs",
                    account=account,
                    code=code,
                    qualifier=_dcs_qualifier(code, old=block[:1] == b"O"),
                    area=area,
                    zone=zone,
                    text=text or note,
                    panel_time=_occurred(frame),
                    deviations=deviations,
                )
            )
    return tuple(found)


def _dcs_block(items: bytes) -> list[tuple[str, str, str, str]] | None:
    """(code, area, zone or user, text) of each event; None if any part cannot be read, so that nothing is lost."""
    found: list[tuple[str, str, str, str]] = []
    area = user = ""
    at = 0
    while at < len(items) and items[at:] != b"/":
        modifier = _DCS_MODIFIER.match(items, at)
        event = None if modifier else _DCS_EVENT.match(items, at)
        if modifier:
            area = plain_number(modifier[2].decode()) if modifier[1] == b"ri" else area
            user = plain_number(modifier[2].decode()) if modifier[1] == b"id" else user
            at = modifier.end()
        elif event:
            zone = plain_number(event[2].decode()) or user
            found.append((event[1].decode(), area, zone, _text(event[3] or b"")))
            at = event.end()
        else:
            return None
    return found


def _dcs_qualifier(code: str, *, old: bool) -> Qualifier:
    if old:
        return "status"
    return "restore" if code in _DCS_RESTORES else "new"


def plain_number(written: str) -> str:
    """A number of a zone, user or area as every protocol names it: "003" is "3", "000" is ""."""
    return written.upper().lstrip("0")


def _alarm_text(frame: Frame) -> str:
    """The extended data I, alarm text (DC-09-2013, 5.5.1.8)."""
    return next((_text(item[1:]) for item in frame.xdata if item[:1] == b"I"), "")


def _occurred(frame: Frame) -> int | None:
    """When the panel says that it happened: xdata H, else the frame's timestamp. UTC microseconds."""
    said = next((read_time(item[1:]) for item in frame.xdata if item[:1] == b"H"), None)
    return frame.panel_time if said is None else said


def _text(raw: bytes) -> str:
    """UTF-8 by the standard; panels made here also send GB 18030."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
