"""What a signal comes to: the same one again, a panel's repetition, a line of the log, an occurrence, or an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from services.alarm_router.domain import happening as happenings
from services.alarm_router.domain.alarm import CLAIM_WITHIN_US
from services.alarm_router.domain.codes import PRIORITY, class_of, priority_of, why_logged
from services.alarm_router.domain.happening import Group, Happening
from services.alarm_router.domain.identity import derived, spoken
from services.alarm_router.domain.line import Heard
from services.alarm_router.domain.state import RETRANSMIT_US, State
from services.contracts import alarm as a
from services.contracts.alarm import AlarmClass
from services.contracts.directory import Filing, SiteClass, SiteEntry, lies_in
from services.contracts.envelope import Event
from services.contracts.reports import RestoreBrought
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import SignalId

OPEN_PER_SUBJECT = 200
OF_SIGNALS = OPEN_PER_SUBJECT - 20  # then one raw alarm takes in the rest, and there is room for the system's
RAW_CODE = "?"
NO_FILING = Filing(authority="", state="none")


def decide_signal(state: State, signal: SignalReceived, source: int, time: int) -> tuple[Event, ...]:
    """The events of a signal that this line had not sent before."""
    line = state.lines.known.get(signal.id.line)
    like = None if line is None else likeness(line.recent, signal)
    if like == "again":
        return (_recorded(signal, "retransmit", ""),)
    if (reason := why_logged(signal.code, signal.qualifier)) is not None:
        over = restored(state, signal) if reason == "restore" else ()
        return (_recorded(signal, "logged", reason), *over)
    surfaced = _surface(state, signal, source, time, class_of(signal.code), repeated=like == "older")
    alarm = state.happenings[surfaced.alarm] if isinstance(surfaced, a.AlarmOccurred) else surfaced
    return _recorded(signal, "surfaced", "too_many_open" if alarm.class_ == "raw" else ""), surfaced


def raise_raw(
    state: State, signal: SignalReceived | SignalMalformed, source: int, time: int, reason: str
) -> tuple[Event, ...]:
    """An alarm with nothing but where it came from, when more cannot be said of the signal."""
    recorded = a.SignalRecorded(
        signal=signal.id,
        outcome="surfaced",
        reason=reason,
        code=getattr(signal, "code", RAW_CODE),
        received_at=signal.received_at,
    )
    kind: AlarmClass = "malformed" if isinstance(signal, SignalMalformed) else "raw"
    return recorded, _surface(state, signal, source, time, kind, repeated=False)


def carry_on(signal: SignalReceived, source: int, to: str) -> tuple[Event, ...]:
    """The signal's site had been merged: it will be decided at the other one."""
    return (a.SignalCarriedOn(signal=signal.id, source=source, to=to),)


def raise_system(  # noqa: PLR0913 - where, when and why
    state: State, subject: str, source: int, time: int, code: str, index: int = 0
) -> a.AlarmRaised | a.AlarmOccurred:
    """The supervisor's alarm: the system itself could not do something. One open alarm a subject and code.

    `index` tells several of one decision apart; with it the number is none that a signal's alarm has.
    """
    for alarm, held in _open(state, subject):
        if held.class_ == "system" and held.code == code:
            return a.AlarmOccurred(
                alarm=alarm, code=code, class_="system", received_at=time, priority=held.priority
            )
    alarm = derived(state.log_id, state.partition, source, "system", code, index)
    return a.AlarmRaised(
        alarm=alarm,
        number=f"{spoken(state.log_id, state.partition, source)}-{index}",
        subject=subject,
        account_space="",
        account="",
        class_="system",
        priority=PRIORITY["system"],
        code=code,
        received_at=time,
        alarm_group=alarm,
        claim_due=time + CLAIM_WITHIN_US,
        **known(state, subject),
    )


def restored(state: State, signal: SignalReceived | RestoreBrought) -> tuple[a.AlarmRestored, ...]:
    """That what the restore ends is over, on every open alarm of its subject that has it."""
    return tuple(
        a.AlarmRestored(
            alarm=alarm, code=code, area=signal.area, zone=signal.zone, received_at=signal.received_at
        )
        for alarm, held in _open(state, signal.subject)
        for code, _ in happenings.over(held, signal.code, signal.zone)
    )


def signal_key(signal: SignalId) -> str:
    """How a decision names the signal it was made of."""
    return f"{signal.run}/{signal.line}/{signal.counter}"


def filing_of(state: State, site: SiteEntry) -> Filing:
    """The filing of the site's provider as known here, with the authority competent there if the register says which that is.

    Of several the one with the narrowest area, else the first; that there is none is known as well.
    """
    entry = state.providers.get(site.provider)
    if entry is None or not entry.filings:
        return NO_FILING
    fitting = [
        filing for filing in entry.filings if filing.division and lies_in(site.division, filing.division)
    ]
    return max(fitting, key=lambda one: len((one.division or "").rstrip("0")), default=entry.filings[0])


