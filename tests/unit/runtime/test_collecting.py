"""The garbage collector is off as long as anybody wants it to be, and then as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from services.runtime.collecting import uncollected


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_whoever_ends_first_leaves_it_off_for_the_other() -> None:
    gc.enable()
    uncollected.__enter__()
    with uncollected:
        uncollected.__exit__()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    with uncollected:
        pass
    assert not gc.isenabled()
