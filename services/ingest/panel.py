"""A simulated panel: dials in, sends Contact ID over DC-09, waits for each ACK and sends again without one.

Each event keeps its sequence number and timestamp when sent again, as panels do. A scenario is a TOML file:
`account`, `key` (hexadecimal AES key, for an encrypted line), and `[[event]]` with `after` (seconds since the event before) and `data` (`1130 01 003`).
"""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

import msgspec

from services.ingest.domain.dc09_cipher import NOISE, sealed_content
from services.ingest.domain.dc09_frame import CR, HEADER_BYTES, LF, seal, write_time
from services.runtime.clock import now_us
from services.runtime.line_keys import AES_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

SCENARIOS = Path(__file__).parent / "scenarios"
ANSWER_SECONDS = 5.0
ATTEMPTS = 10
_PAUSE_SECONDS = 0.5


class ScenarioUnreadable(ValueError):
    """The scenario file is missing or does not have the required form."""


class NoAnswer(Exception):
    """The receiver gave no ACK after all attempts, or said that it cannot process the frame."""


class PanelEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`after`: seconds since the event before. `data`: Contact ID, `1130 01 003`."""

    after: float = 0.0
    data: str


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one panel sends."""

    account: str
    key: str = ""
    title: str = ""
    event: tuple[PanelEvent, ...]


def aes_key(written: str) -> bytes:
    """A key as a scenario or a person writes it: 32, 48 or 64 hexadecimal digits; "" is none. Raises ValueError."""
    key = bytes.fromhex(written)
    if len(key) not in (0, *AES_BYTES):
        msg = "an AES key is 32, 48 or 64 hexadecimal digits"
        raise ValueError(msg)
    return key


def scenario(name: str) -> Scenario:
    """A scenario by file path, or by the name of one that we ship. Raises `ScenarioUnreadable`."""
    path = Path(name)
    if not path.suffix:
        path = SCENARIOS / f"{name}.toml"
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Scenario)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        msg = f"{path}: {error}"
        raise ScenarioUnreadable(msg) from error


def contact_id_frame(account: str, sequence: int, data: str, at_us: int, key: bytes = b"") -> bytes:
    """An ADM-CID frame, LF to CR, with its timestamp; encrypted if there is a key."""
    content = f"#{account}|{data}]_".encode() + write_time(at_us)
    if key:
        content = sealed_content(b"|" + content, key, token_bytes(NOISE))
    star = "*" if key else ""
    return seal(f'"{star}ADM-CID"{sequence:04d}L0#{account}['.encode() + content)


def null_frame(account: str) -> bytes:
    """A supervision message: the panel is there."""
    return seal(f'"NULL"0000L0#{account}[]'.encode())


async def send_scenario(  # noqa: PLR0913 - two of them are one address
    host: str,
    port: int,
    account: str,
    events: Sequence[PanelEvent],
    *,
    speed: float = 1.0,
    key: bytes = b"",
    answer_seconds: float = ANSWER_SECONDS,
) -> list[str]:
    """Send the events in their rhythm, `speed` times as fast, and return the answers. Raises `NoAnswer`.

    `key`: the panel's AES key; without one it speaks plain text.
    """
    answers = []
    for number, event in enumerate(events):
        await asyncio.sleep(event.after / speed)
        sequence = number % 9999 + 1
        frame = contact_id_frame(account, sequence, event.data, now_us(), key)
        answers.append(await send_frame(host, port, frame, sequence, answer_seconds=answer_seconds))
    return answers


async def send_frame(
    host: str, port: int, frame: bytes, sequence: int, *, answer_seconds: float = ANSWER_SECONDS
) -> str:
    """Send until it is acknowledged. Raises `NoAnswer`."""
    for _ in range(ATTEMPTS):
        try:
            async with asyncio.timeout(answer_seconds):
                answer = await _dial(host, port, frame)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            answer = b""
        if answer.startswith((b'"ACK"%04d' % sequence, b'"*ACK"%04d' % sequence)):
            return answer.decode("ascii", "replace")
        if answer.startswith(b'"DUH"'):
            msg = f"{host}:{port} cannot process the frame: {answer!r}"
            raise NoAnswer(msg)
        await asyncio.sleep(_PAUSE_SECONDS)
    msg = f"{host}:{port} acknowledged nothing in {ATTEMPTS} attempts"
    raise NoAnswer(msg)


async def _dial(host: str, port: int, frame: bytes) -> bytes:
    """The body of the answer."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(frame)
        await writer.drain()
        await reader.readuntil(LF)
        return (await reader.readuntil(CR))[HEADER_BYTES:-1]
    finally:
        writer.close()
