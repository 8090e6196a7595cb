"""What the registry needs of the world besides its event store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from services.contracts.directory import Line, LineRecord, ProviderSet, SiteSet


class LineBook(Protocol):
    """Which site an account line is registered for."""

    async def sites_of(self, lines: Iterable[Line]) -> dict[Line, tuple[str, str]]:
        """(site id, site key) of each line that is registered."""
        ...


class Overtaken(NamedTuple):
    """A shell site with an open alarm whose account is registered by now, and the site that has it."""

    shell: str
    site: str


class UnknownAccounts(Protocol):
    """What the record does not know whose it is."""

    async def overtaken(self) -> Sequence[Overtaken]:
        """The shells that the register knows better. One that was merged stands here until the record says so."""
        ...


class DirectoryOutlet(Protocol):
    """Where changes of the register go: every partition's inbox, and the lines for ingest."""

    async def send(self, inbox: dict[int, list[SiteSet | ProviderSet]], lines: Sequence[LineRecord]) -> None:
        """Send the lines, then each partition's changes in order; returns when all is acknowledged.

        No change is sent before every line is acknowledged. Raises `OutletFailed`: fate unknown, repeat.
        """
        ...


class OutletFailed(Exception):
    """Not everything was acknowledged: open a new outlet and repeat from the last known position."""
