"""The copy of the store for topic registry.events: every event at its position, without what is personal.

Names and places of sites and the boxes of sealed texts stay in PostgreSQL; the digest of the stored bytes lets
whoever has both prove that they belong together.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from services.contracts.registry import (
    RegistryEvent,
    RegistryRecord,
    SiteCallListSet,
    SiteContractSet,
    SiteCorrected,
    SiteDetails,
    SiteLineAssigned,
    SiteRegistered,
)
from services.eventsourcing.event_store import StoredEvent
from services.registry.handlers.stored_form import ANY_EVENT


def copied(stored: StoredEvent) -> RegistryRecord:
    """The event as the topic has it."""
    return RegistryRecord(
        position=stored.position,
        stream=stored.stream,
        version=stored.version,
        at_us=stored.at_us,
        by=stored.by,
        digest=sha256(stored.body).hexdigest(),
        event=withheld(ANY_EVENT.decode(stored.body)),
    )


def withheld(event: RegistryEvent) -> RegistryEvent:
    """The event without what is personal."""
    match event:
        case SiteRegistered():
            return msgspec.structs.replace(event, key="", details=_placeless(event.details))
        case SiteCorrected():
            return msgspec.structs.replace(event, details=_placeless(event.details))
        case SiteLineAssigned():
            return msgspec.structs.replace(event, key=None)
        case SiteContractSet(contract=contract):
            return msgspec.structs.replace(event, contract=msgspec.structs.replace(contract, parties=None))
        case SiteCallListSet(people=people):
            bare = tuple(msgspec.structs.replace(one, details=None) for one in people)
            return msgspec.structs.replace(event, people=bare)
        case _:
            return event


def _placeless(details: SiteDetails) -> SiteDetails:
    return msgspec.structs.replace(details, name="", lon=None, lat=None)
