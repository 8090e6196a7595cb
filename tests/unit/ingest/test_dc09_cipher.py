"""Encrypted DC-09: against an independent encoder and decoder (siadc09), and what is answered to what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siadc09.account import Account
from siadc09.message import AckMessage, EventMessage, NakMessage, NullMessage, parse_frame
from siadc09.xdata import Data

from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Sealed
from services.ingest.domain.dc09_cipher import NOISE, acknowledge_sealed, opened, sealed_content
from services.ingest.domain.dc09_frame import Frame, open_envelope, read_body, seal, write_time
from services.ingest.domain.report import WITHOUT_ITS_KEY
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.panel import aes_key, contact_id_frame
from tests.unit.ingest.test_intake import NOW, World

KEYS = [bytes(range(size)) for size in (16, 24, 32)]
KEY = KEYS[2]
ACCOUNT = "AB350102"
AT = datetime.fromtimestamp(NOW / 1_000_000, UTC).replace(microsecond=0)


class Ring:
    """Keys are their own boxes; a box that is called otherwise was sealed elsewhere."""

    def open(self, sealed: Sealed) -> bytes:
        if sealed.key != "here":
            raise ValueError("sealed elsewhere")
        return sealed.box


class Keyed(World):
    """The line of `ACCOUNT` has `key`."""

    def __init__(self, key: bytes = KEY, sealed_with: str = "here") -> None:
        super().__init__()
        me = ReceiverRun(run="r", sender="ingest", account_space="default")
        self.intake = Intake(self.log, self.directory, me, lambda: NOW, keyring=Ring())
        self.directory.assign(
            LineAssigned(
                position=1,
                account_space="default",
                account=ACCOUNT,
                site="s-1",
                key=Sealed(key=sealed_with, box=key),
            )
        )


def reference(key: bytes = KEY, at: datetime = AT, seq: int = 7) -> bytes:
    """The body of a burglary as the reference encoder writes it."""
    message = EventMessage(
        Account(acct=int(ACCOUNT, 16), key=key),
        config={
            "idtoken": "ADM-CID",
            "data": Data(content=f"#{ACCOUNT}|1130 01 003".encode()),
            "timestamp": at,
        },
    )
    body = open_envelope(message.encode(seq=seq)[1:-1])
    assert isinstance(body, bytes)
    assert body.startswith(b'"*ADM-CID"')
    return body


def frame_of(body: bytes) -> Frame:
    frame = read_body(body)
    assert isinstance(frame, Frame)
    return frame


@pytest.mark.parametrize("key", KEYS, ids=["AES-128", "AES-192", "AES-256"])
async def test_a_frame_of_the_reference_is_opened_kept_and_acknowledged_encrypted(key: bytes) -> None:
    world = Keyed(key)
    answer = await world.answer(reference(key))
    (signal,) = world.kept()
    assert isinstance(signal, SignalReceived)
    assert (signal.code, signal.zone, signal.sequence, signal.subject) == ("130", "3", "0007", "s-1")
    assert (signal.panel_time, signal.deviations) == (round(AT.timestamp()) * 1_000_000, ())
    read = parse_frame(answer, keys=key)
    assert isinstance(read, AckMessage)
    assert (read.seq, read.account.acct, read.encrypted, read.timestamp) == (7, int(ACCOUNT, 16), True, AT)


@pytest.mark.parametrize("key", KEYS, ids=["AES-128", "AES-192", "AES-256"])
def test_a_frame_of_our_panel_is_read_by_the_reference(key: bytes) -> None:
    message = parse_frame(contact_id_frame(ACCOUNT, 42, "1130 01 003", NOW, key), keys=key)
    assert (message.idtoken, message.seq, message.timestamp, message.encrypted) == ("ADM-CID", 42, AT, True)


@pytest.mark.parametrize("off", [-41, -3600, 21, 86_400])
async def test_outside_the_window_it_is_a_nak_with_our_time_and_nothing_is_kept(off: int) -> None:
    world = Keyed()
    answer = await world.answer(reference(at=AT + timedelta(seconds=off)))
    assert answer == seal(b'"NAK"0000L0#%b[]_%b' % (ACCOUNT.encode(), write_time(NOW)))
    assert isinstance(parse_frame(answer), NakMessage)
    assert world.kept() == []
    assert world.intake.accounting.refused == {"outside_time_window": 1}
    assert world.intake.accounting.in_flight == 0


@pytest.mark.parametrize("off", [-40, 0, 20])
async def test_inside_the_window_it_is_kept(off: int) -> None:
    world = Keyed()
    await world.answer(reference(at=AT + timedelta(seconds=off)))
    assert len(world.kept()) == 1


async def test_without_a_timestamp_it_is_a_nak() -> None:
    body = b'"*ADM-CID"0001L0#%b[' % ACCOUNT.encode()
    body += sealed_content(b"|#%b|1130 01 003]" % ACCOUNT.encode(), KEY, bytes(NOISE))
    assert b'"NAK"0000' in await Keyed().answer(body)


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (partial(Keyed, KEYS[0]), "wrong_key"),
        (partial(Keyed, sealed_with="elsewhere"), "no_key"),
        (World, "no_key"),
    ],
)
async def test_what_no_key_opens_is_kept_as_malformed_for_a_person_and_answered_with_duh(
    world: partial[World], reason: str
) -> None:
    made = world()
    answer = await made.answer(reference())
    assert answer == seal(b'"DUH"0007L0#%b[]' % ACCOUNT.encode())
    (signal,) = made.kept()
    assert isinstance(signal, SignalMalformed)
    assert (signal.account, signal.reason) == (ACCOUNT, reason)
    assert signal.raw.startswith(b'"*ADM-CID"0007')


def test_a_wrong_key_opens_nothing_whatever_the_noise() -> None:
    wrong = bytes(reversed(KEY))
    for seed in range(3_000):
        noise = Random(seed).randbytes(NOISE)
        sealed = sealed_content(b"|#%b|1130 01 003]_" % ACCOUNT.encode() + write_time(NOW), KEY, noise)
        frame = frame_of(b'"*ADM-CID"0001L0#%b[%b' % (ACCOUNT.encode(), sealed))
        assert opened(frame, KEY) is not None
        assert opened(frame, wrong) is None


async def test_plain_text_on_a_line_that_has_a_key_is_kept_and_named() -> None:
    world = Keyed()
    answer = await world.answer(f'"ADM-CID"0001L0#{ACCOUNT}[#{ACCOUNT}|1130 01 003]'.encode())
    assert answer == seal(b'"ACK"0001L0#%b[]' % ACCOUNT.encode())
    (signal,) = world.kept()
    assert isinstance(signal, SignalReceived)
    assert WITHOUT_ITS_KEY in signal.deviations


async def test_another_lines_key_is_not_its_own() -> None:
    """The account in the data names the line; the header says whose key it was."""
    world = Keyed()
    other = LineAssigned(
        position=2,
        account_space="default",
        account="77",
        site="s-2",
        key=Sealed(key="here", box=KEYS[0]),
    )
    world.directory.assign(other)
    body = b'"*ADM-CID"0001L0#77['
    body += sealed_content(
        b"|#%b|1130 01 003]_%b" % (ACCOUNT.encode(), write_time(NOW)), KEYS[0], bytes(NOISE)
    )
    await world.answer(body)
    (signal,) = world.kept()
    assert isinstance(signal, SignalReceived)
    assert {WITHOUT_ITS_KEY, "account_differs"} <= set(signal.deviations)


def poll(key: bytes = KEY, at: datetime = AT) -> bytes:
    """The body of an encrypted supervision message as the reference encoder writes it."""
    message = NullMessage(Account(acct=int(ACCOUNT, 16), key=key), at, encrypted=True, seqno=0)
    body = open_envelope(message.encode(seq=0)[1:-1])
    assert isinstance(body, bytes)
    return body


async def test_supervision_of_the_reference_is_acknowledged_encrypted_and_makes_its_line_heard() -> None:
    world = Keyed()
    answer = parse_frame(await world.answer(poll()), keys=KEY)
    assert (answer.idtoken, answer.encrypted, answer.seq) == ("ACK", True, 0)
    assert world.kept() == []
    assert heard(world) == [f"default/{ACCOUNT}"]


@pytest.mark.parametrize(
    "forged",
    [
        f'"NULL"0000L0#{ACCOUNT}[]'.encode(),
        poll(KEYS[0]),
        poll(at=AT - timedelta(days=1)),
    ],
    ids=["in clear", "with another key", "recorded yesterday"],
)
async def test_no_poll_but_one_of_now_with_its_key_makes_a_line_heard_that_has_one(forged: bytes) -> None:
    world = Keyed()
    await world.answer(forged)
    assert heard(world) == []


def heard(world: World) -> list[str]:
    digests = world.intake.heard.digests(NOW)
    return [line for partition in digests for digest in partition for line in digest.lines]


async def test_a_poll_without_the_key_does_not_stand_in_for_the_panel() -> None:
    world = Keyed()
    forged = f'"NULL"0000L0#{ACCOUNT}[]'.encode()
    assert await world.answer(forged) == seal(b'"ACK"0000L0#%b[]' % ACCOUNT.encode())
    await world.answer(f'"ADM-CID"0001L0#{ACCOUNT}[#{ACCOUNT}|1602 00 000]'.encode())
    assert heard(world) == []
    await world.answer(reference())
    assert heard(world) == [f"default/{ACCOUNT}"]


@given(st.binary(max_size=200), st.sampled_from(KEYS))
def test_garbage_is_never_opened_into_an_error(data: bytes, key: bytes) -> None:
    frame = frame_of(b'"*ADM-CID"0001L0#12[' + data.hex().encode())
    found = opened(frame, key)
    assert found is None or not found.encrypted


@given(st.binary(min_size=NOISE, max_size=NOISE), st.sampled_from(KEYS), st.integers(0, 40))
def test_the_pad_has_16_to_31_bytes_and_none_that_means_something(
    noise: bytes, key: bytes, length: int
) -> None:
    data = b"#12|" + b"1" * length
    clear = b"|" + data + b"]_" + write_time(NOW)
    frame = opened(frame_of(b'"*ADM-CID"0001L0#12[' + sealed_content(clear, key, noise)), key)
    assert frame is not None
    assert (frame.data, frame.deviations) == (data, ())
    ack = acknowledge_sealed(frame, key, NOW, noise)
    assert parse_frame(ack, keys=key).timestamp == AT


@pytest.mark.parametrize("written", ["00", "zz", "0" * 34])
def test_a_panels_key_of_another_length_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        aes_key(written)
