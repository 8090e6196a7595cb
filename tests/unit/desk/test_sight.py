"""Who is told the sums of the whole centre."""

from __future__ import annotations

import pytest

from services.contracts.stored import Actor
from services.desk.domain.feed_board import Sight


@pytest.mark.parametrize(
    ("person", "told"),
    [
        (Actor(id="a", roles=("operator",)), True),
        (Actor(id="b", roles=("inspector",)), True),
        (Actor(id="c", roles=("inspector",), bureau="350102000000"), False),
        (Actor(id="d", roles=("police",)), False),
        (Actor(id="e", roles=("administrator",)), False),
    ],
    ids=lambda one: one.roles[0] if isinstance(one, Actor) else str(one),
)
def test_sums_are_for_the_centre_and_for_who_sees_all_of_it(person: Actor, *, told: bool) -> None:
    assert Sight.of(person).accounting is told
