"""The copy of the store carries what changed and no person's name, number or place."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from services.contracts.codec import encode
from services.contracts.registry import (
    Callee,
    Contract,
    ProviderRegistered,
    RegistryEvent,
    SiteCallListSet,
    SiteContractSet,
    SiteCorrected,
    SiteDetails,
    SiteLineAssigned,
    SiteRegistered,
)
from services.contracts.stored import Sealed
from services.eventsourcing.event_store import StoredEvent
from services.registry.handlers.copying import copied
from services.registry.handlers.stored_form import new_event

BOX = Sealed(key="k", box=b"a sealed box of words")
DETAILS = SiteDetails(
    name="陈宅",
    provider="p",
    site_class="other",
    division="350102",
    bureau="350102000000",
    lon=119.3,
    lat=26.1,
)
CONTRACT = Contract(id="c", number="HT-1", services=("design",), begins="2026-01-01", parties=BOX)
EVENTS: list[RegistryEvent] = [
    ProviderRegistered(at_us=1, provider="p", key="p", name="安居报警"),
    SiteRegistered(at_us=1, site="s", key="陈先生家", details=DETAILS),
    SiteCorrected(at_us=1, site="s", details=DETAILS),
    SiteLineAssigned(at_us=1, site="s", account_space="default", account="1", key=BOX),
    SiteContractSet(at_us=1, site="s", contract=CONTRACT),
    SiteCallListSet(at_us=1, site="s", people=(Callee(person="li", details=BOX),)),
]


def test_what_is_personal_stays_behind_and_the_digest_proves_the_rest() -> None:
    for position, event in enumerate(EVENTS, 1):
        new = new_event(event, "zhao")
        stored = StoredEvent(position, "a/b", position, new.type, new.at_us, new.body, new.by)
        record = copied(stored)
        written = encode(record)
        assert (record.position, record.by, record.digest) == (position, "zhao", sha256(new.body).hexdigest())
        assert type(record.event) is type(event)
        for private in ("陈".encode(), b"119.3", b"YSBzZWFsZWQ"):
            assert private not in written


def test_what_is_not_personal_is_copied_as_it_is() -> None:
    for event in (EVENTS[0], msgspec.structs.replace(EVENTS[3], key=None)):
        new = new_event(event, "zhao")
        assert copied(StoredEvent(1, "a/b", 1, new.type, 1, new.body, "zhao")).event == event
