"""What the record says of an interruption: its facts as they came, each end, what was learnt of the site, its numbers."""

from __future__ import annotations

import pytest

from services.contracts import directory as d
from services.contracts import interruption as i
from services.contracts.alarm import AlarmRaised
from services.contracts.envelope import Decision
from services.contracts.liveness import SystemSilent
from tests.unit.alarm_router.saying import DAY, MINUTE, SECOND, SITE
from tests.unit.alarm_router.test_interruptions import (
    FUSHUN,
    QINHUANGDAO,
    Place,
    began,
    interrupted,
    restored,
    settled,
    widened,
)

HOUR = 60 * MINUTE
FILING = d.Filing(authority="fushun", state="filed")


@pytest.fixture
def place() -> Place:
    return Place()


def raised(decision: Decision) -> AlarmRaised:
    return next(event for event in decision.events if isinstance(event, AlarmRaised))


def falls_silent(place: Place, account: str, last_heard_at: int) -> list[i.InterruptionEvent]:
    report = SystemSilent(
        sender="watch",
        sent_at=place.now,
        subject=SITE,
        account_space="a",
        account=account,
        told=place.saw(account),
        last_heard_at=last_heard_at,
        timeout_us=270 * SECOND,
    )
    return interrupted(place.told(report))


def watches(place: Place, *accounts: str, interval_s: int | None = 90) -> list[i.InterruptionEvent]:
    """The register's entry of the site, with these lines to be heard."""
    place.position += 1
    lines = tuple(d.Line(account_space="a", account=one, interval_s=interval_s) for one in accounts)
    site = d.SiteEntry(
        id=SITE, provider="provider", site_class="key_unit", division=FUSHUN, bureau="b", lines=lines
    )
    return interrupted(
        place.told(d.SiteSet(sender="registry", sent_at=place.now, position=place.position, site=site))
    )


def files(place: Place) -> None:
    """The provider of the site is filed with the authority there."""
    place.position += 1
    entry = d.ProviderEntry(id="provider", filings=(FILING,))
    place.told(d.ProviderSet(sender="registry", sent_at=place.now, position=place.position, provider=entry))


class TestFacts:
    def test_a_fact_says_what_the_panel_said_and_the_alarm_that_it_came_with(self, place: Place) -> None:
        signal = place.signal(code="301", area="02", zone="003", panel_time=7, received_at=place.now - SECOND)
        decision = place.told(signal)
        assert began(interrupted(decision)).fact == i.Fact(
            fact="power",
            code="301",
            area="02",
            zone="003",
            received_at=place.now - SECOND,
            panel_time=7,
            alarm=raised(decision).alarm,
        )

    def test_an_occurrence_of_an_open_alarm_is_a_fact_of_that_alarm(self, place: Place) -> None:
        first = place.told(place.signal(code="301"))
        assert widened(place.says("350")).fact.alarm == raised(first).alarm

    def test_a_program_that_was_changed_is_a_fact_without_an_end(self, place: Place) -> None:
        assert began(place.says("306")).fact.momentary
        assert not widened(place.says("301")).fact.momentary

    def test_a_silence_is_a_fact_of_its_line_that_no_signal_told(self, place: Place) -> None:
        place.now += 270 * SECOND
        missed_at = place.now - 180 * SECOND
        fact = began(place.is_silent(place.now - 270 * SECOND)).fact
        assert fact == i.Fact(fact="silence", code="silence", zone="a/1234", received_at=missed_at)

    def test_beginning_it_says_when_it_is_judged(self, place: Place) -> None:
        decision = place.told(place.signal(code="301"))
        assert began(interrupted(decision)).settles_at == decision.time + 10 * MINUTE


class TestEnds:
    def test_an_end_names_the_fact_as_it_was_said_and_when_it_was_over(self, place: Place) -> None:
        first = began(place.says("570", "003"))
        place.says("137", "4")
        over = restored(place.says("570", "3", restore=True, received_at=place.now))
        assert over == i.InterruptionRestored(
            interruption=first.interruption,
            fact="bypass",
            code="570",
            zone="3",
            received_at=place.now - SECOND,
            over=False,
        )

    def test_one_restore_ends_all_that_it_means_in_every_interruption(self, place: Place) -> None:
        first = began(place.says("YC"))
        place.says("YS")
        place.passes(10 * MINUTE)
        second = began(place.says("NT"))
        ends = place.says("YK")
        told = [(e.interruption, e.code, e.over) for e in ends if isinstance(e, i.InterruptionRestored)]
        assert told == [(first.interruption, "YC", False), (first.interruption, "YS", True)]
        assert second.interruption in place.state.book.held

    def test_a_silence_is_over_when_the_line_was_heard(self, place: Place) -> None:
        first = began(place.is_silent(place.now - 270 * SECOND))
        place.now += MINUTE
        assert restored(place.is_heard()) == i.InterruptionRestored(
            interruption=first.interruption,
            fact="silence",
            code="silence",
            zone="a/1234",
            received_at=place.now,
            over=True,
        )

    def test_of_several_silent_lines_only_that_which_nobody_watches_any_more_is_over(self) -> None:
        place = Place("")
        watches(place, "1234", "5678", "9999")
        for account in ("1234", "5678", "9999"):
            falls_silent(place, account, place.now - 270 * SECOND)
        ended = watches(place, "5678")
        zones = [(e.zone, e.over) for e in ended if isinstance(e, i.InterruptionRestored)]
        assert zones == [("a/1234", False), ("a/9999", False)]

    def test_it_is_forgotten_a_week_after_it_was_over_and_judged(self, place: Place) -> None:
        first = began(place.says("301"))
        place.passes(10 * MINUTE)
        place.says("301", restore=True)
        place.now += 7 * DAY - 1
        assert place.tick() is None
        place.now += 1
        decision = place.tick()
        assert decision is not None
        assert decision.events == (i.InterruptionArchived(interruption=first.interruption),)

    def test_it_is_kept_a_week_from_its_judgement_where_that_came_later(self, place: Place) -> None:
        first = began(place.says("301"))
        place.says("301", restore=True)
        place.passes(first.settles_at - place.now)
        place.now = first.settles_at + 7 * DAY - 1
        assert place.tick() is None
        place.now += 1
        assert place.tick() is not None


