"""The bytes of a fetch become records: from the wanted offset, whole batches only, and never damaged ones."""

from __future__ import annotations

import struct

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from services.runtime.kafka_partition_reader import batches_of, records_of

CRC_AT, ATTRIBUTES_AT = 17, 21  # record batch of Kafka's message format 2
CONTROL = 0x20


def batch(first: int, *values: bytes) -> bytearray:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=65536,
    )  # fmt: skip
    for at, value in enumerate(values):
        builder.append(at, timestamp=7, key=None, value=value, headers=[])
    built = bytearray(builder.build())
    built[:8] = struct.pack(">q", first)
    return built


def control(first: int) -> bytearray:
    built = batch(first, b"end of a transaction")
    built[ATTRIBUTES_AT : ATTRIBUTES_AT + 2] = struct.pack(">h", CONTROL)
    built[CRC_AT : CRC_AT + 4] = struct.pack(">I", calc_crc32c(bytes(built[ATTRIBUTES_AT:])))
    return built


def read(fetched: bytes | bytearray, offset: int) -> list[tuple[int, bytes]]:
    return [(one.offset, one.value) for one in records_of(list(batches_of(bytes(fetched))), offset)]


def test_records_before_the_wanted_offset_are_left_out() -> None:
    fetched = batch(10, b"a", b"b", b"c") + batch(13, b"d")
    assert read(fetched, 11) == [(11, b"b"), (12, b"c"), (13, b"d")]


def test_a_batch_that_the_broker_cut_is_left_for_the_next_fetch() -> None:
    cut = bytes(batch(0, b"a") + batch(1, b"b"))[:-1]
    assert read(cut, 0) == [(0, b"a")]
    assert [one.next_offset for one in batches_of(cut)] == [1]


def test_control_batches_say_nothing_but_move_the_place() -> None:
    fetched = bytes(batch(0, b"a") + control(1))
    assert read(fetched, 0) == [(0, b"a")]
    assert [one.next_offset for one in batches_of(fetched)] == [1, 2]


def test_the_stamp_is_in_microseconds() -> None:
    assert [one.stamp_us for one in records_of(list(batches_of(bytes(batch(0, b"a")))), 0)] == [7000]


def test_a_damaged_batch_is_refused() -> None:
    fetched = batch(0, b"a")
    fetched[-2] ^= 1
    with pytest.raises(CorruptRecordException):
        read(fetched, 0)
