"""What the shadow must tell: the record says otherwise than the very code that decided it."""

from __future__ import annotations

from services.contracts.stored import Stored, Whole


class DecidedOtherwise(Stored, frozen=True, kw_only=True, tag="report.decided_otherwise.v1"):
    """Decisions of the subject's partition were made again by the code that had made them, and came out otherwise.

    `count` of them, the first at offset `first` of the record, the last at `last`; `parts`: what differs in the first.
    """

    sender: str
    sent_at: Whole
    subject: str
    first: Whole
    last: Whole
    count: Whole
    code: str
    parts: tuple[str, ...]


class DecidedOtherwiseNoted(Stored, frozen=True, kw_only=True, tag="log.decided_otherwise.v1"):
    """Event: so many decisions of this partition do not follow from what was before them; an alarm of the system follows.

    Either a decision was not pure, or the record is not what was decided. Fields as in `DecidedOtherwise`.
    """

    first: Whole
    last: Whole
    count: Whole
    code: str
    parts: tuple[str, ...]
