"""How the register's events lie in its event store."""

from __future__ import annotations

import msgspec

from services.contracts.registry import ProviderEvent, RegistryEvent, SiteEvent
from services.eventsourcing.event_store import NewEvent

PROVIDER_EVENT: msgspec.json.Decoder[ProviderEvent] = msgspec.json.Decoder(ProviderEvent)
ANY_EVENT: msgspec.json.Decoder[RegistryEvent] = msgspec.json.Decoder(RegistryEvent)
SITE_EVENT: msgspec.json.Decoder[SiteEvent] = msgspec.json.Decoder(SiteEvent)


def new_event(event: RegistryEvent, by: str) -> NewEvent:
    """The event as it is appended. `by`: who asked for it."""
    tag = str(event.__struct_config__.tag)
    return NewEvent(type=tag, at_us=event.at_us, body=msgspec.json.encode(event), by=by)
