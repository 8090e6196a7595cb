"""What a partition remembers by name, of texts that it holds once.

It holds a hundred thousand sites, and each says in the same few words whose it is and where, and its id stands in several
places. What is read from bytes is a new text each time, 400 bytes of a site: here equal ones become one object.
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.alarm_router.domain import line as lines
from services.alarm_router.domain.silence import Supervised
from services.contracts.directory import SiteEntry

if TYPE_CHECKING:
    from services.alarm_router.domain.state import State

Sites = Mapping[str, SiteEntry]


def share(state: State) -> None:
    """Have a whole state that was read from bytes hold equal texts once."""
    lines.shared(state.lines.known)
    state.sites = of_sites(state.sites)
    state.lines.registered = of_registered(state.sites, state.lines.registered)
    state.silence.supervised = of_supervised(state.sites, state.silence.supervised)


def of_site(site: SiteEntry) -> SiteEntry:
    """The entry, with what other sites say alike."""
    return replace(
        site,
        provider=intern(site.provider),
        division=intern(site.division),
        bureau=intern(site.bureau),
        lines=tuple(replace(line, account_space=intern(line.account_space)) for line in site.lines),
    )


def of_sites(read: Sites) -> dict[str, SiteEntry]:
    """Entries, under the ids that they hold."""
    return {site.id: of_site(site) for site in read.values()}


def of_registered(sites: Sites, read: Mapping[str, str]) -> dict[str, str]:
    """Whose each line is, by the id that the site's entry holds."""
    return {line: _id(sites, site) for line, site in read.items()}


def of_supervised(sites: Sites, read: Mapping[str, Supervised]) -> dict[str, Supervised]:
    """Who is to be heard, likewise."""
    return {
        line: replace(one, subject=_id(sites, one.subject), account_space=intern(one.account_space))
        for line, one in read.items()
    }


def _id(sites: Sites, name: str) -> str:
    return sites[name].id if name in sites else name
