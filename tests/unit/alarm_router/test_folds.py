"""The table of folds leaves no event out: what a `match` would have had from `assert_never`."""

from __future__ import annotations

from typing import get_args

from services.alarm_router.domain.state import FOLDS
from services.contracts.envelope import Event


def test_every_event_of_the_record_changes_the_state_by_the_table() -> None:
    assert set(FOLDS) == set(get_args(Event))
