"""The two lists: what goes into a partition's inbox, and the decisions that come out."""

from __future__ import annotations

from typing import TypeAlias, get_args

import msgspec
from typing_extensions import TypeIs

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import guard as g
from services.contracts import interruption as i
from services.contracts import liveness as li
from services.contracts import police_track as pt
from services.contracts import receiving, restores, shadow
from services.contracts import reports as r
from services.contracts.refusal import CommandRefused
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Stored, Whole
from services.contracts.suggestion import ReportSuggested

TICK = "tick/"  # a decision on a tick, or on a stamp alone, is named so, with the place of its cause in the inbox


class Tick(Stored, frozen=True, kw_only=True, tag="tick.v1"):
    """Time has passed; deadlines are judged. Key = partition."""

    sender: str
    sent_at: Whole


Command: TypeAlias = c.Command | g.GuardCommand
InboxRecord: TypeAlias = (
    SignalReceived
    | SignalMalformed
    | c.ClaimAlarm
    | c.VerifyAlarm
    | c.EscalateAlarm
    | c.CloseAlarm
    | c.ReleaseAlarm
    | c.HandOverAlarm
    | c.TakeOverAlarm
    | c.NoteAlarm
    | g.OrderGuard
    | g.ReportGuard
    | g.ReportGuardResult
    | c.SignForEscalation
    | c.DispatchPolice
    | c.ReportOnScene
    | c.GiveFeedback
    | pt.PoliceTrackCommand
    | i.OpenMaintenanceWindow
    | i.EndMaintenanceWindow
    | r.EscalationReceipt
    | r.TypedWhileUndecided
    | r.FollowUp
    | r.HostClockMeasured
    | li.SystemSilent
    | li.SystemHeard
    | receiving.ReceiverTroubled
    | shadow.DecidedOtherwise
    | d.SiteSet
    | d.ProviderSet
    | Tick
)


class LogBegun(Stored, frozen=True, kw_only=True, tag="log.begun.v1"):
    """Genesis, at offset 0 of every partition: names the log."""

    log_id: str
    partition: int
    partitions: int


class Skipped(Stored, frozen=True, kw_only=True):
    """One inbox record that was passed over. `tag` as read, "" where the bytes have none."""

    offset: int
    hash: bytes
    tag: str


class LogMended(Stored, frozen=True, kw_only=True, tag="log.mended.v1"):
    """A stopped partition goes on behind these inbox records, by the word of two persons (`jiejing mend`).

    Its decision's source is the last record skipped. A mismatch of `prev` cannot be mended.
    """

    skipped: tuple[Skipped, ...]
    reason: str
    by: tuple[str, str]


class LogResumed(Stored, frozen=True, kw_only=True, tag="log.resumed.v1"):
    """The log goes on from a copy (`jiejing restore`) under a new name: what was decided behind the copy is lost.

    `before`: how the log was called until here. `copied_at`: when the copy was begun, UTC microseconds. `inbox_end`:
    where the copied inbox ends; what lies below was received before the loss and may have been acted upon.
    """

    log_id: str
    before: str
    copied_at: int
    inbox_end: int


_COMMANDS = frozenset(get_args(Command))


def is_command(message: InboxRecord) -> TypeIs[Command]:
    """Whether a person asks for something. Not `isinstance`: see `refusal.is_of_the_police`."""
    return type(message) in _COMMANDS


class OldHead(Stored, frozen=True, kw_only=True):
    """Where a partition of the old generation ended: its newest decision that counts, 16 bytes of its SHA-256."""

    partition: int
    offset: int
    hash: bytes


class GenerationBegun(Stored, frozen=True, kw_only=True, tag="log.generation_begun.v1"):
    """Genesis of a later generation: the list goes on in new topics (`jiejing generation begin`), under a new name.

    Its decision lies where the old list ended, and names the decision before it as any other does. `before`: how the
    log was called until here. `inbox_begins`: the inbox offset of the new inbox's first record; what lies before is read
    in the old one. `heads`: of every partition of the old generation. `pieces`: how many decisions with a
    `log.state_carried` follow. `left_out`: how many old records lie behind, where the chain did not hold: they are no
    part of the list any more. `reason` and `by`: two persons' word.
    """

    log_id: str
    before: str
    generation: int
    partition: int
    partitions: int
    inbox_begins: int
    heads: tuple[OldHead, ...]
    pieces: int
    left_out: int
    reason: str
    by: tuple[str, str]


