"""What a receiver must tell about itself: signals that it could not keep, or no longer has."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.stored import Stored

Trouble: TypeAlias = Literal["not_kept", "spool_damaged"]


class ReceiverTroubled(Stored, frozen=True, kw_only=True, tag="report.receiver_troubled.v1"):
    """A receiver's own trouble, reported when the log is there again. Times: UTC microseconds.

    `not_kept`: neither the log nor the disk took signals; `count` of them were not acknowledged, and their panels
    send them again, or not. `spool_damaged`: `count` lines of the spool could not be read; they had been
    acknowledged.
    """

    sender: str
    sent_at: int
    subject: str
    trouble: Trouble
    since: int
    until: int
    count: int


class ReceiverTroubleNoted(Stored, frozen=True, kw_only=True, tag="receiver.trouble_noted.v1"):
    """Event: between `since` and `until` this receiver had this trouble; a supervisor's alarm follows."""

    subject: str
    trouble: Trouble
    since: int
    until: int
    count: int