class TestWhatBelongsToIt:
    """After its judgement an interruption takes in only what it has already, said again."""

    def judged_as_covered(self, place: Place) -> i.InterruptionBegan:
        """A changed program under a window, which has no end of its own, and a bypass that was over in time."""
        place.opened()
        first = began(place.says("306"))
        place.says("570", "3")
        place.says("570", "3", restore=True)
        assert settled(place.passes(10 * MINUTE)).finding == "covered"
        return first

    def test_what_was_covered_and_comes_again_uncovered_is_an_interruption_of_its_own(
        self, place: Place
    ) -> None:
        first = self.judged_as_covered(place)
        place.passes(HOUR)
        assert began(place.says("570", "3")).interruption != first.interruption

    def test_what_was_a_lead_and_goes_on_is_the_same_also_under_a_window(self, place: Place) -> None:
        first = began(place.says("570", "3"))
        place.passes(10 * MINUTE)
        place.opened()
        again = widened(place.says("570", "3"))
        assert (again.interruption, again.fact.covered_by is not None) == (first.interruption, True)

    def test_the_same_code_in_another_zone_is_not_the_same(self, place: Place) -> None:
        first = began(place.says("570", "3"))
        place.passes(10 * MINUTE)
        assert widened(place.says("570", "003")).interruption == first.interruption
        assert began(place.says("570", "4")).interruption != first.interruption

    def test_while_it_settles_it_takes_in_what_a_window_covers_as_it_does_itself(self, place: Place) -> None:
        place.opened(facts=("power",))
        covered, outside = began(place.says("301")), began(place.says("137", "4"))
        assert widened(place.says("302")).interruption == covered.interruption
        assert widened(place.says("570", "5")).interruption == outside.interruption

    def test_above_its_limit_a_subjects_facts_belong_to_the_newest(self, place: Place) -> None:
        for zone in range(64):
            newest = began(place.says("570", str(zone + 1)))
            place.passes(10 * MINUTE)
        assert widened(place.says("570", "65")).interruption == newest.interruption
        place.says("570", "7", restore=True)
        assert began(place.says("570", "66")).interruption != newest.interruption


class TestTheSite:
    def test_what_was_learnt_of_it_is_said_of_each_that_was_held_there(self) -> None:
        shell = Place("")
        files(shell)
        first = began(shell.says("301"))
        (adopted,) = interrupted(shell.known(QINHUANGDAO, "other"))
        assert adopted == i.InterruptionAdopted(
            interruption=first.interruption,
            site=SITE,
            site_class="other",
            division=QINHUANGDAO,
            bureau="210402000000",
            provider="provider",
            filing=FILING,
            registry_position=2,
        )

    def test_what_a_window_covered_is_not_judged_anew(self) -> None:
        shell = Place("")
        shell.opened()
        shell.says("306")
        assert settled(shell.passes(10 * MINUTE)).finding == "covered"
        assert [type(event) for event in interrupted(shell.known(FUSHUN))] == [i.InterruptionAdopted]

    def test_what_was_over_by_then_is_judged_anew_all_the_same(self) -> None:
        shell = Place("")
        shell.says("301")
        shell.says("301", restore=True)
        shell.passes(10 * MINUTE)
        _, revised = interrupted(shell.known(FUSHUN))
        assert isinstance(revised, i.InterruptionRevised)
        assert revised.judgement.finding == "lead"

    def test_a_judgement_names_the_windows_that_covered_a_part_of_it(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        second = place.opened(from_us=first.until_us - MINUTE, until_us=first.until_us + HOUR)
        place.now = first.until_us
        place.says("570", "3")
        assert settled(place.passes(second.until_us - place.now)).windows == (first.window, second.window)
