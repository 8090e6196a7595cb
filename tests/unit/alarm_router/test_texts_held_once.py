"""What many sites say alike a partition holds once, also where it was read from a snapshot or a new generation."""

from __future__ import annotations

import pytest

from services.alarm_router.domain.carrying import parts_of
from services.alarm_router.domain.snapshot import PIECE, freeze, thaw
from services.alarm_router.domain.state import FOLDS, State
from services.contracts.directory import Line, SiteEntry, SiteSet
from services.contracts.envelope import StateCarried
from tests.unit.alarm_router.saying import LAW, NOW, Desk


def entry(number: int) -> SiteEntry:
    line = Line(account_space="space", account=f"{number:04}", interval_s=90)
    return SiteEntry(
        id=f"site-{number}",
        provider="provider-1",
        site_class="other",
        division="350102",
        bureau="bureau-1",
        lines=(line,),
    )


def carried_over(state: State) -> State:
    """As a new generation knows it."""
    there, rounds = State(partition=0), parts_of(state)
    for number, parts in enumerate(rounds, 1):
        FOLDS[StateCarried](there, StateCarried(number=number, of=len(rounds), parts=parts), NOW)
    return there


def said_by_all(state: State) -> list[set[int]]:
    """Which objects stand for whose the sites are, where they lie, and the space of their accounts."""
    sites = state.sites.values()
    spaces = {id(line.account_space) for site in sites for line in site.lines}
    return [
        {id(site.provider) for site in sites},
        {id(site.division) for site in sites},
        {id(site.bureau) for site in sites},
        spaces | {id(one.account_space) for one in state.silence.supervised.values()},
    ]


def ids_of(state: State, site: str) -> set[int]:
    """Which objects stand for its id."""
    (line,) = (line for line, whose in state.lines.registered.items() if whose == site)
    (key,) = (key for key in state.sites if key == site)
    named = (key, state.sites[site].id, state.lines.registered[line], state.silence.supervised[line].subject)
    return set(map(id, named))


@pytest.mark.parametrize("count", [3, 3 * PIECE])  # a state that is frozen whole, and one in pieces
def test_what_sites_say_alike_is_one_object(count: int) -> None:
    desk = Desk()
    for number in range(count):
        desk.told(SiteSet(sender="registry", sent_at=NOW, position=number + 1, site=entry(number)))
    assert len(desk.state.sites) == len(desk.state.silence.supervised) == count
    for state in (desk.state, thaw(freeze(desk.state), LAW), carried_over(desk.state)):
        assert [len(objects) for objects in said_by_all(state)] == [1] * 4
        assert {len(ids_of(state, site)) for site in state.sites} == {1}
        assert state.sites == desk.state.sites == {f"site-{number}": entry(number) for number in range(count)}
        assert state.lines == desk.state.lines
        assert state.silence.supervised == desk.state.silence.supervised
