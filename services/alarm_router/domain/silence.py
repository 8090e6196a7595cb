"""Which lines are to be heard, and which of them are silent: said by the watch, decided here.

The register says what is supervised; the fold keeps that by line, the newest change last, so that the watch finds
what changed at the end. A line that is supervised no more is silent no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec

from services.alarm_router.domain.escalation import TOO_OLD_US
from services.contracts.envelope import Accepted, Already, Answer, Event, Refused
from services.contracts.liveness import (
    SystemFellSilent,
    SystemHeard,
    SystemHeardAgain,
    SystemSilent,
    timeout_us,
)
from services.contracts.topics import line_key

if TYPE_CHECKING:
    from services.alarm_router.domain.state import State
    from services.contracts.directory import SiteEntry

SilenceReport: TypeAlias = SystemSilent | SystemHeard


class Supervised(msgspec.Struct, frozen=True, gc=False):
    """A line that is to be heard: whose it is, and how long it may say nothing."""

    subject: str
    account_space: str
    account: str
    timeout_us: int


class Silence(msgspec.Struct, gc=False):
    """By line: what is to be heard, and since when the silent ones were last heard. Only the former fall silent."""

    supervised: dict[str, Supervised] = msgspec.field(default_factory=dict)
    silent: dict[str, int] = msgspec.field(default_factory=dict)


def decide_silent(state: State, report: SilenceReport, time: int) -> tuple[Answer, tuple[Event, ...]]:
    """What follows from a report of the watch; nothing where the state says so already."""
    line = line_key(report.account_space, report.account)
    known = state.silence.supervised.get(line)
    if known is None or known.subject != report.subject:
        return Refused(reason="system.not_supervised"), ()
    if time > report.sent_at + TOO_OLD_US:
        return Refused(reason="too_old"), ()
    silent_since = state.silence.silent.get(line)
    match report:
        case SystemSilent():
            return _fell_silent(report) if silent_since is None else (Already(), ())
        case SystemHeard():
            return (Already(), ()) if silent_since is None else _heard_again(report, silent_since)
        case _:
            assert_never(report)


def report_key(report: SilenceReport) -> str:
    """How a decision names the report it was made of."""
    line = line_key(report.account_space, report.account)
    if isinstance(report, SystemSilent):
        return f"silent/{line}/{report.last_heard_at}"
    return f"heard/{line}/{report.heard_at}"


def _fell_silent(report: SystemSilent) -> tuple[Answer, tuple[Event, ...]]:
    event = SystemFellSilent(
        subject=report.subject,
        account_space=report.account_space,
        account=report.account,
        last_heard_at=report.last_heard_at,
        timeout_us=report.timeout_us,
    )
    return Accepted(), (event,)


def _heard_again(report: SystemHeard, silent_since: int) -> tuple[Answer, tuple[Event, ...]]:
    event = SystemHeardAgain(
        subject=report.subject,
        account_space=report.account_space,
        account=report.account,
        silent_since=silent_since,
        heard_at=report.heard_at,
    )
    return Accepted(), (event,)


def fell_silent(silence: Silence, event: SystemFellSilent) -> None:
    """The fold of an event."""
    silence.silent[line_key(event.account_space, event.account)] = event.last_heard_at


def heard_again(silence: Silence, event: SystemHeardAgain) -> None:
    """The fold of an event."""
    silence.silent.pop(line_key(event.account_space, event.account), None)


def site_noted(silence: Silence, before: SiteEntry | None, site: SiteEntry) -> None:
    """The fold of a site's entry: its lines are to be heard as it says. `before`: the entry it replaces."""
    wanted = _supervised(site)
    for line in _supervised(before) if before is not None else ():
        known = silence.supervised.get(line)
        if line not in wanted and known is not None and known.subject == site.id:
            del silence.supervised[line]
            silence.silent.pop(line, None)
    for line, supervised in wanted.items():
        if silence.supervised.get(line) != supervised:
            silence.supervised.pop(line, None)  # what changed stands last
            silence.supervised[line] = supervised


def _supervised(site: SiteEntry) -> dict[str, Supervised]:
    return {
        line_key(line.account_space, line.account): Supervised(
            site.id, line.account_space, line.account, timeout_us(line.interval_s, line.delay_s)
        )
        for line in site.lines
        if line.interval_s is not None
    }
