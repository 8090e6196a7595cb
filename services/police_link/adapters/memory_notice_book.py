"""`NoticeBook` in memory."""

from __future__ import annotations

from services.contracts.police import EscalationNotice, NoticeTaken


class MemoryNoticeBook:
    """The twin of the one on PostgreSQL."""

    def __init__(self) -> None:
        """Empty."""
        self._first: dict[str, int] = {}

    async def take(self, notice: EscalationNotice, now_us: int) -> NoticeTaken:
        """See the port."""
        again = notice.escalation in self._first
        first_at = self._first.setdefault(notice.escalation, now_us)
        return NoticeTaken(escalation=notice.escalation, first_at=first_at, again=again)
