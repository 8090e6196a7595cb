"""What programs report into the inbox. Idempotent by content; never too late, but `too_old` after six days.

A receipt tells what became of an outside effect; a follow-up carries something to another subject.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.restores import GoesOn
from services.contracts.signals import SignalReceived
from services.contracts.stored import Actor, Sealed, Stored, Whole

DeliveryOutcome: TypeAlias = Literal["delivered", "refused", "unknown"]


class Cause(Stored, frozen=True, kw_only=True):
    """The decision that something follows from. `time`: its partition time, UTC microseconds."""

    partition: Whole
    offset: Whole
    time: Whole


class EscalationReceipt(Stored, frozen=True, kw_only=True, tag="receipt.escalation.v1"):
    """What is known of one sending of an escalation. `detail`: the endpoint's words, at most 200 characters.

    `asked`: learnt by asking for the status.
    """

    sender: str
    sent_at: Whole
    subject: str
    escalation: str
    attempt: Whole
    outcome: DeliveryOutcome
    endpoint: str
    detail: str = ""
    asked: bool = False


class TypedWhileUndecided(Stored, frozen=True, kw_only=True, tag="report.typed_while_undecided.v1"):
    """What a person did by telephone about a signal whose partition was stopped. `source`: its inbox offset."""

    id: str
    sender: str
    sent_at: Whole
    subject: str
    by: Actor
    source: Whole
    note: Sealed


class SignalCarried(Stored, frozen=True, kw_only=True, tag="followup.signal_carried.v1"):
    """A signal that was decided at a shell site which had been merged; here for the site it belongs to."""

    sender: str
    sent_at: Whole
    subject: str
    cause: Cause
    signal: SignalReceived


class RestoresWanted(Stored, frozen=True, kw_only=True, tag="followup.restores_wanted.v1"):
    """For a site: what goes on at the shell that was merged into it, as the shell said (`signal.restores_awaited`)."""

    sender: str
    sent_at: Whole
    subject: str
    cause: Cause
    shell: str
    since: Whole
    of: tuple[GoesOn, ...]


class RestoreBrought(Stored, frozen=True, kw_only=True, tag="followup.restore_brought.v1"):
    """For a shell: a restore that came to the site it was merged into (`signal.restore_passed_back`)."""

    sender: str
    sent_at: Whole
    subject: str
    cause: Cause
    code: str
    area: str = ""
    zone: str = ""
    received_at: Whole


class HostClockMeasured(Stored, frozen=True, kw_only=True, tag="report.host_clock.v1"):
    """How far the host's clock is from its time source, as the kernel tells; microseconds.

    `synchronised` is False where nothing disciplines the clock; then `offset_us` means nothing.
    """

    sender: str
    sent_at: Whole
    subject: str
    synchronised: bool
    offset_us: Whole
    error_us: Whole


FollowUp: TypeAlias = SignalCarried | RestoresWanted | RestoreBrought
Report: TypeAlias = (
    EscalationReceipt | TypedWhileUndecided | FollowUp | HostClockMeasured | SystemSilent | SystemHeard
)
