"""Interruptions: facts, covered or not, judged once, restored; windows decided beforehand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.alarm_router.domain.machine import AlarmRouter
from services.contracts import alarm as a
from services.contracts import directory as d
from services.contracts import interruption as i
from services.contracts.directory import SiteClass
from services.contracts.envelope import Accepted, Already, Decision
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.stored import Actor
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.law.shelf import shipped
from tests.unit.alarm_router.saying import (
    DAY,
    MINUTE,
    SECOND,
    SITE,
    WANG,
    ZHAO,
    Desk,
    refusal,
)

LAW = shipped()
SUN = Actor(id="sun", roles=("engineer",), provider="provider")
TIELING, QINHUANGDAO, PUTIAN, FUSHUN = "211202", "130302", "350302", "210402"


class Place(Desk):
    """A registered site, its panel and its people."""

    def __init__(self, division: str = FUSHUN, site_class: SiteClass = "key_unit") -> None:
        super().__init__()
        self.partition = Partition(AlarmRouter(LAW), 0, "1.0")
        self.partition.fold(Record(0, self.now, self.values[0]))
        self.position = 0
        if division:
            self.known(division, site_class)

    def known(
        self, division: str, site_class: SiteClass = "key_unit", interval_s: int | None = 90
    ) -> Decision:
        self.position += 1
        site = d.SiteEntry(
            id=SITE,
            provider="provider",
            site_class=site_class,
            division=division,
            bureau="210402000000",
            lines=(d.Line(account_space="a", account="1234", interval_s=interval_s),),
        )
        return self.told(d.SiteSet(sender="registry", sent_at=self.now, position=self.position, site=site))

    def says(
        self, code: str, zone: str = "", *, restore: bool = False, **what: Any
    ) -> list[i.InterruptionEvent]:
        self.now += SECOND
        qualifier = "restore" if restore else "new"
        return interrupted(self.told(self.signal(code=code, zone=zone, qualifier=qualifier, **what)))

    def is_silent(self, last_heard_at: int) -> list[i.InterruptionEvent]:
        """The watch missed three polls."""
        return interrupted(
            self.told(
                SystemSilent(
                    sender="watch",
                    sent_at=self.now,
                    subject=SITE,
                    account_space="a",
                    account="1234",
                    told=self.saw(),
                    last_heard_at=last_heard_at,
                    timeout_us=270 * SECOND,
                )
            )
        )

    def is_heard(self) -> list[i.InterruptionEvent]:
        heard: dict[str, Any] = {
            "sender": "watch",
            "sent_at": self.now,
            "subject": SITE,
            "account_space": "a",
            "told": self.saw(),
        }
        return interrupted(self.told(SystemHeard(**heard, account="1234", heard_at=self.now)))

    def passes(self, us: int) -> list[i.InterruptionEvent]:
        """Time goes by, with a tick at its end."""
        self.now += us
        events: list[i.InterruptionEvent] = []
        while (decision := self.tick()) is not None:
            events += interrupted(decision)
        return events

    def window(self, by: Actor = ZHAO, **what: Any) -> Decision:
        whole = {"kind": "maintenance", "from_us": self.now, "until_us": self.now + 60 * MINUTE, **what}
        return self.told(i.OpenMaintenanceWindow(**self.head(by), **whole))

    def opened(self, **what: Any) -> i.MaintenanceWindowOpened:
        (event,) = [e for e in self.window(**what).events if isinstance(e, i.MaintenanceWindowOpened)]
        self.now += SECOND
        return event

    def end(self, window: str, by: Actor = ZHAO) -> Decision:
        return self.told(i.EndMaintenanceWindow(**self.head(by), window=window))


@pytest.fixture
def place() -> Place:
    return Place()


def interrupted(decision: Decision) -> list[i.InterruptionEvent]:
    return [event for event in decision.events if isinstance(event, i.InterruptionEvent)]


def began(events: list[i.InterruptionEvent]) -> i.InterruptionBegan:
    (event,) = events
    assert isinstance(event, i.InterruptionBegan), event
    return event


def widened(events: list[i.InterruptionEvent]) -> i.InterruptionWidened:
    (event,) = events
    assert isinstance(event, i.InterruptionWidened), event
    return event


def restored(events: list[i.InterruptionEvent]) -> i.InterruptionRestored:
    (event,) = events
    assert isinstance(event, i.InterruptionRestored), event
    return event


def settled(events: list[i.InterruptionEvent]) -> i.Judgement:
    (event,) = events
    assert isinstance(event, i.InterruptionSettled), event
    return event.judgement


def refs(judgement: i.Judgement) -> list[str]:
    return [f"{one.pack}:{one.article}({one.clause})" for one in judgement.candidates]


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("137", "tamper"),
        ("383", "tamper"),
        ("TA", "tamper"),
        ("301", "power"),
        ("302", "power"),
        ("AT", "power"),
        ("350", "comms"),
        ("354", "comms"),
        ("344", "comms"),
        ("YC", "comms"),
        ("308", "shutdown"),
        ("414", "shutdown"),
        ("570", "bypass"),
        ("BB", "bypass"),
        ("306", "programming"),
        ("621", "programming"),
        ("LB", "programming"),
    ],
)
def test_these_signals_are_facts(place: Place, code: str, fact: str) -> None:
    assert began(place.says(code)).fact.fact == fact


@pytest.mark.parametrize(
    "code",
    [*"130 121 120 110 100 461 305 401 400 403 407 441 454 466 602 622 999 OP CL RP JA RR".split()],
)
def test_these_are_not(place: Place, code: str) -> None:
    assert place.says(code) == []


def test_a_status_and_a_retransmission_are_not(place: Place) -> None:
    assert place.says("301", sequence="0007", panel_time=5) != []
    assert place.says("301", sequence="0007", panel_time=5) == []
    assert interrupted(place.told(place.signal(code="301", qualifier="status"))) == []


def test_a_disarm_under_duress_makes_no_interruption() -> None:
    shenyang = Place("210102")
    assert shenyang.says("121") == []
    assert shenyang.says("401") == []
    assert shenyang.passes(60 * MINUTE) == []


def test_it_names_what_was_known_and_the_alarm_that_it_came_with(place: Place) -> None:
    decision = place.told(place.signal(code="301"))
    (event,) = interrupted(decision)
    assert isinstance(event, i.InterruptionBegan)
    raised = next(e for e in decision.events if isinstance(e, a.AlarmRaised))
    assert event.fact.alarm == raised.alarm
    assert (event.site_class, event.division, event.provider) == ("key_unit", FUSHUN, "provider")
    assert (event.number, event.registry_position) == (raised.number, 1)


class TestSettling:
    def test_it_is_judged_once_when_the_settling_time_is_over(self, place: Place) -> None:
        place.says("301")
        assert place.passes(9 * MINUTE) == []
        found = settled(place.passes(MINUTE))
        assert (found.finding, refs(found)) == ("lead", ["LN-2015:21(2)"])
        assert place.passes(6 * DAY) == []

    def test_what_comes_meanwhile_belongs_to_it(self, place: Place) -> None:
        first = began(place.says("301"))
        assert widened(place.says("137", "4")).interruption == first.interruption
        assert refs(settled(place.passes(10 * MINUTE))) == ["LN-2015:21(1)", "LN-2015:21(2)"]

    def test_what_comes_later_is_one_of_its_own(self, place: Place) -> None:
        first = began(place.says("301"))
        place.passes(10 * MINUTE)
        assert began(place.says("137", "4")).interruption != first.interruption

    def test_the_same_fact_said_again_is_no_second_one(self, place: Place) -> None:
        first = began(place.says("301"))
        place.passes(10 * MINUTE)
        assert widened(place.says("301")).interruption == first.interruption
        assert place.passes(60 * MINUTE) == []

    def test_what_was_restored_meanwhile_is_still_a_fact(self, place: Place) -> None:
        place.says("301")
        assert restored(place.says("301", restore=True)).over
        assert settled(place.passes(10 * MINUTE)).finding == "lead"

    def test_the_subjects_own_record_judges_it_too(self, place: Place) -> None:
        place.says("301")
        place.now += 10 * MINUTE
        events = place.says("301", restore=True)
        assert [type(event) for event in events] == [i.InterruptionSettled, i.InterruptionRestored]

    def test_the_judgement_names_the_packs(self, place: Place) -> None:
        place.says("301")
        found = settled(place.passes(10 * MINUTE))
        assert "LN-2015" in [one.id for one in found.packs]
        assert all(one.digest for one in found.packs)


class TestTheBarbersPowerCut:
    """A plug is pulled at a hairdresser's: the same facts under three rules."""

    @pytest.mark.parametrize(
        ("division", "finding", "candidates"),
        [
            (TIELING, "notice", []),
            (QINHUANGDAO, "lead", ["QHD-2018:19(4)"]),
            (PUTIAN, "notice", []),
        ],
    )
    def test_the_rules_of_the_place_decide(self, division: str, finding: str, candidates: list[str]) -> None:
        barber = Place(division, "other")
        barber.says("301")
        found = settled(barber.passes(10 * MINUTE))
        assert (found.finding, refs(found)) == (finding, candidates)


