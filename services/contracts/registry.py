"""What the registry's event store keeps for ever. Names of places stay here; topics get ids only."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.directory import Filing, SiteClass
from services.contracts.stored import Sealed, Stored

Service: TypeAlias = Literal["design", "installation", "maintenance", "alarm_operation"]


class ProviderRegistered(Stored, frozen=True, kw_only=True, tag="provider.registered.v1"):
    """A provider is known. `key`: how the registrar names it; the id is derived from it."""

    at_us: int
    provider: str
    key: str
    name: str


class ProviderRenamed(Stored, frozen=True, kw_only=True, tag="provider.renamed.v1"):
    """The provider is called so from now on."""

    at_us: int
    provider: str
    name: str


class FilingSet(Stored, frozen=True, kw_only=True, tag="provider.filing_set.v1"):
    """The provider's filing (备案) with one authority is now this."""

    at_us: int
    provider: str
    filing: Filing


class SiteDetails(Stored, frozen=True, kw_only=True):
    """What a register says of a site. `division`: GB/T 2260; `bureau`: GA/T 380; degrees of WGS-84."""

    name: str
    provider: str
    site_class: SiteClass
    division: str
    bureau: str
    lon: float | None = None
    lat: float | None = None


class SiteRegistered(Stored, frozen=True, kw_only=True, tag="site.registered.v1"):
    """A site is known."""

    at_us: int
    site: str
    key: str
    details: SiteDetails


class SiteCorrected(Stored, frozen=True, kw_only=True, tag="site.corrected.v1"):
    """The whole entry as it is from now on."""

    at_us: int
    site: str
    details: SiteDetails


class SiteLineAssigned(Stored, frozen=True, kw_only=True, tag="site.line_assigned.v1"):
    """Panels name the site by this account line. Said again of the same line: its `key` is this from now on.

    `key`: the AES key of the line's DC-09 panel, sealed (`runtime.line_keys`); None for plain text.
    """

    at_us: int
    site: str
    account_space: str
    account: str
    key: Sealed | None = None


class SiteLineSupervised(Stored, frozen=True, kw_only=True, tag="site.line_supervised.v1"):
    """The line of the site is to be heard at least every `interval_s`; None: it is not supervised any more."""

    at_us: int
    site: str
    account_space: str
    account: str
    interval_s: int | None
    delay_s: int = 0


class SiteMerged(Stored, frozen=True, kw_only=True, tag="site.merged.v1"):
    """A shell site turned out to be another site; its lines belong to that one from now on."""

    at_us: int
    site: str
    into: str


class SiteLineReleased(Stored, frozen=True, kw_only=True, tag="site.line_released.v1"):
    """Panels name the site by this account line no more."""

    at_us: int
    site: str
    account_space: str
    account: str


class Contract(Stored, frozen=True, kw_only=True):
    """What the site's provider does for a subscriber (联网用户). Dates: 2024-05-31.

    `parties`: who the subscriber is and who is responsible for what (LNV-2008:14), sealed: the subscriber may be a
    private person. Left out of copies.
    """

    id: str
    number: str
    services: tuple[Service, ...]
    begins: str
    ends: str | None = None
    parties: Sealed | None = None


class SiteContractSet(Stored, frozen=True, kw_only=True, tag="site.contract_set.v1"):
    """The contract of this id is so from now on."""

    at_us: int
    site: str
    contract: Contract


class Callee(Stored, frozen=True, kw_only=True):
    """Somebody to call. `details`: name, number and when, sealed; left out of copies."""

    person: str
    details: Sealed | None = None


class SiteCallListSet(Stored, frozen=True, kw_only=True, tag="site.call_list_set.v1"):
    """Whom to call about the site, in this order."""

    at_us: int
    site: str
    people: tuple[Callee, ...]


class BureauSet(Stored, frozen=True, kw_only=True, tag="bureau.set.v1"):
    """A bureau (GA/T 380) and its area, as divisions of GB/T 2260. The whole entry as it is from now on."""

    at_us: int
    bureau: str
    name: str
    divisions: tuple[str, ...]


ProviderEvent: TypeAlias = ProviderRegistered | ProviderRenamed | FilingSet
SiteEvent: TypeAlias = (
    SiteRegistered
    | SiteCorrected
    | SiteLineAssigned
    | SiteLineSupervised
    | SiteLineReleased
    | SiteMerged
    | SiteContractSet
    | SiteCallListSet
)
RegistryEvent: TypeAlias = ProviderEvent | SiteEvent | BureauSet


class RegistryRecord(Stored, frozen=True, kw_only=True, tag="registry.record.v1"):
    """Topic registry.events: what lies at `position` of the store, without names and places of sites and what is sealed.

    `digest`: SHA-256 of the event's bytes in the store, so that this copy proves what stands there.
    """

    position: int
    stream: str
    version: int
    at_us: int
    by: str
    digest: str
    event: RegistryEvent
