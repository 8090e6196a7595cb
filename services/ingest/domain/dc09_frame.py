"""One SIA DC-09 frame: the envelope, the body, and the answers of a receiver.

    LF CRC4 0LLL "id" seq [Rrcvr] Lpref [#acct] [data] [xdata]* [_HH:MM:SS,MM-DD-YYYY] CR

CRC and length are over the body: from the first quote to the byte before CR (DC-09-2013, 5.5.2). Neither gives
authenticity; what is trusted is the connection. Field panels bend the form (bare `L`, no `L` at all, lower
case): what can be understood is accepted and named in `deviations`, facts for the person who looks after panels.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from struct import unpack_from
from typing import Literal, TypeAlias

import msgspec

LF = b"\n"
CR = b"\r"
HEADER_BYTES = 8  # CRC4 and 0LLL

# DC-09-2013, 5.5.1.9: how far an encrypted message's clock may be off. On plain text it is a fact, never a reason.
AHEAD_US = 20_000_000
BEHIND_US = 40_000_000

EnvelopeFault: TypeAlias = Literal["envelope", "crc", "length"]


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A frame whose envelope held and whose body could be read.

    `header` is what stands between the quoted id and the first bracket without the sequence, exactly as sent;
    an answer echoes it. `panel_time` in UTC microseconds. `encrypted`: nobody opened it, and `data` is its
    ciphertext (`dc09_cipher.opened`).
    """

    token: str
    encrypted: bool
    sequence: str
    header: bytes
    receiver: str
    line_prefix: str
    account: str
    data: bytes
    xdata: tuple[bytes, ...]
    panel_time: int | None
    deviations: tuple[str, ...]
    raw: bytes