class TestRestoring:
    def test_it_is_over_when_everything_is(self, place: Place) -> None:
        place.says("570", "3")
        place.says("570", "4")
        assert not restored(place.says("570", "3", restore=True)).over
        assert restored(place.says("570", "4", restore=True)).over

    def test_a_restore_opens_nothing(self, place: Place) -> None:
        assert place.says("301", restore=True) == []
        assert place.says("AR") == []
        assert not place.state.book.held

    def test_another_zone_ends_nothing(self, place: Place) -> None:
        place.says("570", "3")
        assert place.says("570", "4", restore=True) == []

    def test_a_sia_restore_ends_what_its_table_says(self, place: Place) -> None:
        place.says("AT")
        assert restored(place.says("AR")).code == "AT"

    @pytest.mark.parametrize("times", [1, 2])
    def test_an_altered_program_does_not_go_on_however_often_it_is_said(
        self, place: Place, times: int
    ) -> None:
        for _ in range(times):
            place.says("306")
        place.passes(10 * MINUTE)
        assert [type(event) for event in place.passes(7 * DAY)] == [i.InterruptionArchived]

    def test_what_is_over_and_judged_is_forgotten_after_a_week_and_what_goes_on_is_not(
        self, place: Place
    ) -> None:
        first = began(place.says("301"))
        place.passes(10 * MINUTE)
        second = began(place.says("570", "3"))
        place.says("301", restore=True)
        events = place.passes(30 * DAY)
        assert i.InterruptionArchived(interruption=first.interruption) in events
        assert set(place.state.book.held) == {second.interruption}
        assert place.says("301", restore=True) == []


