"""Which ports are taken where any will do."""

from __future__ import annotations

import pytest

from services.runtime.settings import Address
from services.station.adapters import ports


def test_a_free_port_is_none_that_the_machine_lends_to_whoever_connects() -> None:
    found = ports.free_ports(20)
    assert len(set(found)) == 20
    assert all(port in ports.NOT_LENT for port in found)
    chosen = ports.choose([("web", Address("127.0.0.1", 0)), ("feed", Address("127.0.0.1", 0))])
    assert all(one.port in ports.NOT_LENT for one in chosen.values())


def test_where_all_of_these_are_taken_the_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with ports.bound(Address("127.0.0.1", 0)) as taken:
        mine = taken.getsockname()[1]
        monkeypatch.setattr(ports, "NOT_LENT", range(mine, mine + 1))
        (other,) = ports.free_ports(1)
    assert other != mine