NAMING = (LogBegun, LogResumed, GenerationBegun)  # events that say how the log is called from there on


class StatePart(Stored, frozen=True, kw_only=True):
    """A part of a partition's state. `at`: the names that lead to it; `value`: JSON; of a list or names, some more."""

    at: tuple[str, ...]
    value: str


class StateCarried(Stored, frozen=True, kw_only=True, tag="log.state_carried.v1"):
    """What the old generation knew, for whoever reads the new one alone. `number`: of `of`, from 1; all of them count."""

    number: int
    of: int
    parts: tuple[StatePart, ...]


Event: TypeAlias = (
    LogBegun
    | LogMended
    | LogResumed
    | GenerationBegun
    | StateCarried
    | a.SignalRecorded
    | a.SignalCarriedOn
    | a.SignalNoted
    | restores.RestoresAwaited
    | restores.RestoresOwed
    | restores.RestorePassedBack
    | a.AlarmRaised
    | a.AlarmOccurred
    | a.AlarmRestored
    | a.AlarmAdopted
    | a.ClaimFellDue
    | a.AlarmClaimed
    | a.AlarmReleased
    | a.AlarmHandedOver
    | a.AlarmTakenOver
    | a.AlarmNoted
    | a.AlarmVerified
    | ReportSuggested
    | g.GuardOrdered
    | g.GuardReported
    | g.GuardFound
    | a.AlarmEscalated
    | a.EscalationDelivered
    | a.EscalationAskedAgain
    | a.EscalationSignedFor
    | a.PoliceDispatched
    | a.PoliceOnScene
    | a.FeedbackGiven
    | pt.PoliceTrackEvent
    | a.AlarmClosed
    | CommandRefused
    | a.AlarmArchived
    | a.AlarmResumed
    | a.DeadlineFailed
    | a.ClockFaulted
    | a.ClockTrusted
    | a.HostClockNoted
    | li.SystemFellSilent
    | li.SystemHeardAgain
    | i.MaintenanceWindowOpened
    | i.MaintenanceWindowEnded
    | i.MaintenanceWindowArchived
    | i.InterruptionBegan
    | i.InterruptionWidened
    | i.InterruptionRestored
    | i.InterruptionSettled
    | i.InterruptionRevised
    | i.InterruptionAdopted
    | i.InterruptionArchived
    | receiving.ReceiverTroubleNoted
    | shadow.DecidedOtherwiseNoted
    | d.SiteNoted
    | d.ProviderNoted
)


class Accepted(Stored, frozen=True, kw_only=True, tag="accepted"):
    """It happened; the events say what."""


class Already(Stored, frozen=True, kw_only=True, tag="already"):
    """It had happened before; nothing follows."""


class Refused(Stored, frozen=True, kw_only=True, tag="refused"):
    """It may not happen: a stable reason and what a person needs to know."""

    reason: str
    params: dict[str, str] = msgspec.field(default_factory=dict)


Answer: TypeAlias = Accepted | Already | Refused


class Source(Stored, frozen=True, kw_only=True):
    """The inbox record that was decided: its offset (-1: genesis) and the first 16 bytes of its SHA-256."""

    offset: int
    hash: bytes


class Decision(Stored, frozen=True, kw_only=True, tag="decision.v1"):
    """One record of alarm.events. It counts if and only if `lies_at` is the offset where it lies.

    `prev`: first 16 bytes of SHA-256 of the preceding counting record's value. `time`: partition time.
    `code`: version of the code that decided. `id`: the command's id, or "run/line/counter" of a signal.
    """

    lies_at: int
    prev: bytes
    time: int
    code: str
    subject: str
    source: Source
    id: str
    answer: Answer
    events: tuple[Event, ...]
