"""A partition's state as a whole: its parts agree, whatever waits for a time stands among the deadlines, all is bounded.

A bound is one that the state's own rules imply. What grows by a decision and never shrinks passes it within an episode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sized

from services.alarm_router.domain import state as states
from services.alarm_router.domain.answered import COMMAND_VALID_US, MINUTE_US
from services.alarm_router.domain.clock import MANY_SENDERS, MOST_HOSTS
from services.alarm_router.domain.interruption_book import Book
from services.alarm_router.domain.line import MOST_STRANGERS, RECENT_PER_LINE, RUNS_PER_LINE, Lines
from services.alarm_router.domain.owed_restores import MOST_OWED
from services.alarm_router.domain.signal import OPEN_PER_SUBJECT
from services.alarm_router.domain.silence import LATEST, Silence
from services.alarm_router.domain.state import State, Waiting
from services.contracts.envelope import Decision
from services.contracts.topics import line_key
from services.simulation.world import expect

PASSED_EACH, PASSED = 3, 16  # deadlines that moved stand in the heap until their old time


def is_whole(state: State) -> None:
    """The parts of the state agree, no timer is missing, and all is bounded."""
    expect(state.happenings.keys() == state.alarms.keys(), "an alarm without its signals, or they without it")
    held = Counter(happening.group for happening in state.happenings.values())
    for subject, group in state.groups.items():
        expect(
            group.alarms == held[group.id], f"the happening of {subject} is forgotten too early or too late"
        )
    _has_what_is_open(state)
    _is_whole_book(state.book)
    standing = set(state.deadlines)
    for kind, names in _holders(state).items():
        for name in names:
            _has_its_timer(state, kind, name, standing)
    _are_bounded(state)
    _are_bounded_answers(state)
    _are_bounded_lines(state.lines)
    _is_bounded_silence(state)


def has_its_timers(state: State, decision: Decision) -> None:
    """Those of what a decision speaks of: after each decision, where the whole would be too much to look at."""
    standing: set[tuple[int, Waiting, str]] | None = None
    for event in decision.events:
        for kind in states.WAITING:
            name = getattr(event, kind, None)
            if name in _holders(state)[kind]:
                standing = standing or set(state.deadlines)
                _has_its_timer(state, kind, name, standing)


def _holders(state: State) -> dict[Waiting, dict[str, object]]:
    return {"alarm": state.alarms, "interruption": state.book.held, "window": state.book.windows}  # type: ignore[dict-item]


def _has_its_timer(state: State, kind: Waiting, name: str, standing: set[tuple[int, Waiting, str]]) -> None:
    when = states.awaited(state, kind, name)
    expect(when is None or (when, kind, name) in standing, f"the timer of {kind} {name} is lost")


def _has_what_is_open(state: State) -> None:
    """Of each subject what is not closed, and the report of no alarm that is gone."""
    for subject, alarms in state.open_of.items():
        expect(0 < len(alarms) <= OPEN_PER_SUBJECT, f"{len(alarms)} open alarms of {subject}")
    listed = [name for names in state.open_of.values() for name in names]
    alive = [name for name, alarm in state.alarms.items() if alarm.closed_at is None]
    expect(sorted(listed) == sorted(alive), "an open alarm is not listed at its subject, or a closed one is")
    reported = {
        alarm.escalation.id: name for name, alarm in state.alarms.items() if alarm.escalation is not None
    }
    expect(state.escalations == reported, "a report without its alarm, or the other way round")


def _is_whole_book(book: Book) -> None:
    """What is held stands under its subject, and settles in one of two: what is covered, and what is not."""
    _stand_there(book.held_of, book.held, "an interruption")
    _stand_there(book.windows_of, book.windows, "a window")
    for subject in book.held_of:
        settling = Counter(one.covered for one in book.of(subject) if one.judged_at is None)
        expect(max(settling.values(), default=0) <= 1, f"several interruptions settle at {subject}")


def _stand_there(names_of: dict[str, list[str]], held: Iterable[str], what: str) -> None:
    listed = [name for names in names_of.values() for name in names]
    expect(sorted(listed) == sorted(held), f"{what} without its subject, or the other way round")


def _are_bounded(state: State) -> None:
    """What waits, what could not be judged, and what is remembered of hosts, receivers, senders and shells."""
    waiting = [name for names in _holders(state).values() for name in names]
    standing = len(state.deadlines)
    expect(standing <= PASSED_EACH * len(waiting) + PASSED, f"{standing} deadlines of {len(waiting)} holders")
    expect(state.failed.keys() <= set(waiting), "what could not be judged is remembered beyond its end")
    _holds_at_most(state.hosts, MOST_HOSTS, "hosts")
    _holds_at_most(state.receivers, MOST_HOSTS, "troubles of receivers")
    _holds_at_most(state.ahead_of, MANY_SENDERS, "senders that are ahead")
    for shells in state.owed.values():
        for owed in shells.values():
            _holds_at_most(owed, MOST_OWED, "restores owed to a shell")


def _are_bounded_answers(state: State) -> None:
    """Each answer has an end, and none is kept beyond it."""
    kept = len(state.answers)
    ends = len(state.answers_end) + len(state.kept_longer)
    expect(kept <= ends, f"{kept} answers are kept and {ends} of them have an end")
    oldest = state.answers_end[0][0] if state.answers_end else state.time
    expect(oldest >= state.time, "an answer is kept beyond its end")
    expect(oldest <= state.time + COMMAND_VALID_US + 2 * MINUTE_US, "an answer is kept for too long")
    late = [end for end, _ in state.kept_longer[:1] if end < state.time]
    expect(not late, "an answer that is kept for longer is kept beyond its end")


def _are_bounded_lines(lines: Lines) -> None:
    """Registered ones, and of others the last; of each its last signals and receivers."""
    _holds_at_most(lines.strangers, MOST_STRANGERS, "lines of nobody")
    unknown = lines.known.keys() - lines.registered.keys() - lines.strangers.keys()
    expect(not unknown, f"{unknown} are remembered, and neither registered nor lines of nobody")
    for name, line in lines.known.items():
        _holds_at_most(line.recent, RECENT_PER_LINE, f"signals of {name}")
        _holds_at_most(line.marks, RUNS_PER_LINE, f"receivers of {name}")


def _is_bounded_silence(state: State) -> None:
    """What is supervised is what the register says, and only that is silent or told of."""
    silence: Silence = state.silence
    wanted = {
        line_key(line.account_space, line.account)
        for site in state.sites.values()
        for line in site.lines
        if line.interval_s is not None
    }
    expect(silence.supervised.keys() == wanted, "what is supervised is not what the register says")
    beyond = (silence.silent.keys() | silence.told.keys()) - wanted
    expect(not beyond, f"{beyond} are silent or told of, and not supervised")
    expect(silence.gone.keys().isdisjoint(wanted), "a line is supervised, and gone")
    _holds_at_most(silence.latest, 2 * LATEST, "changes of what is supervised")


def _holds_at_most(what: Sized, most: int, name: str) -> None:
    expect(len(what) <= most, f"{len(what)} {name}, and {most} at most")