class UnreadableBody(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The envelope held, so these bytes were meant; the body follows no form that we know."""

    sequence: str
    header: bytes
    account: str
    raw: bytes


def _shifted(crc: int, bits: int) -> int:
    for _ in range(bits):
        crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


_CRC_TABLE = tuple(_shifted(byte, 8) for byte in range(256))


@cache
def _word_table() -> tuple[int, ...]:
    """What two bytes at once do to the register; made at the first use (40 ms)."""
    low = _CRC_TABLE
    halves = [(byte >> 8) ^ low[byte & 0xFF] for byte in range(1 << 16)]
    return tuple((half >> 8) ^ low[half & 0xFF] for half in halves)


def crc16(body: bytes) -> int:
    """CRC-16, reflected polynomial 0xA001, initial value 0 (DC-07-2012, appendix B)."""
    table = _word_table()
    words, odd = divmod(len(body), 2)
    crc = 0
    for word in unpack_from(f"<{words}H", body):
        crc = table[crc ^ word]
    return (crc >> 8) ^ _CRC_TABLE[(crc ^ body[-1]) & 0xFF] if odd else crc


def seal(body: bytes) -> bytes:
    """The body in its envelope, LF to CR."""
    return b"\n%04X0%03X%b\r" % (crc16(body), len(body), body)


_ENVELOPE = re.compile(rb'[0-9A-Fa-f]{4}0[0-9A-Fa-f]{3}"')


def open_envelope(between: bytes) -> bytes | EnvelopeFault:
    """The body of what stood between LF and CR, or what is wrong with the envelope."""
    if not _ENVELOPE.match(between):
        return "envelope"
    body = between[HEADER_BYTES:]
    if int(between[4:8], 16) != len(body):
        return "length"
    if int(between[:4], 16) != crc16(body):
        return "crc"
    return body


_HEADER = re.compile(
    rb'"(?P<encrypted>\*?)(?P<token>[A-Z0-9-]{1,16})"(?P<sequence>[0-9]{4})'
    rb"(?P<header>(?:R(?P<receiver>[0-9A-Fa-f]{0,6}))?(?P<line>L[0-9A-Fa-f]{0,6})?(?:#(?P<account>[0-9A-Fa-f]{1,16}))?)"
    rb"\["
)
_CONTENT = re.compile(
    rb"(?P<data>[^\[\]]*)\](?P<xdata>(?:\[[^\[\]]*\])*)(?:_(?P<time>[0-9:]{8},[0-9-]{10}))?(?P<rest>.*)",
    re.DOTALL,
)
_XDATA = re.compile(rb"\[([^\[\]]*)\]")
_BEGINNING = re.compile(rb'"\*?[^"]{0,32}"(?P<sequence>[0-9]{4})(?P<header>[^\[]{0,32})')
_TIME = re.compile(rb"(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})")
_ACCOUNT = re.compile(rb"#([0-9A-Fa-f]+)")  # whole, however long: a part of it would name another line


def read_body(body: bytes) -> Frame | UnreadableBody:
    """What the body says. Never raises, whatever the bytes."""
    head = _HEADER.match(body)
    if head is None:
        return _unreadable(body)
    if head["encrypted"]:
        return _frame(head, body, Content(data=body[head.end() :]))
    content = read_content_of(body[head.end() :])
    return _unreadable(body) if content is None else _frame(head, body, content)


def read_content_of(text: bytes) -> Content | None:
    """What stands behind the first bracket, from the data to the time; None if it follows no form."""
    found = _CONTENT.fullmatch(text)
    return None if found is None else _content(found)


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What stands behind the first bracket."""

    data: bytes
    xdata: tuple[bytes, ...] = ()
    panel_time: int | None = None
    deviations: tuple[str, ...] = ()


def _content(found: re.Match[bytes]) -> Content:
    time = found["time"]
    panel_time = read_time(time) if time is not None else None
    bad_time = ("unreadable_time",) if time is not None and panel_time is None else ()
    trailing = ("trailing_bytes",) if found["rest"] else ()
    xdata = tuple(_XDATA.findall(found["xdata"]))
    return Content(data=found["data"], xdata=xdata, panel_time=panel_time, deviations=bad_time + trailing)


def _frame(head: re.Match[bytes], body: bytes, content: Content) -> Frame:
    return Frame(
        token=head["token"].decode(),
        encrypted=bool(head["encrypted"]),
        sequence=head["sequence"].decode(),
        header=head["header"],
        receiver=(head["receiver"] or b"").decode(),
        line_prefix=(head["line"] or b"")[1:].decode(),
        account=(head["account"] or b"").decode(),
        data=content.data,
        xdata=content.xdata,
        panel_time=content.panel_time,
        deviations=_header_deviations(head) + content.deviations,
        raw=body,
    )


def _header_deviations(head: re.Match[bytes]) -> tuple[str, ...]:
    """L0 is mandatory (DC-09-2013, 5.5.1.5); panels in the field send a bare `L` or none."""
    if head["line"] is None:
        return ("no_line_prefix",)
    return ("bare_line_prefix",) if head["line"] == b"L" else ()


def _unreadable(body: bytes) -> UnreadableBody:
    beginning = _BEGINNING.match(body)
    account = _ACCOUNT.search(body)
    return UnreadableBody(
        sequence=beginning["sequence"].decode() if beginning else "0000",
        header=beginning["header"] if beginning else b"L0",
        account=account[1].decode() if account else "",
        raw=body,
    )


def read_time(text: bytes) -> int | None:
    """`HH:MM:SS,MM-DD-YYYY` (always GMT) in UTC microseconds; None if it is no instant."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        hour, minute, second, month, day, year = map(int, found.groups())
        when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return round(when.timestamp()) * 1_000_000


def write_time(at_us: int) -> bytes:
    """The instant as `HH:MM:SS,MM-DD-YYYY`."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%H:%M:%S,%m-%d-%Y").encode()


def clock_deviation(panel_time: int | None, received_at: int) -> tuple[str, ...]:
    """`("clock_skew",)` if the panel's clock is outside the window of DC-09-2013, 5.5.1.9, else nothing."""
    if panel_time is None or -AHEAD_US <= received_at - panel_time <= BEHIND_US:
        return ()
    return ("clock_skew",)


def acknowledge(frame: Frame) -> bytes:
    """ACK: it is kept. Sequence, R, L and account exactly as sent, leading zeros too."""
    return seal(b'"ACK"%b%b[]' % (frame.sequence.encode(), frame.header))


def unable(frame: Frame | UnreadableBody) -> bytes:
    """DUH: it arrived and cannot be processed. Never encrypted (DC-09-2013, 5.5.3)."""
    return seal(b'"DUH"%b%b[]' % (frame.sequence.encode(), frame.header))


def refuse(frame: Frame, now_us: int) -> bytes:
    """NAK: send it again with this time. Sequence 0000, with our clock, never encrypted."""
    return seal(b'"NAK"0000%b[]_%b' % (frame.header, write_time(now_us)))
