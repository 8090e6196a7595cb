"""What the lists of interruptions and windows show after each decision."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.contracts import interruption as i
from services.contracts.envelope import Accepted, Decision, Event, Source
from services.contracts.stored import Actor, Sealed
from services.picture.interruption_view import FACTS_SHOWN, Interrupted, as_of, changes
from services.picture.why import Recorded

NOW = 1_800_000_000_000_000
ZHAO = Actor(id="zhao", roles=("shift_supervisor",))
POWER = i.Fact(fact="power", code="301", received_at=NOW, alarm="alarm-1")
LEAD = i.Judgement(finding="lead", why="article")
NOTICE = i.Judgement(finding="notice", why="site_unknown")
BEGAN = i.InterruptionBegan(
    interruption="one",
    number="0-1-YD",
    subject="site",
    fact=POWER,
    settles_at=NOW + 600,
    site_known=True,
    site_class="key_unit",
    division="210402",
    bureau="b1",
    provider="p1",
    registry_position=3,
)
WINDOW = i.MaintenanceWindowOpened(
    window="w",
    subject="site",
    by=ZHAO,
    kind="maintenance",
    from_us=NOW - 10,
    until_us=NOW + 10,
    note=Sealed(key="k", box=b"x"),
    provider="p1",
    afterwards=("one",),
)
RESTORED = i.InterruptionRestored(
    interruption="one", fact="power", code="301", received_at=NOW + 5, over=True
)


class Lists:
    """The lists after some decisions."""

    def __init__(self, *events: Event) -> None:
        self.known = Interrupted()
        self._offset = 0
        for event in events:
            self.add(event)

    def add(self, *events: Event) -> None:
        """One decision more."""
        self._offset += 1
        decision = Decision(
            lies_at=self._offset,
            prev=b"",
            time=NOW + self._offset,
            code="1",
            subject="site",
            source=Source(offset=self._offset, hash=b""),
            id="",
            answer=Accepted(),
            events=events,
        )
        self.known.take(changes(self.known, 2, self._offset, decision))

    @property
    def one(self) -> i.InterruptionView:
        """The interruption."""
        return self.known.interruptions["one"]


def test_it_begins_with_what_was_known_and_nothing_judged() -> None:
    view = Lists(BEGAN).one
    assert (view.site, view.site_class, view.provider, view.registry_position) == (
        "site",
        "key_unit",
        "p1",
        3,
    )
    assert (view.judged, view.restored_at, view.facts[0].alarm) == (None, None, "alarm-1")
    assert (view.partition, view.offset, view.began_at) == (2, 1, NOW + 1)


def test_a_fact_that_is_over_says_when_and_the_last_ends_the_interruption() -> None:
    tamper = i.InterruptionWidened(
        interruption="one", fact=replace(POWER, fact="tamper", code="137", zone="003")
    )
    lists = Lists(BEGAN, tamper, replace(RESTORED, over=False))
    assert [fact.restored_at for fact in lists.one.facts] == [NOW + 5, None]
    assert lists.one.restored_at is None
    lists.add(replace(RESTORED, fact="tamper", code="137", zone="3", received_at=NOW + 7))
    after = lists.one
    assert (after.facts[1].restored_at, after.restored_at) == (NOW + 7, NOW + 7)


def test_the_same_fact_again_goes_on_again() -> None:
    lists = Lists(BEGAN, RESTORED, i.InterruptionWidened(interruption="one", fact=POWER))
    assert lists.one.restored_at is None
    assert lists.one.fact_count == 2


def test_both_judgements_are_kept() -> None:
    lists = Lists(BEGAN, i.InterruptionSettled(interruption="one", judgement=NOTICE))
    assert (lists.one.judged, lists.one.settled_at) == (NOTICE, NOW + 2)
    lists.add(i.InterruptionRevised(interruption="one", judgement=LEAD))
    assert (lists.one.judged, lists.one.earlier) == (LEAD, (NOTICE,))


def test_a_window_entered_afterwards_stands_beside_the_fact() -> None:
    lists = Lists(BEGAN, WINDOW)
    assert (lists.one.facts[0].covered_by, lists.one.facts[0].afterwards) == (None, ("w",))
    assert lists.known.windows["w"].note  # sealed


def test_a_window_that_names_other_facts_does_not() -> None:
    assert Lists(BEGAN, replace(WINDOW, facts=("tamper",))).one.facts[0].afterwards == ()


def test_an_ended_window_says_by_whom() -> None:
    lists = Lists(WINDOW, i.MaintenanceWindowEnded(window="w", subject="site", by=ZHAO))
    assert (lists.known.windows["w"].ended_by, lists.known.windows["w"].ended_at) == ("zhao", NOW + 2)


def test_a_registered_site_is_shown_as_known() -> None:
    adopted = i.InterruptionAdopted(
        interruption="one",
        site="other",
        site_class="other",
        division="130302",
        bureau="b2",
        provider="p2",
        registry_position=9,
    )
    view = Lists(replace(BEGAN, site_known=False), adopted).one
    assert (view.site, view.site_known, view.provider, view.bureau) == ("other", True, "p2", "b2")


@pytest.mark.parametrize("name", ["one", "w"])
def test_what_is_archived_is_held_no_more(name: str) -> None:
    lists = Lists(BEGAN, WINDOW)
    lists.add(
        i.InterruptionArchived(interruption="one")
        if name == "one"
        else i.MaintenanceWindowArchived(window="w")
    )
    assert name not in lists.known.interruptions | lists.known.windows


def test_of_very_many_facts_the_first_and_the_newest_are_shown() -> None:
    more = [i.InterruptionWidened(interruption="one", fact=replace(POWER, zone=str(n))) for n in range(1, 80)]
    view = Lists(BEGAN, *more).one
    assert (len(view.facts), view.fact_count) == (FACTS_SHOWN, 80)
    assert (view.facts[0].zone, view.facts[-1].zone) == ("", "79")


def test_the_lists_at_an_instant_are_the_fold_until_then_whatever_came_after() -> None:
    events: tuple[Event, ...] = (
        BEGAN,
        i.InterruptionSettled(interruption="one", judgement=LEAD),
        WINDOW,
        RESTORED,
        i.InterruptionRevised(interruption="one", judgement=NOTICE),
    )
    past = [Recorded(2, at, NOW + at, event) for at, event in enumerate(events, 1)]
    for many in range(len(events) + 1):
        then = as_of(past, NOW + many)
        assert then.interruptions == Lists(*events[:many]).known.interruptions
        assert then.windows == Lists(*events[:many]).known.windows


def test_what_the_router_has_forgotten_is_still_known_to_have_been() -> None:
    archived = i.InterruptionArchived(interruption="one")
    events: tuple[Event, ...] = (BEGAN, RESTORED, archived)
    past = [Recorded(2, at, NOW + at, event) for at, event in enumerate(events, 1)]
    assert as_of(past, NOW + 3).interruptions["one"].restored_at == RESTORED.received_at
