"""Who is overdue by the time that was received, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from services.alarm_router.domain.receiving import MOST_LATE, MOST_OTHERS
from services.alarm_router.domain.silence import Silence, SilenceReport, Supervised
from services.alarm_router.domain.watch import LINES_PER_CHUNK, Watch
from services.contracts.liveness import HeardDigest, LastHeard, SystemHeard, SystemSilent

START = 1_800_000_000_000_000
SECOND = 1_000_000
TIMEOUT_S = 30


@dataclass
class Receiver:
    """A receiver whose clock only the test moves, and the state that takes every report at its word."""

    run: str = "run-1"
    now: int = START
    sequence: int = 0
    name: str = ""
    life: int = 0
    watch: Watch = field(default_factory=Watch)
    silence: Silence = field(default_factory=Silence)

    def supervise(self, *lines: str, timeout_s: int = TIMEOUT_S) -> None:
        for line in lines:
            self.silence.supervised[line] = Supervised("site", "a", line, timeout_s * SECOND)
            self.silence.changes += 1
            self.silence.latest.append(line)

    def release(self, line: str) -> None:
        del self.silence.supervised[line]
        self.silence.silent.pop(line, None)
        self.silence.changes += 1
        self.silence.latest.append(line)

    def digest(self, *lines: str, seconds: int = 1, ago_ms: int = 0, more: bool = False) -> HeardDigest:
        since, self.now = self.now, self.now + seconds * SECOND
        self.sequence += 1
        return HeardDigest(
            run=self.run,
            sequence=self.sequence,
            since=since,
            until=self.now,
            lines=lines,
            ago_ms=(ago_ms,) * len(lines),
            more=more,
            receiver=self.name,
            life=self.life,
        )

    def begins_anew(self, run: str, *, clock_s: int = 0) -> None:
        """The next life of the same receiver. `clock_s`: how far its clock is moved."""
        self.run, self.sequence, self.life = run, 0, self.life + 1
        self.now += clock_s * SECOND

    def hears(self, *lines: str, seconds: int = 1, ago_ms: int = 0) -> None:
        self.watch.hear(self.digest(*lines, seconds=seconds, ago_ms=ago_ms))

    def reports(self) -> list[SilenceReport]:
        assert not list(self.watch.follow(self.silence, self.now))
        return list(self.watch.reports(self.silence, self.now))

    def decided(self) -> list[str]:
        """What is reported, and taken into the state."""
        said = []
        for report in self.reports():
            line = report.account
            if isinstance(report, SystemSilent):
                self.silence.silent[line] = report.last_heard_at
                said.append(f"{line} silent")
            else:
                del self.silence.silent[line]
                said.append(f"{line} heard")
        return said


def receiver(*lines: str, name: str = "", life: int = 0) -> Receiver:
    made = Receiver(name=name, life=life)
    made.hears()
    made.supervise(*lines)
    assert made.decided() == []
    return made


def beside(one: Receiver, run: str, name: str = "", life: int = 0) -> Receiver:
    """Another one that the same watch listens to."""
    return Receiver(run=run, name=name, life=life, now=one.now, watch=one.watch, silence=one.silence)


def silent_since(one: Receiver) -> int:
    """When the one line that is reported was last heard."""
    (silent,) = one.reports()
    assert isinstance(silent, SystemSilent)
    return silent.last_heard_at


def test_a_line_is_silent_when_its_time_out_was_received_without_it() -> None:
    one = receiver("a", "b")
    one.hears("a", seconds=TIMEOUT_S - 1)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["b silent"]
    assert one.decided() == []
    one.hears("b", seconds=TIMEOUT_S)
    assert sorted(one.decided()) == ["a silent", "b heard"]


def test_a_report_says_when_the_line_was_last_heard() -> None:
    one = receiver("a")
    one.hears("a", ago_ms=400)
    heard_at = one.now - 400_000
    one.hears(seconds=TIMEOUT_S)
    (silent,) = one.reports()
    assert isinstance(silent, SystemSilent)
    assert (silent.last_heard_at, silent.timeout_us) == (heard_at, TIMEOUT_S * SECOND)
    one.decided()
    one.hears("a", ago_ms=100)
    (heard,) = one.reports()
    assert isinstance(heard, SystemHeard)
    assert heard.heard_at == one.now - 100_000


def test_a_report_names_the_line_and_whose_it_is_and_the_turn_that_the_watch_saw() -> None:
    one = receiver("a")
    heard_at = one.now
    one.hears(seconds=TIMEOUT_S)
    line: dict[str, Any] = {"sender": "router", "subject": "site", "account_space": "a", "account": "a"}
    assert one.reports() == [
        SystemSilent(**line, sent_at=one.now, told=0, last_heard_at=heard_at, timeout_us=TIMEOUT_S * SECOND)
    ]
    one.decided()
    one.silence.told["a"] = 77
    one.hears("a")
    assert one.reports() == [SystemHeard(**line, sent_at=one.now, told=77, heard_at=one.now)]
    one.decided()
    one.silence.told["a"] = 78
    one.hears(seconds=TIMEOUT_S)
    assert [report.told for report in one.reports()] == [78]


def test_who_is_heard_between_two_digests_was_heard_not_before_the_first() -> None:
    """What a receiver says of a line before its own digest began counts from there: less was received."""
    one = receiver("a")
    one.hears("a", seconds=5, ago_ms=20_000)
    one.hears(seconds=TIMEOUT_S - 6)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_a_line_that_was_never_heard_is_awaited_from_its_registration_on() -> None:
    one = receiver()
    one.hears(seconds=1000)
    one.supervise("a")
    assert one.decided() == []
    registered = one.now
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == registered


def test_a_line_that_nobody_heard_is_not_heard_again_because_another_watch_awaits_it_since_later() -> None:
    one = receiver("a")
    one.silence.silent["a"] = (
        START  # said by the watch that was here before, and decided behind this one's beginning
    )
    assert one.decided() == []
    one.watch = Watch.remembering(list(one.watch.remembered(7)))
    one.hears(seconds=TIMEOUT_S)
    assert one.decided() == []
    one.hears("a")
    assert one.decided() == ["a heard"]
    one.watch = Watch.remembering(list(one.watch.remembered(8)))
    one.silence.silent["a"] = START
    assert one.decided() == ["a heard"]


def test_what_is_reported_at_once_comes_in_the_order_of_the_names() -> None:
    lines = [f"line-{number:02}" for number in range(20)]
    one = receiver(*lines)
    one.hears(seconds=TIMEOUT_S)
    assert one.decided() == [f"{line} silent" for line in lines]
    one.hears(*lines)
    assert one.decided() == [f"{line} heard" for line in lines]


def test_what_was_not_received_is_no_silence() -> None:
    one = receiver("a")
    one.hears("a")
    one.now += 3_600 * SECOND  # nobody received
    one.hears()
    assert one.decided() == []
    one.hears(seconds=TIMEOUT_S - 2)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_a_digest_that_comes_twice_counts_once() -> None:
    one = receiver("a")
    again = one.digest(seconds=TIMEOUT_S - 1)
    one.watch.hear(again)
    one.watch.hear(again)
    assert one.decided() == []


def test_what_overlaps_in_a_repeated_digest_counts_once() -> None:
    one = receiver("a")
    one.hears(seconds=20)
    one.now -= 20 * SECOND
    one.hears(seconds=21)
    one.now -= 21 * SECOND
    one.hears(seconds=29)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_a_new_run_of_the_receiver_takes_over_whatever_its_clock_says() -> None:
    one = receiver("a")
    one.run, one.sequence, one.now = "run-2", 0, START - 86_400 * SECOND
    for _ in range(3):
        one.hears()
    one.hears(seconds=TIMEOUT_S - 1)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_another_run_takes_over_only_when_it_was_heard_three_times_and_the_keeper_not_once() -> None:
    one = receiver("a")
    other = beside(one, "run-2")
    for speaker in (other, other, one, other, other):
        speaker.hears(seconds=0)
        assert one.watch.time.keeper == "run-1"
    other.hears(seconds=0)
    assert one.watch.time.keeper == "run-2"


def test_two_others_who_speak_by_turns_do_not_keep_each_other_from_taking_over() -> None:
    one = receiver("a")
    others = beside(one, "run-2"), beside(one, "run-3")
    for _ in range(TIMEOUT_S + 3):
        for other in others:
            other.hears()
            one.watch = Watch.remembering(list(one.watch.remembered(7)))
            for each in others:
                each.watch = one.watch
    assert one.decided() == ["a silent"]


def test_time_that_the_first_run_received_counts_at_once_and_that_of_a_rival_when_it_keeps_the_time() -> None:
    one = Receiver()
    one.hears(seconds=7)
    assert one.watch.time.us == 7 * SECOND
    other = beside(one, "run-2")
    for _ in range(3):
        other.hears(seconds=5)
    assert one.watch.time.us == 7 * SECOND
    other.hears(seconds=5)
    assert one.watch.time.us == 12 * SECOND


def test_a_receivers_clock_that_was_set_back_takes_no_time_away() -> None:
    one = Receiver()
    one.hears(seconds=7)
    one.hears(seconds=-3)
    assert one.watch.time.us == 7 * SECOND
    one.hears(seconds=2)
    assert one.watch.time.us == 9 * SECOND


def test_when_a_line_was_heard_is_told_by_the_time_of_day() -> None:
    one = receiver("a")
    one.watch.hear(replace(one.digest("a", ago_ms=100), ahead_us=-7 * SECOND))
    heard_at = one.now - 7 * SECOND - 100_000
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == heard_at


def taken_over(one: Receiver) -> HeardDigest:
    """A digest of an earlier run that heard `a`, which another run's clock has left behind; it is on its way."""
    late = one.digest("a")
    one.hears("a")
    one.run, one.sequence, one.now = "run-2", 0, START - 86_400 * SECOND
    for _ in range(4):
        one.hears()
    return late


