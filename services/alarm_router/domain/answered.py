"""What was answered, for as long as the same may be asked again."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import silence as silences
from services.contracts import alarm as a
from services.contracts.commands import instant_of
from services.contracts.envelope import Decision, Event, Refused

if TYPE_CHECKING:
    from services.alarm_router.domain.state import State

MINUTE_US = 60_000_000
COMMAND_VALID_US = 2 * MINUTE_US
CARRIED = "carried/"  # how the id of a decision about a carried signal begins
HOST_CLOCK = "clock/"  # … about a report of a host's clock; its end is when the report was sent
NAMED = (CARRIED, HOST_CLOCK, silences.SILENT, silences.HEARD)
TOO_EARLY = Refused(reason="too_early")


def keep(state: State, decision: Decision) -> None:
    """The fold of a decision's answer; those whose time is over are forgotten."""
    if "/" not in decision.id:
        _keep_answer(state, decision)
    elif decision.id.startswith(NAMED):
        _keep_name(state, decision)
    while state.answers_end and state.answers_end[0][0] < state.time:
        state.answers.pop(state.answers_end.popleft()[1], None)
    while state.kept_longer and state.kept_longer[0][0] < state.time:
        state.answers.pop(heapq.heappop(state.kept_longer)[1], None)


def _keep_name(state: State, decision: Decision) -> None:
    if decision.id.startswith(CARRIED):
        _keep_longer(state, decision)
    elif decision.id.startswith(HOST_CLOCK):
        _mark_host(state, decision)
    else:
        silences.mark(state.silence, decision)


def _keep_answer(state: State, decision: Decision) -> None:
    """As long as the command may come again; what was too early may for longer, what was typed at any time."""
    if decision.id in state.answers:
        return
    if any(map(_was_typed, decision.events)):
        _keep_longer(state, decision)
        return
    state.answers[decision.id] = decision.answer
    if decision.answer == TOO_EARLY:
        kept_until = instant_of(decision.id) + COMMAND_VALID_US + MINUTE_US
        heapq.heappush(state.kept_longer, (kept_until, decision.id))
    else:
        state.answers_end.append((decision.time + COMMAND_VALID_US + MINUTE_US, decision.id))


def _keep_longer(state: State, decision: Decision) -> None:
    """What may come again at any time, until its cause is too old to be heard of."""
    if decision.id not in state.answers:
        state.answers[decision.id] = decision.answer
        heapq.heappush(state.kept_longer, (decision.time + alarms.KEPT_US, decision.id))


def _was_typed(event: Event) -> bool:
    """Whether it came of what was typed while its partition stood still; that may last for days."""
    return isinstance(event, a.SignalNoted) or (isinstance(event, a.AlarmNoted) and event.undecided)


def _mark_host(state: State, decision: Decision) -> None:
    host = state.hosts.get(decision.subject)
    if host is not None:
        sent_at = max(host.sent_at, int(decision.id.rpartition("/")[2]))
        state.hosts[decision.subject] = replace(host, sent_at=sent_at)
