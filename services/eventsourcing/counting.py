"""What counts. A record of alarm.events counts if and only if `lies_at` equals the offset where it lies.

It needs no memory, so every reader agrees, whatever zombies, lost acknowledgements or differing versions of
the code did to the log. Rejected: counting by source alone, which breaks within a few dozen records once an
append lands late; Kafka transactions, which fence a producer but not a decision made on a stale state.
`prev` is for readers that keep state: it chains the counting records, so a cut or an edit is seen.
"""

from __future__ import annotations

import msgspec

from services.contracts.codec import decode_decision, digest
from services.contracts.envelope import Decision
from services.eventsourcing.ports import LogError, Record

NO_HEAD = b"\0" * 16


class LogBroken(LogError):
    """The chain does not hold: the log was cut or altered. Stop and page a supervisor; never mend."""


class Chain(msgspec.Struct):
    """How far one partition was read. `offset`: next to read; `head`: digest of the last counting record."""

    offset: int = 0
    head: bytes = NO_HEAD

    def take(self, record: Record) -> Decision | None:
        """The decision at `record` if it counts. Raises `LogBroken`, or `Unreadable` for unknown tags."""
        decision = decode_decision(record.value)
        return decision if self.follows(record, decision.lies_at, decision.prev) else None

    def follows(self, record: Record, lies_at: int, prev: bytes) -> bool:
        """Go on by a record that was read: whether it counts. Raises `LogBroken`, and stands still."""
        counts = lies_at == record.offset
        if counts and prev != self.head:
            raise LogBroken(f"offset {record.offset} does not follow the record before it")
        self.offset = record.offset + 1
        if counts:
            self.head = digest(record.value)
        return counts
