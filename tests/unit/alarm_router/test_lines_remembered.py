"""A partition remembers the lines that the registry knows, and of all others those heard last."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alarm_router.domain import line as lines
from services.alarm_router.domain.carrying import parts_of
from services.alarm_router.domain.line import Lines
from services.alarm_router.domain.snapshot import freeze, thaw
from services.alarm_router.domain.state import FOLDS, State
from services.contracts.alarm import AlarmOccurred, AlarmRaised
from services.contracts.directory import Line, SiteEntry, SiteSet
from services.contracts.envelope import Accepted, Already, StateCarried
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from tests.unit.alarm_router.saying import LAW, NOW, SITE, Desk


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(lines, "MOST_STRANGERS", 3)
    return Desk()


def said(desk: Desk, account: str, counter: int = 1, run: str = "run-1") -> SignalReceived:
    number = SignalId(run=run, line=f"a/{account}", counter=counter)
    return desk.signal(id=number, account=account, subject=f"shell-{account}")


def register(desk: Desk, position: int, *accounts: str, site: str = SITE) -> None:
    entry = SiteEntry(
        id=site,
        provider="p1",
        site_class="other",
        division="350102",
        bureau="b1",
        lines=tuple(Line(account_space="a", account=account) for account in accounts),
    )
    desk.told(SiteSet(sender="registry", sent_at=NOW, position=position, site=entry))


def test_of_strangers_those_heard_last_are_known(desk: Desk) -> None:
    first, *_, last = [said(desk, str(number)) for number in range(5)]
    for signal in (first, *(said(desk, str(number)) for number in range(1, 4)), last):
        desk.told(signal)
    assert desk.told(last).answer == Already()
    assert any(isinstance(event, AlarmRaised) for event in desk.told(said(desk, "9")).events)
    assert list(desk.state.lines.known) == ["a/3", "a/4", "a/9"]
    assert desk.told(first).answer != Already()


def test_what_the_registry_knows_is_not_forgotten(desk: Desk) -> None:
    register(desk, 1, "own")
    own = said(desk, "own")
    desk.told(own)
    for number in range(10):
        desk.told(said(desk, str(number)))
    assert desk.told(own).answer == Already()
    assert len(desk.state.lines.known) == 4


def test_a_line_that_was_released_is_a_stranger_and_one_that_was_assigned_is_none(desk: Desk) -> None:
    register(desk, 1, "own")
    for account in ("own", "1", "2", "3"):
        desk.told(said(desk, account))
    register(desk, 2, "1")
    assert list(desk.state.lines.strangers) == ["a/2", "a/3", "a/own"]
    for account in ("4", "5", "6"):
        desk.told(said(desk, account))
    assert set(desk.state.lines.known) == {"a/1", "a/4", "a/5", "a/6"}


def test_a_line_that_went_over_to_another_site_before_the_first_let_it_go_stays_registered(
    desk: Desk,
) -> None:
    register(desk, 1, "own")
    register(desk, 2, "own", site="site-b")
    register(desk, 3)
    assert desk.state.lines.registered == {"a/own": "site-b"}


def test_a_receiver_that_was_started_again_counts_anew(desk: Desk) -> None:
    desk.told(said(desk, "1"))
    (raised,) = [
        event.class_
        for event in desk.told(said(desk, "1", run="run-2")).events
        if isinstance(event, AlarmRaised | AlarmOccurred)
    ]
    assert raised == "burglary"


def test_of_a_line_the_sixty_four_receivers_heard_last_are_known(desk: Desk) -> None:
    for number in range(64):
        desk.told(said(desk, "1", run=f"run-{number}"))
    desk.told(said(desk, "1", 2, run="run-0"))
    desk.told(said(desk, "1", run="run-64"))
    answers = [desk.told(said(desk, "1", run=f"run-{number}")).answer for number in (0, 2, 1)]
    assert answers == [Already(), Already(), Accepted()]


def test_a_snapshot_forgets_in_the_same_order(desk: Desk) -> None:
    for counter, account in enumerate(("1", "2", "3", "1"), 1):
        desk.told(said(desk, account, counter))
    again = thaw(freeze(desk.state), LAW)
    assert list(again.lines.strangers) == ["a/2", "a/3", "a/1"]
    lines.held(again.lines, "a/4")
    assert set(again.lines.known) == {"a/3", "a/1", "a/4"}


def words_of(state: State) -> list[set[int]]:
    """Which objects the lines remember for each of their texts: runs, sequences, codes, qualifiers, areas, zones."""
    known = state.lines.known.values()
    heard = [one for line in known for one in line.recent]
    return [
        {id(run) for line in known for run in line.marks},
        *(
            {id(getattr(one, name)) for one in heard}
            for name in ("sequence", "code", "qualifier", "area", "zone")
        ),
    ]


def carried_over(state: State) -> State:
    """As a new generation knows it."""
    there, rounds = State(partition=0), parts_of(state)
    for number, parts in enumerate(rounds, 1):
        FOLDS[StateCarried](there, StateCarried(number=number, of=len(rounds), parts=parts), NOW)
    return there


def test_lines_remember_equal_texts_by_one_object_also_those_that_were_read(desk: Desk) -> None:
    for number in range(3):
        signal = msgspec.structs.replace(said(desk, str(number)), sequence="0012")
        desk.told(msgspec.json.decode(msgspec.json.encode(signal), type=SignalReceived))
    assert [len(line.recent) for line in desk.state.lines.known.values()] == [1, 1, 1]
    for state in (desk.state, thaw(freeze(desk.state), LAW), carried_over(desk.state)):
        assert [len(objects) for objects in words_of(state)] == [1] * 6
        assert state.lines == desk.state.lines


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("hear"), st.sampled_from("abcdefgh")),
            st.tuples(
                st.sampled_from(["one", "two"]), st.frozensets(st.sampled_from("abcdefgh"), max_size=4)
            ),
        ),
        max_size=60,
    )
)
def test_whatever_comes_no_more_is_known_than_is_registered_and_the_strangers(
    steps: list[tuple[str, str]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "MOST_STRANGERS", 3)
        known, entries = Lines(), dict[str, SiteEntry]()
        for what, names in steps:
            if what == "hear":
                lines.held(known, f"s/{names}")
            else:
                after = SiteEntry(
                    id=what, provider="p", site_class="other", division="350102", bureau="b",
                    lines=tuple(Line(account_space="s", account=name) for name in sorted(names)),
                )  # fmt: skip
                lines.register(known, entries.get(what), after)
                entries[what] = after
            strangers = set(known.strangers)
            assert len(strangers) <= 3
            assert strangers.isdisjoint(known.registered)
            assert set(known.known) <= strangers | known.registered.keys()
            assert strangers <= set(known.known)
