"""Which lines are to be heard, and which of them are silent: said by the watch, decided here.

The register says what is supervised; a line that is supervised no more is silent no more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec

from services.alarm_router.domain.escalation import TOO_OLD_US
from services.contracts.envelope import Accepted, Already, Answer, Decision, Event, Refused
from services.contracts.liveness import (
    SystemFellSilent,
    SystemHeard,
    SystemHeardAgain,
    SystemSilent,
    timeout_us,
)
from services.contracts.stored import kept
from services.contracts.topics import line_key

if TYPE_CHECKING:
    from services.alarm_router.domain.state import State
    from services.contracts.directory import SiteEntry

SilenceReport: TypeAlias = SystemSilent | SystemHeard
SILENT, HEARD = "silent/", "heard/"  # how the id of a decision about such a report begins
LATEST = 1_000
_timeout_us = lru_cache(timeout_us)  # one number for all lines of an interval


class Supervised(msgspec.Struct, frozen=True, gc=False):
    """A line that is to be heard: whose it is, and how long it may say nothing."""

    subject: str
    account_space: str
    account: str
    timeout_us: int


class Silence(msgspec.Struct, gc=False):
    """By line: what is to be heard, and when the silent ones had last been heard. Only the former fall silent.

    `told`: the mark of a line's last turn: that it is silent, heard again, or judged otherwise by the register. It is
    about when that was decided, and greater than any mark of the line before. A report carries the mark that the watch
    saw; behind another turn it says nothing, and the watch makes it anew while it still differs. (What was heard when would
    not tell: a receiver's clock may be set back. Neither would when it was sent: so may a router's.)
    `gone`: the mark of a line that is supervised no more, while reports of then may come.
    `changes`: how often what is to be heard changed; `latest` are the lines of the latest changes, so that the watch
    need not look through all.
    """

    supervised: dict[str, Supervised] = msgspec.field(default_factory=dict)
    silent: dict[str, int] = msgspec.field(default_factory=dict)
    told: dict[str, int] = msgspec.field(default_factory=dict)
    gone: dict[str, int] = msgspec.field(default_factory=dict)
    changes: int = 0
    latest: list[str] = msgspec.field(default_factory=list)


def decide_silent(state: State, report: SilenceReport, time: int) -> tuple[Answer, tuple[Event, ...]]:
    """What follows from a report of the watch; nothing where the state says so already."""
    line = line_key(report.account_space, report.account)
    known = state.silence.supervised.get(line)
    if known is None or known.subject != report.subject or _is_judged_otherwise(report, known):
        return Refused(reason="system.not_supervised"), ()
    if time > report.sent_at + TOO_OLD_US:
        return Refused(reason="too_old"), ()
    if not _saw(report, state.silence.told.get(line, 0)):
        return Already(), ()
    silent_since = state.silence.silent.get(line)
    match report:
        case SystemSilent():
            return _fell_silent(report) if silent_since is None else (Already(), ())
        case SystemHeard():
            return (Already(), ()) if silent_since is None else _heard_again(report, silent_since)
        case _:
            assert_never(report)


def _saw(report: SilenceReport, told: int) -> bool:
    """Whether the watch knew the line's last turn. Of what an earlier version reported its clock has to tell."""
    return report.sent_at > told if report.told is None else report.told == told


def _is_judged_otherwise(report: SilenceReport, known: Supervised) -> bool:
    """Whether the register changed the time-out while the report was on its way."""
    return isinstance(report, SystemSilent) and report.timeout_us != known.timeout_us


def decision_id(report: SilenceReport) -> str:
    """How a decision names the report it was made of; its end is what that saw, or when an earlier version sent it."""
    return f"{report_key(report)}/{report.sent_at if report.told is None else report.told}"


def report_key(report: SilenceReport) -> str:
    """What a report is known again by when it is said again."""
    line = line_key(report.account_space, report.account)
    if isinstance(report, SystemSilent):
        return f"{SILENT}{line}/{report.last_heard_at}"
    return f"{HEARD}{line}/{report.heard_at}"


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


def fell_silent(silence: Silence, event: SystemFellSilent, at: int) -> None:
    """The fold of an event, decided at `at`."""
    line = line_key(event.account_space, event.account)
    silence.silent[line] = event.last_heard_at
    silence.told[line] = _turned(silence.told.get(line, 0), at)


def heard_again(silence: Silence, event: SystemHeardAgain, at: int) -> None:
    """The fold of an event, decided at `at`."""
    line = line_key(event.account_space, event.account)
    silence.silent.pop(line, None)
    silence.told[line] = _turned(silence.told.get(line, 0), at)


def mark(silence: Silence, decision: Decision) -> None:
    """The fold of what a decision is named by: no report of an earlier version is believed that was sent before this one.

    Where it is named by what its report saw, that is less than the mark of its own turn.
    """
    for event in decision.events:
        if isinstance(event, SystemFellSilent | SystemHeardAgain):
            line = line_key(event.account_space, event.account)
            silence.told[line] = max(silence.told[line], int(decision.id.rpartition("/")[2]))


def site_noted(silence: Silence, before: SiteEntry | None, site: SiteEntry, at: int) -> None:
    """The fold of a site's entry, noted at `at`: its lines are to be heard as it says. `before`: the entry it replaces."""
    wanted = _supervised(site)
    for line in _supervised(before) if before is not None else ():
        known = silence.supervised.get(line)
        if line not in wanted and known is not None and known.subject == site.id:
            del silence.supervised[line]
            silence.silent.pop(line, None)
            silence.gone[line] = _turned(silence.told.pop(line, 0), at)
            _changed(silence, line)
    for line, supervised in wanted.items():
        known = silence.supervised.get(line)
        if known != supervised:
            gone = silence.gone.pop(line, None)
            if known is not None or gone is not None:
                silence.told[line] = _turned(max(silence.told.get(line, 0), gone or 0), at)
            silence.supervised[line] = supervised
            _changed(silence, line)
    while silence.gone and at - next(iter(silence.gone.values())) > TOO_OLD_US:
        del silence.gone[next(iter(silence.gone))]


def _turned(before: int, at: int) -> int:
    """The mark of a turn, decided at `at`: greater than the one before, also in the same microsecond or behind a clock."""
    return kept(max(before + 1, at))


def _changed(silence: Silence, line: str) -> None:
    silence.changes += 1
    silence.latest.append(line)
    if len(silence.latest) > 2 * LATEST:
        del silence.latest[:LATEST]


def _supervised(site: SiteEntry) -> dict[str, Supervised]:
    return {
        line_key(line.account_space, line.account): Supervised(
            site.id, line.account_space, line.account, _timeout_us(line.interval_s, line.delay_s)
        )
        for line in site.lines
        if line.interval_s is not None
    }
