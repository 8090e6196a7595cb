"""What receiving needs from the world: a log that keeps signals, and the register of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from services.contracts.signals import SignalMalformed, SignalReceived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.directory import LineAssigned
    from services.contracts.liveness import HeardDigest

Signal: TypeAlias = SignalReceived | SignalMalformed

LANES = (
    4  # a partition's lane is its number modulo this: appends of different lanes do not wait for each other
)


class AppendFailed(Exception):
    """Nothing may be acknowledged. The fate is unknown: try again with the same records, never with new ids."""


class SignalLog(Protocol):
    """The inbox as ingest sees it: a list that only grows, in order per subject.

    Law: when `append` returns, the records survive the death of everything but the broker's disk, in the given
    order and after everything this log appended to that subject before. When it raises `AppendFailed` or
    is cancelled, each record is there once, twice or not at all; the id says that it is the same signal.
    """

    async def append(self, records: Sequence[Signal]) -> None:
        """Keep the records durably, all of them. Raises `AppendFailed`."""
        ...


class DigestLog(Protocol):
    """Where it is said who was heard. A digest may be lost, or land twice; the next one says the same and more."""

    async def append(self, partition: int, digest: HeardDigest) -> None:
        """Keep it. Raises `AppendFailed`."""
        ...


class LineDirectory(Protocol):
    """Whose line an account is, as the registry last published it."""

    def site_of(self, account_space: str, account: str) -> str | None:
        """The site's id, or None for an account that nobody registered."""
        ...

    def line_of(self, account_space: str, account: str) -> LineAssigned | None:
        """The line as it is registered, or None.

        A panel does not say its account space. The receiver's is looked in first; an account that it does not
        know, but exactly one other space does, is that one's.
        """
        ...