def test_a_digest_that_lands_late_makes_nobody_heard() -> None:
    one = receiver("a")
    late = taken_over(one)
    one.hears(seconds=TIMEOUT_S)
    assert one.decided() == ["a silent"]
    one.watch.hear(late)
    assert one.decided() == []


def test_what_an_earlier_run_told_last_tells_nothing_newer_when_it_lands_late() -> None:
    one = receiver("a")
    one.hears("a")
    last = one.digest("a", ago_ms=900)
    one.run, one.sequence = "run-2", 0
    for _ in range(3):
        one.hears("a")
    one.hears("a", seconds=5)
    restarted(one)
    one.watch.hear(last)
    heard_at = one.now
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == heard_at


def named(*lines: str) -> Receiver:
    """A receiver that says which one it is, in its first life."""
    return receiver(*lines, name="receiver-1", life=1)


DAY_S = 86_400


@pytest.mark.parametrize("clock_s", [0, DAY_S, -DAY_S])
def test_what_an_ended_life_says_late_is_older_than_what_the_next_one_heard(clock_s: int) -> None:
    one = named("a", "b")
    late = one.digest("a", "b", ago_ms=700)
    one.begins_anew("run-2", clock_s=clock_s)
    one.hears("a")
    heard_at = one.now
    one.watch.hear(late)
    restarted(one)
    one.hears(seconds=TIMEOUT_S)
    found = {report.account: report for report in one.reports() if isinstance(report, SystemSilent)}
    assert found["a"].last_heard_at == heard_at
    assert found["b"].last_heard_at == late.until - 700_000  # of it nothing newer is known


