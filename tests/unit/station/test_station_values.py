"""Addresses, settings, sentences and the watchdog's memory."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from services.runtime.settings import Address, Settings
from services.station.adapters.embedded_kafka import _BROKER, JVM_FLAGS
from services.station.adapters.watchdog import listen
from services.station.errors import StationError, in_one_sentence
from services.station.up import endpoints


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        (":0", Address("127.0.0.1", 0)),
        ("9000", Address("127.0.0.1", 9000)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["nope", "host:", "host:70000", "host:-1", ""])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 127\.0\.0\.1:8080"):
        Address.parse(text)


def test_a_child_reads_the_settings_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Settings(web=Address("127.0.0.1", 1), demo=True, router_partitions=(3, 4), data_dir=Path("/d"))
    for name, value in told.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == told


def test_the_watchdog_remembers_who_is_alive_and_forgets_a_cut_line() -> None:
    assert listen(["+ 10 15\n", "+ 11 2\n", "- 10\n", "+ 12"]) == {11: 2}


def test_a_full_disk_is_said_in_one_sentence_even_inside_a_group() -> None:
    problem = ExceptionGroup("tasks", [OSError(errno.ENOSPC, "No space left on device")])
    assert "the disk is full" in str(in_one_sentence(problem))


def test_a_fault_of_ours_keeps_its_trace() -> None:
    assert in_one_sentence(ValueError("x")) is None
    assert in_one_sentence(StationError("do this")) == "do this"


def test_without_demo_the_endpoints_carry_no_secret() -> None:
    found = endpoints(Settings(web=Address("0.0.0.0", 8080)))
    assert found["web"] == "http://127.0.0.1:8080"
    assert found["dc09"] == "127.0.0.1:10500"
    assert "accounts" not in found
    assert "signal_token" not in found


def test_the_brokers_log_cleaner_leaves_the_heap_to_the_broker() -> None:
    told = dict(line.split("=", 1) for line in _BROKER.splitlines())
    heap_mb = next(int(flag[4:-1]) for flag in JVM_FLAGS if flag.startswith("-Xmx"))
    assert int(told["log.cleaner.dedupe.buffer.size"]) * 16 <= heap_mb << 20
