"""The chain of one partition's decisions while it is copied or checked: the same rule as every reader's."""

from __future__ import annotations

import msgspec

from services.contracts.codec import Unreadable, decode_decision
from services.contracts.envelope import NAMING
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.ports import Record
from services.replay.domain.links import link_of


class Linked(msgspec.Struct):
    """How far the chain was followed. `log_id`: what the log is called there."""

    chain: Chain = msgspec.field(default_factory=Chain)
    log_id: str = ""

    @property
    def head(self) -> str:
        """Of the newest record that counts, hexadecimal."""
        return self.chain.head.hex()

    def take(self, offset: int, value: bytes | None) -> None:
        """Follow one record. Raises `LogBroken`."""
        link = None if value is None else link_of(value)
        if value is None or link is None:
            raise LogBroken(f"offset {offset} holds no decision")
        if self.chain.follows(Record(offset, 0, value), link.lies_at, link.prev) and b'"log.' in value:
            self._name(offset, value)

    def _name(self, offset: int, value: bytes) -> None:
        """Text that somebody wrote may look like a tag, so the decision is read."""
        try:
            events = decode_decision(value).events
        except Unreadable as error:
            raise LogBroken(
                f"offset {offset} was written by a version that this one does not know"
            ) from error
        self.log_id = next(
            (one.log_id for one in events if isinstance(one, NAMING)),
            self.log_id,
        )