def likeness(recent: Sequence[Heard], now: Heard | SignalReceived) -> Literal["again", "older"] | None:
    """`again` within ten minutes of the same line, sequence, code and panel time; `older` beyond; else None.

    `recent`: what was heard of the line of late.
    """
    sequence = now.sequence
    if sequence is None:
        return None
    alike = [heard for heard in recent if heard.sequence == sequence and _same(heard, now)]
    if not alike:
        return None
    gap = min(abs(now.received_at - heard.received_at) for heard in alike)
    return "again" if gap <= RETRANSMIT_US else "older"


def _same(one: Heard, other: Heard | SignalReceived) -> bool:
    return (one.code, one.qualifier, one.area, one.zone, one.panel_time) == (
        other.code,
        other.qualifier,
        other.area,
        other.zone,
        other.panel_time,
    )


def _recorded(signal: SignalReceived, outcome: a.Outcome, reason: str) -> a.SignalRecorded:
    return a.SignalRecorded(
        signal=signal.id,
        outcome=outcome,
        reason=reason,
        sequence=signal.sequence,
        code=signal.code,
        qualifier=signal.qualifier,
        area=signal.area,
        zone=signal.zone,
        panel_time=signal.panel_time,
        received_at=signal.received_at,
    )


def _open(state: State, subject: str) -> Sequence[tuple[str, Happening]]:
    return [(alarm, state.happenings[alarm]) for alarm in state.open_of.get(subject, ())]


def _surface(  # noqa: PLR0913 - one signal, everything that is known of it
    state: State,
    signal: SignalReceived | SignalMalformed,
    source: int,
    time: int,
    kind: AlarmClass,
    *,
    repeated: bool,
) -> a.AlarmRaised | a.AlarmOccurred:
    """An occurrence of an open alarm of the same happening, else an alarm."""
    group = happenings.that_goes_on(state.groups.get(signal.subject), signal.received_at)
    held = _open(state, signal.subject)
    if (into := _takes_in(held, group, kind)) is not None:
        heard_before = None if group is None else group.heard_at
        return _occurred(signal, *into, kind, repeated=repeated, heard_before=heard_before)
    if len(held) < OF_SIGNALS:
        return _alarm(state, signal, source, time, kind, group, repeated=repeated)
    raw = next(((alarm, one) for alarm, one in held if one.class_ == "raw"), None)
    if raw is not None:
        return _occurred(signal, *raw, kind, repeated=repeated)
    return _alarm(state, signal, source, time, "raw", group, repeated=repeated)


def _takes_in(
    held: Sequence[tuple[str, Happening]], group: Group | None, kind: AlarmClass
) -> tuple[str, Happening] | None:
    """The open alarm that a signal of `kind` belongs to: of the same class before one of its family."""
    if group is None:
        return None
    fitting = [one for one in held if happenings.takes_in(one[1], group, kind)]
    return min(fitting, key=lambda one: one[1].class_ != kind, default=None)


def _occurred(  # noqa: PLR0913 - one signal, everything that is known of it
    signal: SignalReceived | SignalMalformed,
    alarm: str,
    held: Happening,
    kind: AlarmClass,
    *,
    repeated: bool,
    heard_before: int | None = None,
) -> a.AlarmOccurred:
    received = signal if isinstance(signal, SignalReceived) else None
    code = received.code if received else RAW_CODE
    return a.AlarmOccurred(
        alarm=alarm,
        code=code,
        class_=kind,
        area=received.area if received else "",
        zone=received.zone if received else "",
        received_at=signal.received_at,
        panel_time=received.panel_time if received else None,
        possibly_repeated=repeated,
        priority=priority_of(kind, code, held.priority),
        heard_before=heard_before,
    )


def _alarm(  # noqa: PLR0913 - one alarm, everything that is known of it
    state: State,
    signal: SignalReceived | SignalMalformed,
    source: int,
    time: int,
    kind: AlarmClass,
    group: Group | None,
    *,
    repeated: bool,
) -> a.AlarmRaised:
    received = signal if isinstance(signal, SignalReceived) else None
    code = received.code if received else RAW_CODE
    alarm = derived(state.log_id, state.partition, source)
    return a.AlarmRaised(
        alarm=alarm,
        number=spoken(state.log_id, state.partition, source),
        subject=signal.subject,
        account_space=signal.account_space,
        account=signal.account,
        class_=kind,
        priority=priority_of(kind, code),
        code=code,
        area=received.area if received else "",
        zone=received.zone if received else "",
        received_at=signal.received_at,
        panel_time=received.panel_time if received else None,
        possibly_repeated=repeated,
        alarm_group=group.id if group else alarm,
        claim_due=time + CLAIM_WITHIN_US,
        **known(state, signal.subject),
    )


class Known(TypedDict):
    """What the register says of a site, as an event takes it."""

    site_known: bool
    site_class: SiteClass | None
    division: str | None
    bureau: str | None
    provider: str | None
    filing: Filing | None
    registry_position: int


def known(state: State, subject: str) -> Known:
    """The site as known at this point of the record."""
    site = state.sites.get(subject)
    return Known(
        site_known=site is not None,
        site_class=site.site_class if site else None,
        division=site.division if site else None,
        bureau=site.bureau if site else None,
        provider=site.provider if site else None,
        filing=filing_of(state, site) if site else None,
        registry_position=state.registry_position,
    )