class TestWindows:
    def test_what_a_window_covers_is_no_lead(self, place: Place) -> None:
        window = place.opened()
        assert began(place.says("301")).fact.covered_by == window.window
        place.says("301", restore=True)
        found = settled(place.passes(10 * MINUTE))
        assert (found.finding, found.windows, found.candidates) == ("covered", (window.window,), ())

    def test_one_entered_afterwards_covers_nothing_and_is_shown_so(self, place: Place) -> None:
        first = began(place.says("301"))
        place.now += MINUTE
        window = place.opened(from_us=first.fact.received_at - MINUTE)
        assert window.afterwards == (first.interruption,)
        assert settled(place.passes(10 * MINUTE)).finding == "lead"

    def test_a_signal_received_before_the_window_was_decided_is_not_covered_however_late_it_comes(
        self, place: Place
    ) -> None:
        received = place.now
        place.now += MINUTE
        window = place.opened(from_us=received - MINUTE)
        fact = began(place.says("301", received_at=received)).fact
        assert (fact.covered_by, fact.afterwards) == (None, (window.window,))

    def test_it_covers_its_times_only(self, place: Place) -> None:
        place.opened(from_us=place.now + 10 * MINUTE, until_us=place.now + 20 * MINUTE)
        assert began(place.says("301")).fact.covered_by is None

    def test_it_covers_its_classes_only_and_what_lies_outside_is_a_lead(self, place: Place) -> None:
        window = place.opened(facts=("power",))
        covered = began(place.says("301"))
        outside = began(place.says("137", "4"))
        assert (covered.fact.covered_by, outside.fact.covered_by) == (window.window, None)
        assert covered.interruption != outside.interruption

    def test_what_outlasts_its_window_is_judged_when_the_window_is_over(self, place: Place) -> None:
        window = place.opened()
        place.says("570", "3")
        assert place.passes(50 * MINUTE) == []
        found = settled(place.passes(10 * MINUTE))
        assert (found.finding, found.windows) == ("lead", (window.window,))

    def test_a_window_that_goes_on_from_the_first_carries_the_cover_on(self, place: Place) -> None:
        first = place.opened()
        place.says("570", "3")
        place.opened(from_us=first.until_us - MINUTE, until_us=first.until_us + 60 * MINUTE)
        assert place.passes(65 * MINUTE) == []
        place.says("570", "3", restore=True)
        assert settled(place.passes(MINUTE)).finding == "covered"

    def test_an_ended_window_covers_nothing_more(self, place: Place) -> None:
        window = place.opened()
        place.says("570", "3")
        place.passes(11 * MINUTE)
        decision = place.end(window.window)
        assert decision.answer == Accepted()
        assert settled(place.passes(SECOND)).finding == "lead"
        assert began(place.says("301")).fact.covered_by is None
        assert place.end(window.window).answer == Already()

    def test_it_is_forgotten_a_week_after_its_end(self, place: Place) -> None:
        place.opened()
        place.passes(7 * DAY + 61 * MINUTE)
        assert not place.state.book.windows
        assert not place.state.deadlines

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            ({"until_us": 0}, "window.times"),
            ({"until_us": 10**18}, "window.times"),
            ({"kind": "municipal_works", "reference": "2026-7"}, "window.documents_needed"),
            ({"reference": "x" * 65}, "window.malformed"),
            ({"facts": ("power", "power")}, "window.malformed"),
        ],
    )
    def test_what_is_unsound_is_refused(self, place: Place, what: dict[str, Any], reason: str) -> None:
        assert refusal(place.window(**what))[0] == reason

    def test_municipal_works_with_their_documents_are_taken(self, place: Place) -> None:
        window = place.opened(kind="municipal_works", reference="2026-7", opinion="P-3", plan="R-9")
        assert began(place.says("301")).fact.covered_by == window.window

    def test_the_centre_and_its_engineers_enter_one_others_do_not(self, place: Place) -> None:
        assert place.window(by=SUN).answer == Accepted()
        assert refusal(place.window(by=WANG))[0] == "role.missing"
        stranger = Actor(id="x", roles=("engineer",), provider="another")
        assert refusal(place.window(by=stranger))[0] == "scope.not_visible"

    def test_there_is_a_limit_to_open_ones(self, place: Place) -> None:
        for _ in range(50):
            place.opened()
        assert refusal(place.window())[0] == "window.too_many"

    def test_one_that_is_not_there_cannot_be_ended(self, place: Place) -> None:
        assert refusal(place.end("no-window"))[0] == "window.unknown"


