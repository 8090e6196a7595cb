"""The bounds of a maintenance window: who may say one, for when, with which papers, and what exactly it covers."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts import interruption as i
from services.contracts.envelope import Accepted
from tests.unit.alarm_router.saying import DAY, MINUTE, REASON, SECOND, SITE, WANG, ZHAO, refusal
from tests.unit.alarm_router.test_interruptions import SUN, Place, began, settled

HOUR = 60 * MINUTE
PAPERS: dict[str, Any] = {"reference": "2026-7", "opinion": "P-3", "plan": "R-9"}


@pytest.fixture
def place() -> Place:
    return Place()


def covered_by(place: Place, received_at: int) -> str | None:
    """The window that covers what was received then and comes in now."""
    place.now = max(place.now, received_at)
    return began(place.says("301", received_at=received_at)).fact.covered_by


class TestTheRecord:
    def test_of_a_window_everything_that_was_said_and_what_was_known_of_the_site(self, place: Place) -> None:
        said: dict[str, Any] = {
            "kind": "municipal_works",
            "from_us": place.now,
            "until_us": place.now + HOUR,
            "facts": ("power", "comms"),
            "note": REASON,
            **PAPERS,
        }
        opened = place.opened(by=SUN, **said)
        assert opened == i.MaintenanceWindowOpened(
            window=opened.window,
            subject=SITE,
            by=SUN,
            site_known=True,
            provider="provider",
            bureau="210402000000",
            **said,
        )

    def test_of_one_at_an_unregistered_site_that_nothing_is_known(self) -> None:
        opened = Place("").opened()
        assert (opened.site_known, opened.provider, opened.bureau) == (False, None, None)

    def test_of_its_end_who_ended_it(self, place: Place) -> None:
        opened = place.opened()
        assert place.end(opened.window, SUN).events == (
            i.MaintenanceWindowEnded(window=opened.window, subject=SITE, by=SUN),
        )

    def test_of_what_it_names_and_was_there_before_only_what_no_window_covers(self, place: Place) -> None:
        place.opened(facts=("power",))
        place.says("301")
        uncovered = began(place.says("137", "4"))
        later = place.opened(from_us=place.now - HOUR)
        assert later.afterwards == (uncovered.interruption,)

    def test_that_it_is_forgotten_a_week_after_its_end(self, place: Place) -> None:
        opened = place.opened()
        place.now = opened.until_us + 7 * DAY - 1
        assert place.tick() is None
        place.now += 1
        decision = place.tick()
        assert decision is not None
        assert decision.events == (i.MaintenanceWindowArchived(window=opened.window),)

    def test_that_one_entered_afterwards_is_forgotten_a_week_after_that(self, place: Place) -> None:
        decided_at = place.now
        place.opened(from_us=place.now - HOUR, until_us=place.now - MINUTE)
        place.now = decided_at + 7 * DAY - 1
        assert place.tick() is None
        place.now += 1
        assert place.tick() is not None


class TestWhoAndWhen:
    def test_an_operator_is_told_whose_it_is(self, place: Place) -> None:
        assert refusal(place.window(by=WANG)) == ("role.missing", {"role": "shift_supervisor"})

    @pytest.mark.parametrize(
        ("begins", "lasts"),
        [(0, 1), (0, 31 * DAY), (366 * DAY, DAY), (-366 * DAY, DAY)],
        ids=["a moment", "a month", "next year", "a year ago"],
    )
    def test_the_longest_and_the_farthest_that_is_taken(self, place: Place, begins: int, lasts: int) -> None:
        from_us = place.now + begins
        assert place.window(from_us=from_us, until_us=from_us + lasts).answer == Accepted()

    @pytest.mark.parametrize(
        ("begins", "lasts"),
        [(0, 0), (0, 31 * DAY + 1), (366 * DAY + 1, DAY), (-366 * DAY - 1, DAY)],
        ids=["no time", "above a month", "above a year ahead", "above a year ago"],
    )
    def test_a_microsecond_more_is_refused(self, place: Place, begins: int, lasts: int) -> None:
        from_us = place.now + begins
        refused = place.window(from_us=from_us, until_us=from_us + lasts)
        assert refusal(refused) == ("window.times", {})

    @pytest.mark.parametrize("paper", PAPERS)
    def test_each_paper_is_needed_for_municipal_works_and_none_is_long(
        self, place: Place, paper: str
    ) -> None:
        without = {**PAPERS, paper: ""}
        assert refusal(place.window(kind="municipal_works", **without))[0] == "window.documents_needed"
        longest: dict[str, Any] = {paper: "x" * 64}
        longer: dict[str, Any] = {paper: "x" * 65}
        assert refusal(place.window(**longer))[0] == "window.malformed"
        assert place.window(**longest).answer == Accepted()

    def test_fifty_are_open_at_most_and_those_that_are_over_do_not_count(self, place: Place) -> None:
        first = place.opened()
        for _ in range(49):
            place.opened(until_us=place.now + DAY)
        assert refusal(place.window()) == ("window.too_many", {"most": "50"})
        place.now = first.until_us
        assert place.window().answer == Accepted()

    def test_what_is_over_is_not_ended(self, place: Place) -> None:
        one, other = place.opened(), place.opened()
        place.now = one.until_us - 1
        assert place.end(one.window).answer == Accepted()
        place.now = other.until_us
        assert refusal(place.end(other.window)) == ("window.over", {})


class TestWhatItCovers:
    @pytest.mark.parametrize(
        ("received", "is_covered"), [(HOUR - 1, False), (HOUR, True), (2 * HOUR - 1, True), (2 * HOUR, False)]
    )
    def test_from_its_beginning_until_just_before_its_end(
        self, place: Place, received: int, *, is_covered: bool
    ) -> None:
        begins = place.now + HOUR
        window = place.opened(from_us=begins, until_us=begins + HOUR).window
        assert covered_by(place, begins - HOUR + received) == (window if is_covered else None)

    def test_only_what_is_received_after_it_was_decided(self, place: Place) -> None:
        decided_at = place.now
        place.opened(from_us=decided_at - HOUR)
        assert covered_by(place, decided_at) is None
        assert covered_by(place, decided_at + 1) is not None

    def test_of_two_that_cover_it_the_first_is_named_and_of_those_entered_afterwards_all(
        self, place: Place
    ) -> None:
        received_at = place.now + SECOND
        first = place.opened()
        second = place.opened(from_us=place.now - HOUR)
        place.now += MINUTE
        late = [place.opened(from_us=place.now - HOUR).window for _ in range(2)]
        fact = began(place.says("301", received_at=received_at)).fact
        assert (fact.covered_by, fact.afterwards) == (first.window, (second.window, *late))

    def test_an_end_that_comes_before_its_time_is_its_end(self, place: Place) -> None:
        window = place.opened()
        place.end(window.window, ZHAO)
        ended_at = place.now
        assert covered_by(place, ended_at - 1) == window.window
        assert covered_by(place, ended_at) is None

    def test_one_that_another_follows_without_a_gap_carries_it_on(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        place.opened(from_us=first.until_us, until_us=first.until_us + HOUR)
        assert place.passes(first.until_us - place.now) == []

    def test_what_goes_on_under_one_waits_for_its_end_and_asks_for_no_tick_before(self, place: Place) -> None:
        window = place.opened()
        held = began(place.says("570", "3"))
        place.passes(held.settles_at - place.now)
        assert place.state.deadlines[0] == (window.until_us, "interruption", held.interruption)

    def test_one_that_begins_a_moment_later_does_not(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        place.opened(from_us=first.until_us + 1, until_us=first.until_us + HOUR)
        assert place.passes(first.until_us - place.now) != []

    def test_under_windows_that_follow_each_other_for_weeks_it_stays_covered(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        place.opened(from_us=first.until_us - MINUTE, until_us=first.until_us + 20 * DAY, facts=("bypass",))
        assert place.passes(10 * DAY) == []
        assert first.window not in place.state.book.windows, "it is forgotten by now"
        place.says("570", "3", restore=True)
        assert settled(place.passes(MINUTE)).finding == "covered"

    def test_what_outlasts_the_last_of_them_is_judged_at_its_end(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        second = place.opened(from_us=first.until_us - MINUTE, until_us=first.until_us + 20 * DAY)
        assert place.passes(second.until_us - place.now - 1) == []
        assert settled(place.passes(1)).finding == "lead"

    def test_afterwards_it_names_what_began_within_its_times_to_the_microsecond(self, place: Place) -> None:
        first = began(place.says("301"))
        at = first.fact.received_at
        place.now += MINUTE
        assert place.opened(from_us=at, until_us=at + 1).afterwards == (first.interruption,)
        assert place.opened(from_us=at - 1, until_us=at).afterwards == ()
        assert place.opened(from_us=at + 1, until_us=at + 2).afterwards == ()
