"""What a partition remembers: what is open, plus seven days. Always the fold of its counting decisions."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import answered, carrying, owed_restores, shared_texts
from services.alarm_router.domain import clock as clocks
from services.alarm_router.domain import happening as happenings
from services.alarm_router.domain import interruption_book as books
from services.alarm_router.domain import line as lines
from services.alarm_router.domain import silence as silences
from services.alarm_router.domain.alarm import Alarm
from services.alarm_router.domain.answered import MINUTE_US
from services.alarm_router.domain.clock import HostClock
from services.alarm_router.domain.happening import Group, Happening
from services.alarm_router.domain.interruption_book import Book
from services.alarm_router.domain.line import RECENT_PER_LINE, Lines, heard_of, mark
from services.alarm_router.domain.owed_restores import Owed
from services.alarm_router.domain.silence import Silence
from services.contracts import alarm as a
from services.contracts import guard as g
from services.contracts.directory import ProviderEntry, ProviderNoted, SiteEntry, SiteNoted
from services.contracts.envelope import (
    Answer,
    Decision,
    GenerationBegun,
    LogBegun,
    LogMended,
    LogResumed,
    StateCarried,
)
from services.contracts.interruption import InterruptionArchived, InterruptionEvent, WindowEvent
from services.contracts.liveness import SystemFellSilent, SystemHeardAgain
from services.contracts.police_track import PoliceTrackEvent
from services.contracts.receiving import ReceiverTroubled, ReceiverTroubleNoted
from services.contracts.refusal import CommandRefused
from services.contracts.restores import RestorePassedBack, RestoresAwaited, RestoresOwed
from services.contracts.shadow import DecidedOtherwiseNoted
from services.contracts.suggestion import ReportSuggested
from services.law.pack import Law

Waiting: TypeAlias = Literal["alarm"] | books.Kind  # what a deadline belongs to

RETRANSMIT_US = 10 * MINUTE_US
WAITING: Final[tuple[Waiting, ...]] = ("alarm", "interruption", "window")


class State(msgspec.Struct, gc=False):
    """One partition. Changed only by `evolve`; `law`: the packs it decides by, as the machine was given them.

    `deadlines`: when, of what kind, whose. `copied_inbox`: what lies below in the inbox came before a loss.
    """

    partition: int
    law: Law = msgspec.field(default_factory=Law)
    log_id: str = ""
    copied_inbox: int = 0
    time: int = 0
    registry_position: int = 0
    providers: dict[str, ProviderEntry] = msgspec.field(default_factory=dict)
    sites: dict[str, SiteEntry] = msgspec.field(default_factory=dict)
    lines: Lines = msgspec.field(default_factory=Lines)
    alarms: dict[str, Alarm] = msgspec.field(default_factory=dict)
    happenings: dict[str, Happening] = msgspec.field(default_factory=dict)
    groups: dict[str, Group] = msgspec.field(default_factory=dict)
    open_of: dict[str, list[str]] = msgspec.field(default_factory=dict)
    escalations: dict[str, str] = msgspec.field(default_factory=dict)
    book: Book = msgspec.field(default_factory=Book)
    deadlines: list[tuple[int, Waiting, str]] = msgspec.field(default_factory=list)
    failed: dict[str, int | None] = msgspec.field(default_factory=dict)
    answers: dict[str, Answer] = msgspec.field(default_factory=dict)
    answers_end: deque[tuple[int, str]] = msgspec.field(default_factory=deque)
    kept_longer: list[tuple[int, str]] = msgspec.field(default_factory=list)
    ahead_of: tuple[str, ...] = ()
    hosts: dict[str, HostClock] = msgspec.field(default_factory=dict)
    silence: Silence = msgspec.field(default_factory=Silence)
    receivers: dict[str, int] = msgspec.field(default_factory=dict)  # until when each trouble was told
    owed: Owed = msgspec.field(default_factory=dict)
    doubted: int = 0  # up to which offset of the record the shadow's finds were told
    carried: dict[str, Any] | None = None  # of an old generation's state, while pieces are missing


def evolve(state: State, decision: Decision) -> None:
    """Make `state` the state after `decision`. Never refuses: what is stored has happened."""
    state.time = max(state.time, decision.time)
    for event in decision.events:
        FOLDS[type(event)](state, event, decision.time)
    answered.keep(state, decision)


def _heard(state: State, event: a.SignalRecorded, _: int) -> None:
    line = lines.held(state.lines, event.signal.line)
    mark(line.marks, event.signal)
    if event.outcome != "retransmit" and event.sequence is not None:
        line.recent.append(heard_of(event))
        if len(line.recent) > RECENT_PER_LINE:
            del line.recent[0]


def _carried_on(state: State, event: a.SignalCarriedOn, _: int) -> None:
    mark(lines.held(state.lines, event.signal.line).marks, event.signal)


def _raised(state: State, event: a.AlarmRaised, _: int) -> None:
    alarm = alarms.raised(event)
    state.alarms[alarm.id] = alarm
    state.happenings[alarm.id] = happenings.raised(event)
    if event.class_ != "system":
        group = state.groups.get(alarm.subject)
        state.groups[alarm.subject] = happenings.begin_or_join(group, event)
    state.open_of.setdefault(alarm.subject, []).append(alarm.id)
    heapq.heappush(state.deadlines, (alarm.claim_due, "alarm", alarm.id))


def _occurred(state: State, event: a.AlarmOccurred, _: int) -> None:
    happening = state.happenings.get(event.alarm)
    if happening is None:
        return
    state.happenings[event.alarm] = happenings.occurred(happening, event)
    subject = state.alarms[event.alarm].subject
    _set_group(state, subject, happenings.heard_again(state.groups.get(subject), happening, event))


def _suggested(state: State, event: ReportSuggested, _: int) -> None:
    happening = state.happenings.get(event.alarm)
    if happening is not None:
        state.happenings[event.alarm] = happenings.suggested(happening, event)


def _set_group(state: State, subject: str, group: Group | None) -> None:
    if group is None:
        state.groups.pop(subject, None)
    else:
        state.groups[subject] = group


def _restored(state: State, event: a.AlarmRestored, _: int) -> None:
    happening = state.happenings.get(event.alarm)
    if happening is not None:
        state.happenings[event.alarm] = happenings.restored(happening, event)


def _adopted(state: State, event: a.AlarmAdopted, at: int) -> None:
    if _changed(state, event, at) is not None:
        state.happenings[event.alarm] = happenings.adopted(state.happenings[event.alarm], event)


def _changed(state: State, event: alarms.Event, at: int) -> Alarm | None:
    """The alarm after `event`, held; None where it was not held."""
    before = state.alarms.get(event.alarm)
    if before is None:
        return None
    after = alarms.evolve(before, event, at)
    state.alarms[after.id] = after
    _await_deadline(state, before, after)
    prune(state)
    return after


def _escalated(state: State, event: a.AlarmEscalated, at: int) -> None:
    """A report takes the place of a drill, about which nothing more is decided."""
    before = state.alarms.get(event.alarm)
    if before is not None and before.escalation is not None:
        state.escalations.pop(before.escalation.id, None)
    after = _changed(state, event, at)
    if after is not None:
        state.escalations[event.escalation] = after.id


def _await_deadline(state: State, before: Alarm, after: Alarm) -> None:
    """Put the next deadline where it moved. One that moved there and back stands in the heap twice: no harm."""
    when = alarms.next_deadline(after)
    if when is not None and when != alarms.next_deadline(before):
        heapq.heappush(state.deadlines, (when, "alarm", after.id))


def _closed(state: State, event: a.AlarmClosed, at: int) -> None:
    after = _changed(state, event, at)
    if after is not None:
        _take_out(state.open_of, after)


def _archived(state: State, event: a.AlarmArchived, _: int) -> None:
    alarm = state.alarms.pop(event.alarm, None)
    if alarm is None:
        return
    _take_out(state.open_of, alarm)
    happening = state.happenings.pop(alarm.id)
    _set_group(state, alarm.subject, happenings.forgotten(state.groups.get(alarm.subject), happening))
    state.failed.pop(alarm.id, None)
    if alarm.escalation is not None:
        state.escalations.pop(alarm.escalation.id, None)
    prune(state)


def _in_the_book(state: State, event: InterruptionEvent | WindowEvent, at: int) -> None:
    for deadline in books.evolve(state.book, event, at):
        heapq.heappush(state.deadlines, deadline)
    if isinstance(event, InterruptionArchived):
        state.failed.pop(event.interruption, None)
    prune(state)


def prune(state: State) -> None:
    """Drop deadlines at the top that nothing waits for any more."""
    while state.deadlines:
        when, kind, name = state.deadlines[0]
        if awaited(state, kind, name) == when:
            return
        heapq.heappop(state.deadlines)


def awaited(state: State, kind: Waiting, name: str) -> int | None:
    """When the next deadline of this is due; None when there is none, or it could not be judged before."""
    return None if has_failed(state, kind, name) else _next_deadline(state, kind, name)


def has_failed(state: State, kind: Waiting, name: str) -> bool:
    """Whether the deadline that this waits for could not be judged before. A later one is judged."""
    return name in state.failed and state.failed[name] == _next_deadline(state, kind, name)


def _next_deadline(state: State, kind: Waiting, name: str) -> int | None:
    if kind != "alarm":
        return books.next_deadline(state.book, kind, name)
    alarm = state.alarms.get(name)
    return None if alarm is None else alarms.next_deadline(alarm)


def _drop_deadline(state: State, event: a.DeadlineFailed, _: int) -> None:
    """What could not be judged is not tried again; a later deadline of the same is."""
    for kind in WAITING:
        if (when := _next_deadline(state, kind, event.alarm)) is not None:
            state.failed[event.alarm] = when
    prune(state)


def _site_noted(state: State, event: SiteNoted, at: int) -> None:
    before, site = state.sites.get(event.site.id), shared_texts.of_site(event.site)
    silences.site_noted(state.silence, before, site, at)
    lines.register(state.lines, before, site)
    state.sites[site.id] = site
    state.registry_position = event.position


def _provider_noted(state: State, event: ProviderNoted, _: int) -> None:
    state.providers[event.provider.id] = event.provider
    state.registry_position = event.position


def _clock_faulted(state: State, event: a.ClockFaulted, _: int) -> None:
    state.ahead_of = event.senders


def _clock_trusted(state: State, _: a.ClockTrusted, __: int) -> None:
    state.ahead_of = ()


def _host_clock(state: State, event: a.HostClockNoted, _: int) -> None:
    clocks.remember(state.hosts, event.subject, clocks.noted(event))


def _fell_silent(state: State, event: SystemFellSilent, at: int) -> None:
    silences.fell_silent(state.silence, event, at)


def _heard_again(state: State, event: SystemHeardAgain, at: int) -> None:
    silences.heard_again(state.silence, event, at)


def trouble_key(told: ReceiverTroubled | ReceiverTroubleNoted) -> str:
    """What a trouble is known again by."""
    return f"{told.subject}/{told.trouble}/{told.account_space}/{told.account}"


def _receiver_troubled(state: State, event: ReceiverTroubleNoted, _: int) -> None:
    clocks.remember(state.receivers, trouble_key(event), event.until)


def _doubted(state: State, event: DecidedOtherwiseNoted, _: int) -> None:
    state.doubted = event.last


def _owed(state: State, event: RestoresOwed, _: int) -> None:
    owed_restores.owe(state.owed, event)


def _passed_back(state: State, event: RestorePassedBack, _: int) -> None:
    owed_restores.pay(state.owed, event)


def _log_begun(state: State, event: LogBegun, _: int) -> None:
    state.log_id = event.log_id


def _log_resumed(state: State, event: LogResumed, at: int) -> None:
    """What waits for a receipt is asked for at once: it may have come behind the copy."""
    state.log_id, state.copied_inbox = event.log_id, event.inbox_end
    for before in tuple(state.alarms.values()):
        after = alarms.asked_at_once(before, at)
        state.alarms[after.id] = after
        _await_deadline(state, before, after)
    prune(state)


def _generation_begun(state: State, event: GenerationBegun, _: int) -> None:
    state.log_id, state.carried = event.log_id, {}


def _state_carried(state: State, event: StateCarried, _: int) -> None:
    """With the last piece the state is what the old generation's was; whoever folded that sees no difference."""
    carried = {} if state.carried is None else state.carried
    carrying.take(carried, event.parts)
    if event.number == event.of:
        state.carried = None
        carrying.put_back(state, carried)
        shared_texts.share(state)


