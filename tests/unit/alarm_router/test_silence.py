"""What the router makes of the watch's reports, and what it remembers of supervision."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise

import msgspec
import pytest
from msgspec.structs import replace

from services.alarm_router.domain.machine import NO_LAW
from services.alarm_router.domain.silence import LATEST, Silence, SilenceReport, site_noted
from services.alarm_router.domain.snapshot import freeze, thaw
from services.contracts import directory as d
from services.contracts import liveness as li
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Already, Decision, Refused
from services.contracts.stored import MOST
from services.simulation.messages import of_an_earlier_version
from tests.unit.alarm_router.saying import BUREAU, DAY, MINUTE, NOW, SECOND, SITE, Desk, beside_interruptions

HOUR = 60 * MINUTE
SKEW = 20 * SECOND  # too little to be a fault of the broker's clock
TIMEOUT = 270_000_000
LINES = ("1234", "5678")


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    supervise(made, 1, *LINES)
    return made


def supervise(
    desk: Desk, position: int, *accounts: str, interval_s: int | None = 90, site: str = SITE
) -> None:
    """The register's entry of a site, with these lines."""
    lines = tuple(d.Line(account_space="a", account=one, interval_s=interval_s) for one in accounts)
    entry = d.SiteEntry(
        id=site, provider="p", site_class="key_unit", division="210102", bureau=BUREAU, lines=lines
    )
    desk.told(d.SiteSet(sender="registry", sent_at=desk.now, position=position, site=entry))


def silent(desk: Desk, account: str = "1234", subject: str = SITE, last: int = NOW) -> li.SystemSilent:
    return li.SystemSilent(
        sender="router",
        sent_at=desk.now,
        subject=subject,
        account_space="a",
        account=account,
        told=desk.saw(account),
        last_heard_at=last,
        timeout_us=TIMEOUT,
    )


def heard(desk: Desk, account: str = "1234") -> li.SystemHeard:
    return li.SystemHeard(
        sender="router",
        sent_at=desk.now,
        subject=SITE,
        account_space="a",
        account=account,
        told=desk.saw(account),
        heard_at=desk.now,
    )


def as_today(report: SilenceReport) -> bytes:
    """In the words of this version."""
    return encode(report)


def hears(desk: Desk, value: bytes) -> Decision:
    decision = desk.hears(value)
    assert decision is not None
    return decision


whoever = pytest.mark.parametrize("said", [as_today, of_an_earlier_version])
Said = Callable[[SilenceReport], bytes]


def is_nothing(decision: Decision) -> bool:
    return decision.answer == Already() and not decision.events


def test_a_line_falls_silent_once_and_is_heard_again_once(desk: Desk) -> None:
    desk.now += 5 * MINUTE
    fell = desk.told(silent(desk))
    assert fell.answer == Accepted()
    assert beside_interruptions(fell) == [
        li.SystemFellSilent(
            subject=SITE, account_space="a", account="1234", last_heard_at=NOW, timeout_us=TIMEOUT
        )
    ]
    assert desk.state.silence.silent == {"a/1234": NOW}
    assert is_nothing(desk.told(silent(desk)))
    desk.now += MINUTE
    again = desk.told(heard(desk))
    assert beside_interruptions(again) == [
        li.SystemHeardAgain(
            subject=SITE, account_space="a", account="1234", silent_since=NOW, heard_at=desk.now
        )
    ]
    assert is_nothing(desk.told(heard(desk)))
    assert not desk.state.silence.silent


@whoever
def test_a_report_that_comes_again_after_its_silence_is_over_says_nothing(desk: Desk, said: Said) -> None:
    desk.now += 5 * MINUTE
    fell = said(silent(desk))
    hears(desk, fell)
    desk.now += MINUTE
    heard_at, came_back = desk.now, said(heard(desk))
    hears(desk, came_back)
    assert is_nothing(hears(desk, fell))
    desk.now += 5 * MINUTE
    assert hears(desk, said(silent(desk, last=heard_at))).answer == Accepted()
    assert hears(desk, came_back).answer == Already()
    assert list(desk.state.silence.silent) == ["a/1234"]


