"""`NoticeBook` in memory."""

from __future__ import annotations

from services.contracts.police import EscalationNotice, NoticeStatus, NoticeTaken


class MemoryNoticeBook:
    """The twin of the one on PostgreSQL."""

    def __init__(self) -> None:
        """Empty."""
        self._taken: dict[str, NoticeStatus] = {}

    async def take(self, notice: EscalationNotice, now_us: int) -> NoticeTaken:
        """See the port."""
        before = self._taken.get(notice.escalation)
        kept = () if before is None else before.additions
        status = NoticeStatus(
            escalation=notice.escalation,
            first_at=now_us if before is None else before.first_at,
            additions=tuple(sorted({*kept, *(one.id for one in notice.additions)})),
        )
        self._taken[notice.escalation] = status
        return NoticeTaken(escalation=status.escalation, first_at=status.first_at, again=before is not None)

    async def status(self, escalation: str) -> NoticeStatus | None:
        """See the port."""
        return self._taken.get(escalation)
