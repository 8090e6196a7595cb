"""The registry as the router knows it: whole entries with the registry's gapless position."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from services.contracts.stored import Sealed, Stored, Whole

FilingState: TypeAlias = Literal["none", "submitted", "filed", "changed", "withdrawn", "not_required_here"]
SiteClass: TypeAlias = Literal["key_unit", "public_area", "other"]


class Filing(Stored, frozen=True, kw_only=True):
    """A provider's filing (备案) with one authority. It has no expiry and cannot be suspended (LN-2015:16).

    `reference`: the authority's number of the filing, as the provider gave it. `division`: the area (GB/T 2260)
    for whose sites this authority is competent; None: nobody said.
    """

    authority: str
    state: FilingState
    since: str | None = None
    reference: str | None = None
    division: str | None = None


def lies_in(division: str, area: str) -> bool:
    """Whether a division is the area or a part of it. GB/T 2260: pairs of zeros at the end name the whole level above."""
    return division.startswith(re.sub(r"(00)+$", "", area))


class ProviderEntry(Stored, frozen=True, kw_only=True):
    """A provider as decisions need it; its name stays in PostgreSQL."""

    id: str
    filings: tuple[Filing, ...] = ()


class Line(Stored, frozen=True, kw_only=True):
    """An account by which panels name the site.

    `interval_s`: it is heard at least so often, else it falls silent (`liveness.timeout_us`); None: not supervised.
    `delay_s`: what the way of its signals may add.
    """

    account_space: str
    account: str
    interval_s: Whole | None = None
    delay_s: Whole = 0


class SiteEntry(Stored, frozen=True, kw_only=True):
    """A site as decisions need it; names, people and addresses stay in PostgreSQL. Division: GB/T 2260.

    `merged_into`: a shell site that turned out to be this other site; what still comes for it is carried over.
    """

    id: str
    provider: str
    site_class: SiteClass
    division: str
    bureau: str
    lines: tuple[Line, ...] = ()
    merged_into: str | None = None


class SiteSet(Stored, frozen=True, kw_only=True, tag="directory.site_set.v1"):
    """Inbox: the registry's entry of a site at `position`. Goes to the site's partition."""

    sender: str
    sent_at: Whole
    position: Whole
    site: SiteEntry


class ProviderSet(Stored, frozen=True, kw_only=True, tag="directory.provider_set.v1"):
    """Inbox: the registry's entry of a provider at `position`. Goes to every partition."""

    sender: str
    sent_at: Whole
    position: Whole
    provider: ProviderEntry


class SiteNoted(Stored, frozen=True, kw_only=True, tag="directory.site_noted.v1"):
    """Event: from this point of the record the site is known so."""

    position: Whole
    site: SiteEntry


class ProviderNoted(Stored, frozen=True, kw_only=True, tag="directory.provider_noted.v1"):
    """Event: from this point of the record the provider is known so."""

    position: Whole
    provider: ProviderEntry


class LineAssigned(Stored, frozen=True, kw_only=True, tag="directory.line_assigned.v1"):
    """Topic registry.directory, key `account_space/account`: whose line it is, for ingest.

    `key`: the AES key of its DC-09 panel, sealed (`runtime.line_keys`); None for a line that speaks plain text.
    """

    position: Whole
    account_space: str
    account: str
    site: str
    key: Sealed | None = None


class LineReleased(Stored, frozen=True, kw_only=True, tag="directory.line_released.v1"):
    """Topic registry.directory, key `account_space/account`: the line is nobody's any more."""

    position: Whole
    account_space: str
    account: str


LineRecord: TypeAlias = LineAssigned | LineReleased