def _as_it_was(_: State, __: object, ___: int) -> None:
    """Said for the record, and nothing is decided by it; the source moves with the decision."""


def _take_out(open_of: dict[str, list[str]], alarm: Alarm) -> None:
    ids = open_of.get(alarm.subject, [])
    if alarm.id in ids:
        ids.remove(alarm.id)
    if not ids:
        open_of.pop(alarm.subject, None)


# A table, not a `match`: a class pattern that fails costs as much as all that an event changes, and there
# are a dozen. That every event of the union stands here is held by a unit test.
FOLDS: Final[Mapping[type, Callable[..., object]]] = {
    a.SignalRecorded: _heard,
    a.SignalCarriedOn: _carried_on,
    RestoresAwaited: _as_it_was,
    RestoresOwed: _owed,
    RestorePassedBack: _passed_back,
    a.AlarmRaised: _raised,
    a.AlarmOccurred: _occurred,
    a.AlarmRestored: _restored,
    a.AlarmAdopted: _adopted,
    a.ClaimFellDue: _changed,
    a.AlarmClaimed: _changed,
    a.AlarmReleased: _changed,
    a.AlarmHandedOver: _changed,
    a.AlarmTakenOver: _changed,
    a.AlarmNoted: _changed,
    a.AlarmVerified: _changed,
    ReportSuggested: _suggested,
    g.GuardOrdered: _changed,
    g.GuardReported: _changed,
    g.GuardFound: _changed,
    a.AlarmEscalated: _escalated,
    a.EscalationDelivered: _changed,
    a.EscalationAskedAgain: _changed,
    a.EscalationSignedFor: _changed,
    a.PoliceDispatched: _changed,
    a.PoliceOnScene: _changed,
    a.FeedbackGiven: _changed,
    **dict.fromkeys(get_args(PoliceTrackEvent), _changed),
    a.AlarmClosed: _closed,
    CommandRefused: _as_it_was,
    a.AlarmArchived: _archived,
    a.AlarmResumed: _as_it_was,
    a.DeadlineFailed: _drop_deadline,
    a.ClockFaulted: _clock_faulted,
    a.ClockTrusted: _clock_trusted,
    a.HostClockNoted: _host_clock,
    SystemFellSilent: _fell_silent,
    SystemHeardAgain: _heard_again,
    ReceiverTroubleNoted: _receiver_troubled,
    DecidedOtherwiseNoted: _doubted,
    SiteNoted: _site_noted,
    ProviderNoted: _provider_noted,
    **dict.fromkeys(books.FOLDS, _in_the_book),
    LogBegun: _log_begun,
    LogMended: _as_it_was,
    LogResumed: _log_resumed,
    GenerationBegun: _generation_begun,
    StateCarried: _state_carried,
    a.SignalNoted: _as_it_was,
}
