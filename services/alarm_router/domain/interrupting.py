"""What a decision says of interruptions: facts from signals and silence, restoration, windows, what time brings.

Neutral facts first. Nothing here changes an alarm, its priority or a report to the police; an alarm's events are
decided without it, and it reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from services.alarm_router.domain import interruption as interruptions
from services.alarm_router.domain import maintenance_window as windows
from services.alarm_router.domain.codes import MOMENTARY, fact_of
from services.alarm_router.domain.directory import merged_into
from services.alarm_router.domain.happening import zone_of
from services.alarm_router.domain.identity import derived, spoken
from services.alarm_router.domain.interruption import Interruption
from services.alarm_router.domain.interruption_book import Book
from services.alarm_router.domain.maintenance_window import Window
from services.alarm_router.domain.signal import filing_of, known
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts import directory as d
from services.contracts import interruption as i
from services.contracts.envelope import Answer, Event, Refused
from services.contracts.interruption import KIND, FactClass
from services.contracts.liveness import SystemFellSilent, SystemHeardAgain, interval_us
from services.contracts.signals import SignalReceived
from services.contracts.stored import kept
from services.contracts.topics import line_key
from services.law.pack import Law, judge

SILENCE = "silence"  # the code of a fact that no signal told
MOST_OPEN = 64  # of a subject; what comes then belongs to the newest of them


def said(
    state: State, signal: SignalReceived, decided: Sequence[Event], source: int, time: int
) -> tuple[Event, ...]:
    """What a signal says of interruptions, beside what was `decided` of it, first how. A retransmission says nothing."""
    recorded = decided[0]
    if not isinstance(recorded, a.SignalRecorded) or recorded.outcome == "retransmit":
        return ()
    if recorded.reason == "restore":
        return restored(state, signal.subject, signal.code, signal.zone, signal.received_at)
    fact = fact_of(signal.code, signal.qualifier) if recorded.outcome == "surfaced" else None
    if fact is None:
        return ()
    what = i.Fact(
        fact=fact,
        code=signal.code,
        area=signal.area,
        zone=signal.zone,
        received_at=signal.received_at,
        panel_time=signal.panel_time,
        momentary=fact in MOMENTARY,
        alarm=_alarm_of(decided),
    )
    return (began_or_widened(state, signal.subject, what, source, time),)


def silence(state: State, decided: Sequence[Event], source: int, time: int) -> tuple[Event, ...]:
    """That a line fell silent is a fact, received when its first sign of life was missed; heard again, it is over."""
    events: tuple[Event, ...] = ()
    for event in decided:
        if isinstance(event, SystemFellSilent):
            missed_at = kept(event.last_heard_at + interval_us(event.timeout_us))
            what = i.Fact(fact="silence", code=SILENCE, zone=_line_of(event), received_at=missed_at)
            events += (began_or_widened(state, event.subject, what, source, time),)
        elif isinstance(event, SystemHeardAgain):
            events += restored(state, event.subject, SILENCE, _line_of(event), event.heard_at)
    return events


def began_or_widened(
    state: State, subject: str, what: i.Fact, source: int, time: int
) -> i.InterruptionBegan | i.InterruptionWidened:
    """The fact with the window that covers it, at the interruption that it belongs to."""
    what = _with_windows(state.book.windows_at(subject), what)
    held = state.book.of(subject)
    fitting = next((one for one in reversed(held) if interruptions.takes_in(one, what)), None)
    if fitting is None and sum(one.over_at is None for one in held) >= MOST_OPEN:
        fitting = held[-1]
    if fitting is not None:
        return i.InterruptionWidened(interruption=fitting.id, fact=what)
    return i.InterruptionBegan(
        interruption=derived(state.log_id, state.partition, source, "interruption"),
        number=spoken(state.log_id, state.partition, source),
        subject=subject,
        fact=what,
        settles_at=time + state.law.settle_us,
        **known(state, subject),
    )


def restored(state: State, subject: str, code: str, zone: str, received_at: int) -> tuple[Event, ...]:
    """That facts are over, in every interruption that has them. It never begins one."""
    events: list[Event] = []
    for held in state.book.of(subject):
        ended = interruptions.ended_in(held, code, zone)
        left = len(held.going_on)
        for one in ended:
            left -= 1
            events.append(
                i.InterruptionRestored(
                    interruption=held.id,
                    fact=one.fact,
                    code=one.code,
                    zone=one.zone,
                    received_at=received_at,
                    over=left == 0,
                )
            )
    return tuple(events)


def take_window(
    state: State, command: i.WindowCommand, source: int, now: int
) -> tuple[Answer, tuple[Event, ...]]:
    """A person says work beforehand, or ends it."""
    entry = state.sites.get(command.subject)
    if merged_into(state, command.subject) is not None:
        return Refused(reason="window.site_merged"), ()
    site = windows.Site(
        known=entry is not None,
        provider=entry.provider if entry else None,
        bureau=entry.bureau if entry else None,
        windows=tuple(state.book.windows_at(command.subject)),
        afterwards=_named_afterwards(state.book, command),
    )
    window = derived(state.log_id, state.partition, source, "window")
    return windows.decide(site, command, window, now)


def due(state: State, held: Interruption, time: int) -> tuple[Event, ...]:
    """What time has brought to an interruption: its judgement, or that the state forgets it."""
    when = interruptions.next_deadline(held, state.book.ends(held).values())
    if when is None or when > time:
        return ()
    if held.judged_at is not None:
        return (i.InterruptionArchived(interruption=held.id),)
    return (
        i.InterruptionSettled(
            interruption=held.id, judgement=judged(state.law, held, state.book.ends(held), time)
        ),
    )


def judged(
    law: Law, held: Interruption, ends: Mapping[str, int], time: int, *, anew: bool = False
) -> i.Judgement:
    """What the machine makes of an interruption at `time`. `ends`: until when each fact that goes on is covered.

    `anew`: it was judged before as not covered, and its site is known since.
    """
    uncovered = held.said if anew else _uncovered(held, ends, time)
    if not uncovered:
        return i.Judgement(finding="covered", why="window", windows=held.windows)
    codes: dict[FactClass, set[str]] = {}
    for fact, code in uncovered:
        codes.setdefault(fact, set()).add(code)
    found = judge(law, held.division, held.site_class, KIND, codes, held.received_at)
    return replace(found, windows=held.windows)


def adopted(state: State, noted: Sequence[Event], time: int) -> tuple[Event, ...]:
    """What a directory change that was `noted` means: a site that is known now, a line that need not be heard any more."""
    events: list[Event] = []
    for event in noted:
        if isinstance(event, d.SiteNoted):
            for held in state.book.of(event.site.id):
                events += _adopt(state, held, event, time)
            events += _watched_no_more(state, event.site, time)
    return tuple(events)


def _watched_no_more(state: State, site: d.SiteEntry, time: int) -> list[Event]:
    watched = {line_key(one.account_space, one.account) for one in site.lines if one.interval_s is not None}
    silent = {one.zone for held in state.book.of(site.id) for one in held.going_on if one.fact == "silence"}
    return [
        event
        for line in sorted(silent - {zone_of(line) for line in watched})
        for event in restored(state, site.id, SILENCE, line, time)
    ]


def _line_of(event: SystemFellSilent | SystemHeardAgain) -> str:
    return line_key(event.account_space, event.account)


def _adopt(state: State, held: Interruption, noted: d.SiteNoted, time: int) -> list[Event]:
    site = noted.site
    belongs = site.merged_into or site.id
    if held.site == belongs:
        return []
    adopted_by = i.InterruptionAdopted(
        interruption=held.id,
        site=belongs,
        site_class=site.site_class,
        division=site.division,
        bureau=site.bureau,
        provider=site.provider,
        filing=filing_of(state, site),
        registry_position=noted.position,
    )
    if held.judged_at is None or held.finding == "covered":
        return [adopted_by]
    known_now = replace(held, site_class=site.site_class, division=site.division)
    revised = i.InterruptionRevised(
        interruption=held.id,
        judgement=judged(state.law, known_now, state.book.ends(known_now), time, anew=True),
    )
    return [adopted_by, revised]


def _uncovered(held: Interruption, ends: Mapping[str, int], time: int) -> tuple[tuple[FactClass, str], ...]:
    """Classes and codes of what no window covers: all of it, or what outlasted its windows."""
    if not held.covered:
        return held.said
    outlasting = (one for one in held.going_on if ends.get(interruptions.key(one), time) <= time)
    return tuple((one.fact, one.code) for one in outlasting)


def _with_windows(here: Sequence[Window], what: i.Fact) -> i.Fact:
    covering, late = windows.judged(here, what.fact, what.received_at)
    return replace(what, covered_by=covering[0] if covering else None, afterwards=late)


def _named_afterwards(book: Book, command: i.WindowCommand) -> tuple[str, ...]:
    """The uncovered interruptions that began within the times of a window which is only entered now."""
    if not isinstance(command, i.OpenMaintenanceWindow):
        return ()
    times = range(command.from_us, command.until_us)
    return tuple(one.id for one in book.of(command.subject) if not one.covered and one.received_at in times)


def _alarm_of(decided: Sequence[Event]) -> str | None:
    return next(
        (event.alarm for event in decided if isinstance(event, (a.AlarmRaised, a.AlarmOccurred))), None
    )
