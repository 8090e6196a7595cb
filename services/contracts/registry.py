"""What the registry's event store keeps for ever. Names of places stay here; topics get ids only."""

from __future__ import annotations

from typing import TypeAlias

from services.contracts.directory import Filing, SiteClass
from services.contracts.stored import Sealed, Stored


class ProviderRegistered(Stored, frozen=True, kw_only=True, tag="provider.registered.v1"):
    """A provider is known. `key`: how the registrar names it; the id is derived from it."""

    at_us: int
    provider: str
    key: str
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


ProviderEvent: TypeAlias = ProviderRegistered | FilingSet
SiteEvent: TypeAlias = SiteRegistered | SiteCorrected | SiteLineAssigned | SiteLineSupervised | SiteMerged
RegistryEvent: TypeAlias = ProviderEvent | SiteEvent
