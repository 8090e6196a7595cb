"""What the register calls things. Names are no part of the record: they are joined when a view is read."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from services.contracts.views import AlarmView, EscalationView
from services.picture.alarm_view import with_notes

V = TypeVar("V", AlarmView, EscalationView)


class SiteName(msgspec.Struct, frozen=True, gc=False):
    """A site as people know it. WGS-84 degrees."""

    name: str
    lon: float | None
    lat: float | None
    provider_name: str


class Reading(msgspec.Struct, frozen=True):
    """What is needed to show stored views: names by site id, and sealed notes with what they say."""

    sites: dict[str, SiteName]
    notes: dict[str, str]

    def show(self, view: V, *, notes: bool) -> V:
        """The view as a person sees it; `notes`: whether this person may read free text."""
        site = self.sites.get(view.site)
        verification = with_notes(view.verification, self.notes if notes else {})
        if site is None:
            return msgspec.structs.replace(view, verification=verification)
        return msgspec.structs.replace(
            view,
            verification=verification,
            site_name=site.name,
            lon=site.lon,
            lat=site.lat,
            provider_name=site.provider_name,
        )