@whoever
def test_a_report_that_comes_again_is_old_by_the_clock_of_the_watch_too(desk: Desk, said: Said) -> None:
    """It is ahead of the broker's: what it reported looks younger than what was decided behind it."""
    desk.now += 5 * MINUTE
    hears(desk, said(silent(desk)))
    desk.now += MINUTE
    came_back = said(replace(heard(desk), sent_at=desk.now + SECOND))
    assert hears(desk, came_back).answer == Accepted()
    fell_again = replace(silent(desk, last=desk.now), sent_at=desk.now + SECOND + 1)
    assert hears(desk, said(fell_again)).answer == Accepted()
    assert is_nothing(hears(desk, came_back))
    assert list(desk.state.silence.silent) == ["a/1234"]


class TestWhatTheWatchSaw:
    """A report is believed on the turn of its line that its watch saw, by whichever clock it was sent."""

    def test_a_late_report_of_a_clock_that_is_ahead_is_not_believed(self, desk: Desk) -> None:
        """Its line was heard and fell silent again while it was under way."""
        desk.told(silent(desk))
        late = replace(heard(desk), sent_at=desk.now + HOUR)
        desk.now += SECOND
        assert desk.told(heard(desk)).answer == Accepted()
        desk.now += 5 * MINUTE
        assert desk.told(silent(desk, last=desk.now - 5 * MINUTE)).answer == Accepted()
        assert is_nothing(desk.told(late))
        assert list(desk.state.silence.silent) == ["a/1234"]

    def test_an_honest_report_behind_a_clock_that_was_ahead_and_was_put_back_is_believed(
        self, desk: Desk
    ) -> None:
        desk.told(replace(silent(desk), sent_at=desk.now + HOUR))
        desk.now += MINUTE
        assert desk.told(heard(desk)).answer == Accepted()
        assert not desk.state.silence.silent

    def test_also_behind_an_earlier_versions_report(self, desk: Desk) -> None:
        ahead = replace(silent(desk), sent_at=desk.now + HOUR)
        hears(desk, of_an_earlier_version(ahead))
        for at in (1, 2):
            assert desk.saw() >= ahead.sent_at
            desk.now += MINUTE
            assert is_nothing(hears(desk, of_an_earlier_version(heard(desk) if at == 1 else silent(desk))))
            assert desk.told(heard(desk) if at == 1 else silent(desk)).answer == Accepted()

    def test_a_clock_that_is_behind_changes_nothing(self, desk: Desk) -> None:
        desk.told(silent(desk))
        assert desk.told(replace(heard(desk), sent_at=desk.now - HOUR)).answer == Accepted()

    def test_two_routers_with_different_clocks_report_one_turn_once(self, desk: Desk) -> None:
        ahead, behind = (replace(silent(desk), sent_at=desk.now + off) for off in (SKEW, -SKEW))
        assert desk.told(ahead).answer == Accepted()
        assert is_nothing(desk.told(behind))
        came_back = [replace(heard(desk), sent_at=desk.now + off) for off in (-SKEW, SKEW)]
        assert desk.told(came_back[0]).answer == Accepted()
        assert desk.told(silent(desk)).answer == Accepted()
        assert is_nothing(desk.told(came_back[1]))

    def test_a_turn_that_there_was_not_is_no_turn(self, desk: Desk) -> None:
        """A power failure took what was decided last: a report that saw it says nothing of what is there instead."""
        desk.told(silent(desk))
        assert is_nothing(desk.told(replace(heard(desk), told=desk.saw() + 1)))
        assert desk.told(heard(desk)).answer == Accepted()

    def test_marks_of_a_line_grow_with_every_turn_whatever_clocks_say(self, desk: Desk) -> None:
        """All in one microsecond, then with the broker's clock set back; what the register changes is a turn too."""
        marks, position = [desk.saw()], count(2)
        for back in (0, HOUR):
            desk.now -= back
            for report in (silent, heard, silent):
                assert desk.told(report(desk)).answer == Accepted()
                marks.append(desk.saw())
            for accounts, interval_s, site in (
                (LINES, 40, SITE),
                (LINES, 90, SITE),
                (("5678",), 90, SITE),
                (LINES, 90, SITE),
                (("1234",), 90, "site-b"),
                (LINES, 90, SITE),
            ):
                supervise(desk, next(position), *accounts, interval_s=interval_s, site=site)
                marks.append(desk.state.silence.gone.get("a/1234") or desk.saw())
        assert all(before < after for before, after in pairwise(marks))

    def test_the_greatest_mark_can_still_be_reported(self, desk: Desk) -> None:
        """An earlier version's report may name any time, and its line goes on taking turns."""
        hears(desk, of_an_earlier_version(replace(silent(desk), sent_at=MOST)))
        assert desk.told(heard(desk)).answer == Accepted()
        assert desk.told(silent(desk)).answer == Accepted()
        assert desk.saw() == MOST


