"""What the register calls things. Names are no part of the record: they are joined when a view is read."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from services.contracts.views import AlarmView, EscalationView
from services.picture.notes import with_guard_texts, with_notes, with_texts

V = TypeVar("V", AlarmView, EscalationView)


class SiteName(msgspec.Struct, frozen=True, gc=False):
    """A site as people know it. WGS-84 degrees. `provider` and `bureau`: whose it is and in whose area."""

    name: str
    lon: float | None
    lat: float | None
    provider_name: str
    provider: str | None = None
    bureau: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """What is needed to show stored views: names by site id, and sealed notes with what they say."""

    sites: dict[str, SiteName]
    notes: dict[str, str]

    def show(self, view: V, *, notes: bool) -> V:
        """The view as a person sees it; `notes`: whether this person may read free text."""
        said = self.notes if notes else {}
        guards = with_guard_texts(view.guards, said)
        view = msgspec.structs.replace(view, verification=with_notes(view.verification, said), guards=guards)
        if isinstance(view, EscalationView):
            view = with_texts(view, said)
        site = self.sites.get(view.site)
        if site is None:
            return view
        return msgspec.structs.replace(
            view,
            site_name=site.name,
            lon=site.lon,
            lat=site.lat,
            provider_name=site.provider_name,
        )