def test_what_an_ended_life_says_late_adds_nothing_to_the_time_that_was_received() -> None:
    one = named("a")
    late = one.digest(seconds=20)
    one.begins_anew("run-2")
    one.hears("a")
    one.watch.hear(late)
    one.hears(seconds=TIMEOUT_S - 1)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


@pytest.mark.parametrize("life", [1, 2])
def test_the_first_that_is_heard_of_an_ended_life_is_older_too(life: int) -> None:
    one = named("a")
    never_heard = replace(one.digest("a", ago_ms=500), run="run-0", life=life, sequence=1)
    one.life = life
    one.begins_anew("run-2")
    one.hears("a")
    heard_at = one.now
    one.watch.hear(never_heard)
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == heard_at


def test_each_ended_life_is_older_than_the_one_that_followed_it() -> None:
    one = named("a")
    first = one.digest("a", ago_ms=100)
    one.begins_anew("run-2")
    one.hears()
    second = one.digest("a", ago_ms=200)
    one.begins_anew("run-3")
    one.hears()
    one.watch.hear(second)
    one.watch.hear(first)
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == second.until - 200_000


@pytest.mark.parametrize("clock_s", [0, DAY_S, -DAY_S])
def test_the_next_life_of_the_receiver_that_keeps_the_time_keeps_it_from_its_first_digest_on(
    clock_s: int,
) -> None:
    one = named("a")
    restarted(one)
    one.begins_anew("run-2", clock_s=clock_s)
    one.hears(seconds=TIMEOUT_S - 1)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_a_receiver_whose_folder_was_restored_or_copied_is_believed_after_a_while() -> None:
    """Its number says that it ended, and it speaks on."""
    one = named("a")
    one.life = 7
    one.begins_anew("run-2")
    one.hears("a")
    other = beside(one, "run-3", "receiver-1", life=5)
    for _ in range(MOST_LATE):
        one.hears(seconds=2)
        other.hears("a")
    assert one.decided() == ["a silent"]
    other.hears("a")
    assert one.decided() == ["a heard"]


