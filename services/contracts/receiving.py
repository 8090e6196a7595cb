"""What a receiver must tell: signals that it could not keep, or no longer has, and panels that it cannot take at their word."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.stored import Stored, Whole

Trouble: TypeAlias = Literal["not_kept", "spool_damaged", "panel_clock"]


class ReceiverTroubled(Stored, frozen=True, kw_only=True, tag="report.receiver_troubled.v1"):
    """A receiver's own trouble, reported when the log is there again. Times: UTC microseconds.

    `not_kept`: neither the log nor the disk took signals; `count` of them were not acknowledged, and their panels
    send them again, or not. `spool_damaged`: `count` lines of the spool could not be read; they had been
    acknowledged. `panel_clock`: of the line `account_space`/`account`, whose site is the subject, so many encrypted
    messages in a row were turned away for their time (DC-09-2013, 5.5.1.9); the line's alarms do not arrive.
    """

    sender: str
    sent_at: Whole
    subject: str
    trouble: Trouble
    since: Whole
    until: Whole
    count: Whole
    account_space: str = ""
    account: str = ""


class ReceiverTroubleNoted(Stored, frozen=True, kw_only=True, tag="receiver.trouble_noted.v1"):
    """Event: between `since` and `until` this receiver, or this line, had this trouble; an alarm of the system follows."""

    subject: str
    trouble: Trouble
    since: Whole
    until: Whole
    count: Whole
    account_space: str = ""
    account: str = ""
