"""How signals lie in a segment of the spool: one line each, `CRC32 JSON`, so that a person can read it too.

JSON has no raw line end in it, so a damaged line damages no other. What was being written when the process or the
machine died has no line end: it was never acknowledged and is cut. Anything else that does not hold is damage, which
is told and never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from zlib import crc32

import msgspec

from services.contracts.codec import Malformed, UnknownTag, decode_inbox, encode
from services.contracts.signals import SignalMalformed, SignalReceived

Signal: TypeAlias = SignalReceived | SignalMalformed

_CRC_BYTES = 8
_END = b"\n"


class Read(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a segment holds. `damaged`: lines that do not hold; `torn`: bytes of a last line that was not finished."""

    signals: tuple[Signal, ...]
    damaged: int = 0
    torn: int = 0


def written(signals: Sequence[Signal]) -> bytes:
    """The signals as lines."""
    return b"".join(_line(encode(signal)) for signal in signals)


def read(content: bytes) -> Read:
    """What a segment holds, whatever happened to it. Never raises."""
    *lines, last = content.split(_END)
    found = [_signal(line) for line in lines]
    finished = _signal(last) or _signal(last[:-1])  # whole but for its line end, or that is what was damaged
    return Read(
        signals=tuple(signal for signal in (*found, finished) if signal is not None),
        damaged=found.count(None),
        torn=len(last) if finished is None else 0,
    )


def lines_in(content: bytes) -> int:
    """How many lines a segment has: the last one counts without its end too, since it may hold all the same."""
    return content[:-1].count(_END) + bool(content)


def _line(value: bytes) -> bytes:
    return b"%08x %b%b" % (crc32(value), value, _END)


def _signal(line: bytes) -> Signal | None:
    """None for a line that does not hold, or is none of ours."""
    value = line[_CRC_BYTES + 1 :]
    if line[: _CRC_BYTES + 1] != b"%08x " % crc32(value):
        return None
    try:
        record = decode_inbox(value)
    except (Malformed, UnknownTag):
        return None
    return record if isinstance(record, SignalReceived | SignalMalformed) else None
