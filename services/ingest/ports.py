"""What receiving needs from the world: a log that keeps signals, a disk for when it is away, the register of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from services.contracts.receiving import ReceiverTroubled
from services.contracts.signals import SignalMalformed, SignalReceived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.directory import LineAssigned
    from services.contracts.liveness import HeardDigest
    from services.contracts.stored import Sealed

Signal: TypeAlias = SignalReceived | SignalMalformed
Entry: TypeAlias = Signal | ReceiverTroubled

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


class Inbox(SignalLog, Protocol):
    """The inbox itself: a signal log that takes the receiver's own report as well."""

    async def append(self, records: Sequence[Entry]) -> None:
        """See `SignalLog`."""
        ...


class Segment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A closed part of the spool. `damaged`: lines in it that could not be read."""

    number: int
    signals: tuple[Signal, ...]
    damaged: int = 0


class Spool(Protocol):
    """Signals that wait on this machine's disk while the log is away, in the order in which they were kept.

    Law: when `keep` returns, the signals survive the death of everything but the disk. When it raises or is
    cancelled, each of them lies there or does not; the id says that it is the same signal. A crash at any point
    leaves what was kept, and what was forgotten may be there again.
    """

    @property
    def waiting(self) -> int:
        """Signals kept and not forgotten, those of earlier runs included."""
        ...

    @property
    def size(self) -> int:
        """Bytes that they take."""
        ...

    async def keep(self, signals: Sequence[Signal]) -> None:
        """Put them behind all others. Raises `AppendFailed`: the disk is full, or takes nothing."""
        ...

    async def oldest(self) -> Segment | None:
        """The oldest segment, which takes nothing in from now on; None when nothing waits.

        Raises `AppendFailed`: it cannot be read now, which says nothing of it.
        """
        ...

    async def forget(self, segment: Segment) -> None:
        """Drop it: the log has its signals. One with damage is set aside, for a person.

        Never fails: where the disk does not let go of it, it is forgotten all the same, and the next run finds it
        again and brings the same ids. To keep it here would bring it every moment, and end with nobody receiving.
        """
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


class Keyring(Protocol):
    """Opens the sealed keys of lines."""

    def open(self, sealed: Sealed) -> bytes:
        """The AES key, 16, 24 or 32 bytes. Raises ValueError: it was sealed elsewhere, or altered."""
        ...