class TestEarlierVersions:
    """Their watch did not say what it saw: when a report was sent has to tell."""

    def test_what_was_wrongly_taken_as_old_is_heard_when_the_watch_says_it_anew(self, desk: Desk) -> None:
        """The clock of the watch went back a little."""
        hears(desk, of_an_earlier_version(silent(desk)))
        at = desk.now
        desk.now -= 1
        assert is_nothing(hears(desk, of_an_earlier_version(heard(desk))))
        desk.now = at + 1
        assert hears(desk, of_an_earlier_version(heard(desk))).answer == Accepted()

    def test_what_is_sent_in_the_instant_of_its_silence_knew_nothing_of_it(self, desk: Desk) -> None:
        hears(desk, of_an_earlier_version(silent(desk)))
        assert is_nothing(hears(desk, of_an_earlier_version(heard(desk))))

    def test_their_turn_is_marked_by_whichever_clock_is_ahead(self, desk: Desk) -> None:
        hears(desk, of_an_earlier_version(silent(desk)))
        assert desk.saw() == desk.now
        hears(desk, of_an_earlier_version(replace(heard(desk), sent_at=desk.now + 7)))
        assert desk.saw() == desk.now + 7
        desk.told(replace(silent(desk), sent_at=desk.now + HOUR))
        assert desk.saw() == desk.now + 8


def test_a_silence_by_another_time_out_than_the_registers_is_refused_and_being_heard_is_not(
    desk: Desk,
) -> None:
    other = msgspec.structs.replace(silent(desk), timeout_us=TIMEOUT + 1)
    assert desk.told(other).answer == Refused(reason="system.not_supervised")
    desk.told(silent(desk))
    supervise(desk, 2, *LINES, interval_s=30)
    desk.now += MINUTE
    assert desk.told(heard(desk)).answer == Accepted()


def test_a_line_that_was_never_silent_is_not_heard_again(desk: Desk) -> None:
    assert is_nothing(desk.told(heard(desk)))


def test_lines_of_one_site_are_silent_each_for_itself(desk: Desk) -> None:
    desk.told(silent(desk, "1234"))
    desk.told(silent(desk, "5678"))
    desk.now += MINUTE
    desk.told(heard(desk, "1234"))
    assert list(desk.state.silence.silent) == ["a/5678"]


@pytest.mark.parametrize(("account", "subject"), [("9999", SITE), ("1234", "site-b")])
def test_what_is_not_supervised_there_cannot_fall_silent(desk: Desk, account: str, subject: str) -> None:
    decision = desk.told(silent(desk, account, subject))
    assert decision.answer == Refused(reason="system.not_supervised")
    assert not desk.state.silence.silent


def test_a_report_is_taken_for_six_days_to_the_microsecond(desk: Desk) -> None:
    first, second = silent(desk, "1234"), silent(desk, "5678")
    desk.now += 6 * DAY
    desk.told(desk.signal(code="401"))
    assert desk.told(first).answer == Accepted()
    desk.now += 1
    desk.told(desk.signal(code="401"))
    assert desk.told(second).answer == Refused(reason="too_old")


def test_a_line_that_is_supervised_no_more_is_silent_no_more(desk: Desk) -> None:
    desk.told(silent(desk, "1234"))
    desk.told(silent(desk, "5678"))
    supervise(desk, 2, "1234", interval_s=None)
    assert not desk.state.silence.silent
    assert not desk.state.silence.supervised


def test_a_line_that_is_supervised_anew_is_judged_anew(desk: Desk) -> None:
    desk.told(silent(desk))
    supervise(desk, 2, "5678")
    supervise(desk, 3, *LINES)
    desk.now += SECOND
    assert desk.told(silent(desk)).answer == Accepted()


@whoever
@pytest.mark.parametrize("meanwhile", [None, 40])
def test_a_report_from_before_the_supervision_changed_says_nothing_of_the_one_after(
    desk: Desk, meanwhile: int | None, said: Said
) -> None:
    """It was under way twice; between the two the register took the line out, or judged it otherwise, and back."""
    late = said(silent(desk))
    desk.now += SECOND
    supervise(desk, 2, *LINES, interval_s=meanwhile)
    assert hears(desk, late).answer == Refused(reason="system.not_supervised")
    desk.now += SECOND
    supervise(desk, 3, *LINES)
    assert is_nothing(hears(desk, late))
    desk.now += SECOND
    assert hears(desk, said(silent(desk))).answer == Accepted()