def test_it_stays_believed_when_it_kept_the_time_for_a_while() -> None:
    one = named("a")
    other = beside(one, "run-3", "receiver-1", life=0)
    third = beside(one, "run-4", "receiver-2", life=1)
    for _ in range(MOST_LATE + 3):
        other.hears("a")
    assert one.watch.time.keeper == "run-3"
    for _ in range(3):
        third.hears()
    for _ in range(TIMEOUT_S):
        third.hears(seconds=2)
        other.hears("a", seconds=2)
        assert one.decided() == []


def test_no_second_is_received_twice_where_two_machines_have_one_folder() -> None:
    one = named()
    other = beside(one, "run-3", "receiver-1", life=0)
    for _ in range(MOST_LATE + 3):
        other.hears()
        one.hears(seconds=0)
    for _ in range(60):
        other.hears()
    before = one.watch.time.us
    one.hears(seconds=60)
    assert one.watch.time.us == before


def test_a_run_that_stood_still_while_another_kept_the_time_is_believed_again() -> None:
    one = receiver("a")
    other = beside(one, "run-2")
    other.hears("a")
    for _ in range(60):
        one.hears()
    assert one.decided() == ["a silent"]
    for _ in range(2 * TIMEOUT_S):
        one.hears()
        other.hears("a")
    assert one.decided() == ["a heard"]


def test_what_comes_late_of_a_run_that_was_in_time_all_along_is_late() -> None:
    one = receiver("a")
    other = beside(one, "run-2")
    for _ in range(2 * MOST_LATE):
        one.hears("a")
        other.hears()
    late = other.digest("a")
    for _ in range(TIMEOUT_S + 2):
        one.hears()
    one.watch.hear(late)
    assert one.decided() == ["a silent"]


def test_a_restart_forgets_first_who_spoke_longest_ago() -> None:
    one = named("a")
    for number in range(MOST_OTHERS):
        beside(one, f"other-{number}").hears()
    one.hears()
    last = one.digest("a")
    one.watch.hear(last)
    restarted(one)
    one.begins_anew("run-2")
    one.hears()
    one.watch.hear(replace(last, ago_ms=(900,)))  # once more: had it been forgotten, it would be taken
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == last.until