class TestSilence:
    def test_a_line_that_falls_silent_is_a_fact_of_when_its_first_poll_was_missed(self, place: Place) -> None:
        last = place.now
        place.now += 270 * SECOND
        fact = began(place.is_silent(last)).fact
        assert (fact.fact, fact.zone, fact.received_at) == ("silence", "a/1234", last + 90 * SECOND)
        assert refs(settled(place.passes(10 * MINUTE))) == ["LN-2015:21(2)"]

    def test_heard_again_it_is_over(self, place: Place) -> None:
        place.is_silent(place.now - 270 * SECOND)
        place.now += SECOND
        assert restored(place.is_heard()).over
        assert place.is_heard() == []

    def test_a_power_cut_and_the_silence_after_it_are_one(self, place: Place) -> None:
        first = began(place.says("301"))
        assert widened(place.is_silent(place.now - 270 * SECOND)).interruption == first.interruption

    def test_a_window_said_before_the_first_missed_poll_covers_it(self, place: Place) -> None:
        window = place.opened()
        last = place.now
        place.now += 270 * SECOND
        assert began(place.is_silent(last)).fact.covered_by == window.window

    def test_a_window_entered_while_polls_were_missed_already_does_not(self, place: Place) -> None:
        last = place.now
        place.now += 100 * SECOND
        window = place.opened(from_us=last)
        place.now += 170 * SECOND
        fact = began(place.is_silent(last)).fact
        assert (fact.covered_by, fact.afterwards) == (None, (window.window,))

    def test_a_line_that_need_not_be_heard_any_more_is_silent_no_more(self, place: Place) -> None:
        place.is_silent(place.now - 270 * SECOND)
        assert restored(interrupted(place.known(FUSHUN, interval_s=None))).over