def test_a_line_that_is_supervised_no_more_is_remembered_while_its_reports_may_come(desk: Desk) -> None:
    supervise(desk, 2, "5678")
    assert list(desk.state.silence.gone) == ["a/1234"]
    desk.now += 6 * DAY + 1
    supervise(desk, 3)
    assert list(desk.state.silence.gone) == ["a/5678"]


def test_a_report_that_is_six_days_late_finds_its_line_remembered(desk: Desk) -> None:
    """It was sent in the instant in which its line went, and is just not too old where the line is back."""
    late = silent(desk)
    supervise(desk, 2, "5678")
    desk.now += 6 * DAY
    supervise(desk, 3, "9999", site="site-b")
    supervise(desk, 4, *LINES)
    assert desk.told(late).answer == Already()
    assert not desk.state.silence.silent


def test_a_line_that_went_to_another_site_is_supervised_there(desk: Desk) -> None:
    supervise(desk, 2, "1234", site="site-b")
    supervise(desk, 3, "5678")
    assert {line: one.subject for line, one in desk.state.silence.supervised.items()} == {
        "a/5678": SITE,
        "a/1234": "site-b",
    }


def test_what_changed_is_named_once_and_what_did_not_is_not(desk: Desk) -> None:
    assert (desk.state.silence.changes, list(desk.state.silence.latest)) == (2, ["a/1234", "a/5678"])
    supervise(desk, 2, *LINES)
    assert desk.state.silence.changes == 2
    entry = desk.state.sites[SITE]
    first = msgspec.structs.replace(entry.lines[0], interval_s=40, delay_s=40)
    changed = msgspec.structs.replace(entry, lines=(first,))
    desk.told(d.SiteSet(sender="registry", sent_at=desk.now, position=3, site=changed))
    assert set(list(desk.state.silence.latest)[2:]) == {"a/1234", "a/5678"}
    assert {line: one.timeout_us for line, one in desk.state.silence.supervised.items()} == {
        "a/1234": 160_000_000
    }


def test_silence_comes_back_from_a_snapshot(desk: Desk) -> None:
    desk.told(silent(desk, "1234"))
    again = thaw(freeze(desk.state), NO_LAW)
    assert again.silence == desk.state.silence
    assert again.silence.latest == ["a/1234", "a/5678"]


@pytest.mark.parametrize("interval_s", [MOST, -MOST, MOST // 3_000_000 + 1])
def test_an_interval_beyond_all_measure_is_kept_in_a_snapshot_and_told(desk: Desk, interval_s: int) -> None:
    supervise(desk, 2, "1234", interval_s=interval_s)
    again = thaw(freeze(desk.state), NO_LAW)
    assert again.silence == desk.state.silence
    timeout_us = again.silence.supervised["a/1234"].timeout_us
    assert hears(desk, encode(replace(silent(desk, "1234"), timeout_us=timeout_us))).answer == Accepted()


@pytest.mark.parametrize("last_heard_at", [MOST, -MOST])
def test_an_instant_beyond_all_measure_makes_a_decision_that_can_be_read(
    desk: Desk, last_heard_at: int
) -> None:
    decision = hears(desk, encode(replace(silent(desk, "1234"), last_heard_at=last_heard_at)))
    assert decision.answer == Accepted()


def test_only_the_latest_changes_are_named() -> None:
    silence = Silence()
    entry = d.SiteEntry(id=SITE, provider="p", site_class="other", division="210102", bureau=BUREAU)
    for number in range(3 * LATEST):
        line = d.Line(account_space="a", account="1", interval_s=number + 1)
        site_noted(silence, None, msgspec.structs.replace(entry, lines=(line,)), NOW)
    assert silence.changes == 3 * LATEST
    assert LATEST <= len(silence.latest) <= 2 * LATEST


@pytest.mark.parametrize(
    ("interval_s", "delay_s", "wanted_s"),
    [(90, 0, 270), (40, 40, 160), (20, 0, 60), (86_400, 0, 91_800), (32 * 86_400, 60, 32 * 86_400 + 5_460)],
)
def test_a_poll_may_be_missed_twice_and_a_test_not_at_all(
    interval_s: int, delay_s: int, wanted_s: int
) -> None:
    assert li.timeout_us(interval_s, delay_s) == wanted_s * li.SECOND_US