@pytest.mark.parametrize("restarts", [False, True])
def test_a_line_that_was_heard_of_late_falls_silent_as_if_it_had_been_in_time(restarts: bool) -> None:
    one = named("a", "b", "c")
    one.hears("a")
    late = one.digest("a", "c", ago_ms=500)
    one.begins_anew("run-2")
    one.hears(seconds=TIMEOUT_S - 2)
    one.hears("b")
    one.watch.hear(late)
    if restarts:
        restarted(one)
    one.hears()
    assert one.decided() == ["a silent", "c silent"]


def test_of_two_ended_lives_the_earlier_is_older_although_nothing_of_the_later_came_in_time() -> None:
    one = named("a")
    first = one.digest("a", ago_ms=100)
    one.begins_anew("run-2")
    second = one.digest("a", ago_ms=200)
    one.begins_anew("run-3")
    one.hears()
    received = one.watch.time.us
    one.watch.hear(second)
    one.watch.hear(first)
    assert one.watch.time.us == received
    one.hears(seconds=TIMEOUT_S)
    assert silent_since(one) == second.until - 200_000


@pytest.mark.parametrize("name", ["receiver-1", "receiver-2"])
def test_nobody_is_judged_between_the_parts_of_a_digest(name: str) -> None:
    one = named("a", "b")
    between = beside(one, "run-0", name, life=0).digest()
    first = one.digest("a", seconds=TIMEOUT_S + 10, more=True)
    second = one.digest("b", seconds=0)
    one.watch.hear(first)
    assert not one.watch.is_whole
    one.watch.hear(between)
    assert one.decided() == []
    one.watch.hear(second)
    assert one.watch.is_whole
    assert one.decided() == []


def test_a_digest_that_names_a_line_twice_does_no_harm() -> None:
    one = named("a", "b")
    late = one.digest("a", "a", "a", ago_ms=500)
    one.begins_anew("run-2")
    one.hears("b")
    one.watch.hear(late)
    one.hears(seconds=TIMEOUT_S - 1)
    assert one.decided() == ["a silent"]
    one.hears()
    assert one.decided() == ["b silent"]


def test_two_receivers_keep_one_time_and_both_are_listened_to() -> None:
    first = receiver("a", "b")
    second = Receiver(run="run-2", now=START + 5 * SECOND, watch=first.watch, silence=first.silence)
    for _ in range(TIMEOUT_S - 1):
        first.hears()
        second.hears("b")
    assert first.decided() == []
    first.hears()
    assert first.decided() == ["a silent"]


def test_a_digest_in_parts_is_judged_when_it_is_whole() -> None:
    one = receiver("a", "b")
    first = one.digest("a", seconds=TIMEOUT_S + 10, more=True)
    second = one.digest("b", seconds=0)
    one.watch.hear(first)
    assert one.decided() == []
    one.watch.hear(second)
    assert one.decided() == []


def test_another_interval_begins_the_waiting_anew() -> None:
    one = receiver("a")
    one.hears(seconds=20)
    one.supervise("a", timeout_s=10)
    assert one.decided() == []
    one.hears(seconds=9)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]
    one.supervise("a", timeout_s=60)
    assert one.decided() == []  # which is no sign of life
    one.hears("a")
    assert one.decided() == ["a heard"]


def test_a_line_that_is_not_supervised_any_more_is_forgotten_and_awaited_anew_later() -> None:
    one = receiver("a", "b")
    one.hears(seconds=TIMEOUT_S)
    assert sorted(one.decided()) == ["a silent", "b silent"]
    one.release("a")
    one.hears("a")
    assert one.decided() == []
    assert len(one.watch) == 1
    one.supervise("a")
    assert one.decided() == []
    one.hears(seconds=TIMEOUT_S)
    assert one.decided() == ["a silent"]