class TestAShellSite:
    def test_nothing_is_known_and_the_notice_says_so_until_it_is_registered(self) -> None:
        shell = Place("")
        shell.says("301")
        found = settled(shell.passes(10 * MINUTE))
        assert (found.finding, found.why) == ("notice", "site_unknown")
        adopted, revised = interrupted(shell.known(FUSHUN))
        assert isinstance(adopted, i.InterruptionAdopted)
        assert isinstance(revised, i.InterruptionRevised)
        assert refs(revised.judgement) == ["LN-2015:21(2)"]
        assert shell.state.book.held[revised.interruption].finding == "lead"
        assert interrupted(shell.known(FUSHUN)) == [], "it is known by now"

    def test_registered_while_it_settles_it_is_judged_by_what_is_known_then(self) -> None:
        shell = Place("")
        shell.says("301")
        (adopted,) = interrupted(shell.known(QINHUANGDAO, "other"))
        assert isinstance(adopted, i.InterruptionAdopted)
        assert refs(settled(shell.passes(10 * MINUTE))) == ["QHD-2018:19(4)"]

    def test_what_was_known_already_stays_as_it_was_known(self, place: Place) -> None:
        place.says("301")
        assert interrupted(place.known(QINHUANGDAO, "other")) == []
        assert refs(settled(place.passes(10 * MINUTE))) == ["LN-2015:21(2)"]


def test_a_panel_that_says_ever_more_makes_no_endless_list(place: Place) -> None:
    for zone in range(80):
        place.says("570", str(zone + 1))
        place.passes(10 * MINUTE)
    assert len(place.state.book.held) == 64


def test_what_a_window_covers_does_not_put_off_the_judgement_of_the_uncovered_that_it_comes_to_above_the_limit(
    place: Place,
) -> None:
    for zone in range(63):
        place.says("570", str(zone + 1))
        place.passes(10 * MINUTE)
    place.opened(facts=("power",))
    newest = began(place.says("570", "64"))
    assert widened(place.says("301")).interruption == newest.interruption
    assert settled(place.passes(10 * MINUTE)).finding == "lead"


def test_a_judgement_that_cannot_be_made_is_told_and_does_not_come_again(place: Place) -> None:
    first = began(place.says("301"))
    held = place.state.book.held[first.interruption]
    place.state.book.held[held.id] = msgspec.structs.replace(held, said=(("power",),))
    place.now += 10 * MINUTE
    decision = place.tick()
    assert decision is not None
    (failed,) = [event for event in decision.events if isinstance(event, a.DeadlineFailed)]
    assert (failed.kind, failed.alarm) == ("interruption", held.id)
    assert place.passes(DAY) == []
