"""What the past is read from. The log's own port is `services.eventsourcing.ports.EventLog`.

Errors, by what the caller does: `RecordAway` try again later; `RecordBroken` stop and page a supervisor;
`RecordNewer` use the version that wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.contracts.codec import UnknownTag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.contracts.codec import Unreadable
    from services.contracts.stored import Sealed
    from services.picture.names import SiteName


class RecordAway(Exception):
    """The log cannot be read just now."""


class RecordBroken(Exception):
    """The log does not hold together: everything before this place is proved, nothing from here on."""

    def __init__(self, partition: int, offset: int, why: str) -> None:
        """`offset`: the first record that does not follow the one before it."""
        super().__init__(f"partition {partition}, offset {offset}: {why}")
        self.partition, self.offset, self.why = partition, offset, why


class RecordNewer(Exception):
    """A newer version wrote what lies here, and this one does not know it. The record is not at fault."""

    def __init__(self, partition: int, offset: int, why: str) -> None:
        """`offset`: the record that was not understood."""
        super().__init__(f"partition {partition}, offset {offset}: {why}")
        self.partition, self.offset = partition, offset


def not_read(partition: int, offset: int, error: Unreadable) -> RecordBroken | RecordNewer:
    """What to raise where these bytes lie."""
    kind = RecordNewer if isinstance(error, UnknownTag) else RecordBroken
    return kind(partition, offset, str(error))


class NamesThen(Protocol):
    """What the register called things, as known at an instant."""

    async def names(self, sites: Iterable[str], at: int) -> dict[str, SiteName]:
        """Sites that the register did not know at `at` (UTC microseconds) are left out."""


class Vault(Protocol):
    """Sealed free text."""

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        """What each says; a text whose key was erased is left out."""


class BookOfLooks(Protocol):
    """Who looked at what."""

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """Write it down, durably, before the look is answered."""


class ContainerDamaged(Exception):
    """The file is no whole container: nothing can be said about what was in it. Get another copy."""


class ExportBox(Protocol):
    """The container of an export, while it is made."""

    def begin(self, name: str) -> None:
        """What is added from here on belongs to this file."""

    def add(self, raw: bytes) -> None:
        """Some more of it."""


class OpenExport(Protocol):
    """The container of an export, while it is read. Whatever does not hold together raises `ContainerDamaged`."""

    def names(self) -> Sequence[str]:
        """The files in it, each once."""

    def whole(self, name: str) -> bytes:
        """A small file."""

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its line feed."""
