"""A desk at a registered site, and how far Wang has come there with an alarm."""

from __future__ import annotations

import pytest

from tests.unit.alarm_router.reporting import reported
from tests.unit.alarm_router.saying import Desk


@pytest.fixture
def desk() -> Desk:
    """The site is in the register."""
    found = Desk()
    found.registered()
    return found


@pytest.fixture
def alarm(desk: Desk) -> str:
    """A burglary."""
    return desk.alarm().alarm


@pytest.fixture
def mine(desk: Desk, alarm: str) -> str:
    """An alarm that Wang has claimed."""
    desk.claim(alarm)
    return alarm


@pytest.fixture
def escalation(desk: Desk) -> str:
    """A burglary that Wang has verified and reported."""
    return reported(desk)
