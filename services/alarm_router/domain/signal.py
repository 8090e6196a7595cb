"""What a signal comes to: the same one again, a panel's repetition, a line of the log, or an alarm."""

from __future__ import annotations

import msgspec

from services.alarm_router.domain.codes import PRIORITY, class_of, why_logged
from services.alarm_router.domain.identity import derived, spoken
from services.alarm_router.domain.state import RETRANSMIT_US, Heard, State, heard_of
from services.contracts import alarm as a
from services.contracts.alarm import AlarmClass
from services.contracts.directory import Filing
from services.contracts.envelope import Event
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import SignalId

CLAIM_WITHIN_US = 30_000_000  # the default clock of a centre: somebody takes the alarm within 30 s
OPEN_PER_SUBJECT = 200  # above it a subject's signals are raised raw, without correlation
RAW_CODE = "?"
RAW_FIELD_CHARS = 64  # a raw alarm stays small, whatever its panel sent


def decide_signal(state: State, signal: SignalReceived, source: int, time: int) -> tuple[Event, ...]:
    """The events of a signal that this line had not sent before."""
    recorded = a.SignalRecorded(
        signal=signal.id,
        outcome="surfaced",
        sequence=signal.sequence,
        code=signal.code,
        qualifier=signal.qualifier,
        area=signal.area,
        zone=signal.zone,
        panel_time=signal.panel_time,
        received_at=signal.received_at,
    )
    if len(state.open_of.get(signal.subject, ())) >= OPEN_PER_SUBJECT:
        return raise_raw(state, signal, source, time, "too_many_open")
    likeness = _likeness(state, recorded)
    if likeness == "again":
        return (_as(recorded, "retransmit", ""),)
    if (reason := why_logged(signal.code, signal.qualifier)) is not None:
        return (_as(recorded, "logged", reason),)
    raised = _alarm(state, signal, source, time, class_of(signal.code), repeated=likeness == "older")
    return recorded, raised


def raise_raw(
    state: State, signal: SignalReceived | SignalMalformed, source: int, time: int, reason: str
) -> tuple[Event, ...]:
    """An alarm with nothing but where it came from, when more cannot be said of the signal."""
    recorded = a.SignalRecorded(
        signal=signal.id,
        outcome="surfaced",
        reason=reason,
        code=getattr(signal, "code", RAW_CODE)[:RAW_FIELD_CHARS],
        received_at=signal.received_at,
    )
    kind: AlarmClass = "malformed" if isinstance(signal, SignalMalformed) else "raw"
    return recorded, _alarm(state, _short(signal), source, time, kind, repeated=False)


def _short(signal: SignalReceived | SignalMalformed) -> SignalReceived | SignalMalformed:
    if isinstance(signal, SignalMalformed):
        return signal
    code, area, zone = (text[:RAW_FIELD_CHARS] for text in (signal.code, signal.area, signal.zone))
    return msgspec.structs.replace(signal, code=code, area=area, zone=zone)


def raise_system(state: State, subject: str, source: int, time: int, code: str) -> a.AlarmRaised:
    """The supervisor's alarm: the system itself could not do something."""
    return a.AlarmRaised(
        alarm=derived(state.log_id, state.partition, source, "system"),
        number=spoken(state.log_id, state.partition, source),
        subject=subject,
        site_known=subject in state.sites,
        account_space="",
        account="",
        class_="system",
        priority=PRIORITY["system"],
        code=code,
        received_at=time,
        claim_due=time + CLAIM_WITHIN_US,
    )


def raise_unreadable(state: State, subject: str, source: int, time: int) -> tuple[Event, ...]:
    """Bytes in the inbox that are no record: an alarm of their own class, without a line."""
    alarm = raise_system(state, subject, source, time, "inbox.malformed")
    return (alarm,)


def _likeness(state: State, recorded: a.SignalRecorded) -> str:
    """`again` within ten minutes of the same line, sequence, code and panel time; `older` beyond; else ``."""
    line = state.lines.get(recorded.signal.line)
    if line is None or recorded.sequence is None:
        return ""
    now = heard_of(recorded)
    alike = [heard for heard in line.recent if heard.sequence == now.sequence and _same(heard, now)]
    if not alike:
        return ""
    gap = abs(now.received_at - alike[-1].received_at)
    return "again" if gap <= RETRANSMIT_US else "older"


def _same(one: Heard, other: Heard) -> bool:
    return (one.code, one.qualifier, one.area, one.zone, one.panel_time) == (
        other.code,
        other.qualifier,
        other.area,
        other.zone,
        other.panel_time,
    )


def _as(recorded: a.SignalRecorded, outcome: a.Outcome, reason: str) -> a.SignalRecorded:
    return msgspec.structs.replace(recorded, outcome=outcome, reason=reason)


def _alarm(  # noqa: PLR0913 - one alarm, everything that is known of it
    state: State,
    signal: SignalReceived | SignalMalformed,
    source: int,
    time: int,
    kind: AlarmClass,
    *,
    repeated: bool,
) -> a.AlarmRaised:
    site = state.sites.get(signal.subject)
    received = signal if isinstance(signal, SignalReceived) else None
    return a.AlarmRaised(
        alarm=derived(state.log_id, state.partition, source),
        number=spoken(state.log_id, state.partition, source),
        subject=signal.subject,
        site_known=site is not None,
        account_space=signal.account_space,
        account=signal.account,
        class_=kind,
        priority=PRIORITY[kind],
        code=received.code if received else RAW_CODE,
        area=received.area if received else "",
        zone=received.zone if received else "",
        received_at=signal.received_at,
        panel_time=received.panel_time if received else None,
        possibly_repeated=repeated,
        site_class=site.site_class if site else None,
        division=site.division if site else None,
        bureau=site.bureau if site else None,
        provider=site.provider if site else None,
        filing=_filing(state, site.provider) if site else None,
        claim_due=time + CLAIM_WITHIN_US,
    )


def _filing(state: State, provider: str) -> Filing | None:
    entry = state.providers.get(provider)
    return entry.filings[0] if entry is not None and entry.filings else None


def signal_key(signal: SignalId) -> str:
    """How a decision names the signal it was made of."""
    return f"{signal.run}/{signal.line}/{signal.counter}"
