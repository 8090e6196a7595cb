"""The whole register as of a position: the fold of everything that lies up to there."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from services.contracts.registry import BureauSet, ProviderEvent, RegistryEvent, SiteEvent
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s

Entry: TypeAlias = p.Provider | s.Site | b.Bureau


class Register(msgspec.Struct):
    """Entries by stream."""

    entries: dict[str, Entry] = msgspec.field(default_factory=dict)

    def take(self, stream: str, event: RegistryEvent) -> None:
        """What lies next."""
        self.entries[stream] = evolved(self.entries.get(stream), event)

    def providers(self) -> dict[str, p.Known]:
        """By id."""
        return {one.id: one for one in self.entries.values() if isinstance(one, p.Known)}

    def sites(self) -> dict[str, s.Known]:
        """By id; merged shells are none."""
        return {one.id: one for one in self.entries.values() if isinstance(one, s.Known)}

    def bureaus(self) -> dict[str, b.Bureau]:
        """By id."""
        return {one.id: one for one in self.entries.values() if isinstance(one, b.Bureau)}


def evolved(entry: Entry | None, event: RegistryEvent) -> Entry:
    """The entry after an event of its stream; None: it is the first one."""
    if isinstance(event, BureauSet):
        return b.evolve(b.Bureau(), event)
    if isinstance(event, ProviderEvent):
        return p.evolve(entry if isinstance(entry, p.Unknown | p.Known) else p.Unknown(), event)
    assert isinstance(event, SiteEvent)
    known = entry if isinstance(entry, s.Unknown | s.Known | s.Merged) else s.Unknown()
    return s.evolve(known, event)
