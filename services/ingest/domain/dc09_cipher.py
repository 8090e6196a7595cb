"""Encrypted frames of SIA DC-09: AES-CBC with IV 0 behind the first bracket, as hexadecimal digits (clause 5.4).

    "*ADM-CID"0001L0#1234[ AES( pad | data ] [xdata]* _HH:MM:SS,MM-DD-YYYY )

16 to 31 bytes of noise without brackets and bar come first and do the work of the IV; the timestamp is mandatory and
must be near our clock (5.5.1.9). None of this proves who sent it, but that the sender has the key, and now.
"""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from services.ingest.domain.dc09_frame import Frame, clock_deviation, read_content_of, seal, write_time

BLOCK = 16
NOISE = 2 * BLOCK  # bytes of randomness that an answer takes
_IV = bytes(BLOCK)
_SHORT_PAD = "short_pad"
_UNFIT = bytes.maketrans(b"[]|", b"{}!")  # what noise may not hold, and what stands for it


def opened(frame: Frame, key: bytes) -> Frame | None:
    """The frame in clear, or None: this key does not open it."""
    clear = _deciphered(frame.data, key)
    if clear is None:
        return None
    bar, end = clear.find(b"|"), clear.find(b"]")
    pad = bar if 0 <= bar < end else end
    content = read_content_of(clear[pad + (pad == bar) :])
    if content is None or end < 0:
        return None
    if content.panel_time is None and not content.data.startswith(b"#" + frame.account.encode()):
        return None  # noise may hold a bracket by chance; a time, or the panel's own account, it does not
    short = () if BLOCK <= pad < 2 * BLOCK else (_SHORT_PAD,)
    return msgspec.structs.replace(
        frame,
        encrypted=False,
        data=content.data,
        xdata=content.xdata,
        panel_time=content.panel_time,
        deviations=frame.deviations + content.deviations + short,
    )


def is_in_time(frame: Frame, now_us: int) -> bool:
    """Whether an opened frame says when it was made, and that is not too far from now."""
    return frame.panel_time is not None and not clock_deviation(frame.panel_time, now_us)


def acknowledge_sealed(frame: Frame, key: bytes, now_us: int, noise: bytes) -> bytes:
    """ACK of a frame that was encrypted, itself encrypted, with our time. `noise`: `NOISE` random bytes."""
    content = sealed_content(b"]_" + write_time(now_us), key, noise)
    return seal(b'"*ACK"%b%b[%b' % (frame.sequence.encode(), frame.header, content))


def sealed_content(clear: bytes, key: bytes, noise: bytes) -> bytes:
    """What stands behind the first bracket. `clear`: `|data]` or, without data, `]`, and all that follows."""
    pad = noise[: BLOCK + -len(clear) % BLOCK].translate(_UNFIT)
    made = Cipher(AES(key), CBC(_IV)).encryptor()
    return (made.update(pad + clear) + made.finalize()).hex().upper().encode()


def _deciphered(digits: bytes, key: bytes) -> bytes | None:
    try:
        sealed = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return None
    if not sealed or len(sealed) % BLOCK:
        return None
    made = Cipher(AES(key), CBC(_IV)).decryptor()
    return made.update(sealed) + made.finalize()