def test_more_changes_than_are_named_are_found_all_the_same() -> None:
    one = receiver("a")
    one.release("a")
    one.supervise(*(f"line-{number}" for number in range(1_500)))
    for _ in one.watch.follow(one.silence, one.now):
        pass
    assert len(one.watch) == 1_500


def restarted(one: Receiver, offset: int = 7) -> None:
    one.watch = Watch.remembering(list(one.watch.remembered(offset)))


def test_a_restart_remembers_all_that_was_known() -> None:
    one = receiver("a", "b")
    one.supervise("c", timeout_s=5)
    one.hears("b", seconds=4, ago_ms=100)
    one.reports()
    beside(one, "run-2").hears()
    (before,) = one.watch.remembered(7)
    assert (before.offset, before.run, before.sequence, before.until) == (7, "run-1", 2, one.now)
    assert (before.received_us, before.rival, before.rivals_digests) == (5 * SECOND, "run-2", 1)
    restarted(one)
    (after,) = one.watch.remembered(7)
    assert remembered(after) == remembered(before)
    assert replace(after, lines=(), heard_us=(), heard_at=(), timeouts_us=()) == replace(
        before, lines=(), heard_us=(), heard_at=(), timeouts_us=()
    )


def remembered(chunk: LastHeard) -> set[tuple[str, int, int, int]]:
    return set(zip(chunk.lines, chunk.heard_us, chunk.heard_at, chunk.timeouts_us, strict=True))


def test_a_memory_that_does_not_know_whose_life_it_was_is_resumed() -> None:
    """As it was written before receivers said it."""
    one = receiver("a")
    one.hears("a", seconds=5)
    known = [replace(chunk, keeper=None) for chunk in one.watch.remembered(7)]
    one.watch = Watch.remembering(known)
    one.hears(seconds=TIMEOUT_S - 1)
    assert one.decided() == []
    one.hears()
    assert one.decided() == ["a silent"]


def test_a_restart_keeps_every_deadline() -> None:
    one = receiver("a", "b", "c")
    one.supervise("d", timeout_s=5)
    one.hears("a", seconds=10)
    assert one.decided() == []
    one.hears("b", seconds=10)
    assert one.decided() == ["d silent"]
    restarted(one)
    assert one.decided() == []
    one.hears(seconds=10)
    assert one.decided() == ["c silent"]
    restarted(one)
    one.hears("d", seconds=10)
    assert sorted(one.decided()) == ["a silent", "d heard"]
    one.hears("d", seconds=10)
    assert one.decided() == ["b silent"]


def test_a_restart_with_an_old_memory_calls_nobody_heard_who_was_not() -> None:
    one = receiver("a")
    one.hears("a")
    old = list(one.watch.remembered(7))
    one.hears(seconds=TIMEOUT_S)
    assert one.decided() == ["a silent"]
    one.watch = Watch.remembering(old)
    assert one.decided() == []
    one.hears("a")
    assert one.decided() == ["a heard"]


def test_without_any_memory_the_silent_stay_silent_and_the_others_are_awaited_anew() -> None:
    one = receiver("a", "b")
    one.hears("b", seconds=TIMEOUT_S)
    assert one.decided() == ["a silent"]
    one.watch = Watch()
    assert one.decided() == []
    one.run, one.sequence = "run-2", 0
    one.hears()
    assert one.decided() == []
    one.hears("a", seconds=TIMEOUT_S)
    assert sorted(one.decided()) == ["a heard", "b silent"]


def test_a_large_memory_is_kept_in_chunks() -> None:
    one = receiver()
    one.supervise(*(f"line-{number}" for number in range(LINES_PER_CHUNK + 1)))
    for _ in one.watch.follow(one.silence, one.now):
        pass
    chunks = list(one.watch.remembered(7))
    assert [(chunk.chunk, chunk.chunks, len(chunk.lines)) for chunk in chunks] == [
        (0, 2, LINES_PER_CHUNK),
        (1, 2, 1),
    ]
    assert len(Watch.remembering(chunks)) == LINES_PER_CHUNK + 1
