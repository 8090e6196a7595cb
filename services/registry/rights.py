"""Who may look at what of the register, and who may change it. One place for reading, changing and the past."""

from __future__ import annotations

from services.contracts.registry import SiteDetails
from services.contracts.stored import Actor
from services.picture.visibility import alarm_scope
from services.runtime.problem import Problem

READERS = frozenset(
    {"operator", "shift_supervisor", "engineer", "registrar", "provider_manager", "enforcement_officer", "inspector", "auditor"}
)  # fmt: skip
# What providers there are: an administrator says of whom somebody is.
NAMERS = READERS | {"administrator"}
# What bureaus are called: also whom a report is shown to.
BUREAU_NAMERS = NAMERS | {"police"}
ADOPTERS = frozenset({"registrar", "shift_supervisor", "provider_manager"})
KEEPERS = frozenset({"registrar"})
# Lines, contracts and people of a site.
SITE_KEEPERS = frozenset({"registrar", "provider_manager"})
# Names and numbers of people; every look is written down.
CALLERS = frozenset({"operator", "shift_supervisor", "registrar", "provider_manager"})


def may(who: Actor, roles: frozenset[str]) -> None:
    """Raises the problem `role.missing` (403)."""
    if not roles.intersection(who.roles):
        raise Problem("role.missing", 403, role=", ".join(sorted(roles)))


def sees_provider(who: Actor, provider: str) -> bool:
    """People of a provider see their own; everybody else all of them."""
    return who.provider in {None, provider}


def sees_site(who: Actor, details: SiteDetails) -> bool:
    """The scope in which this person sees alarms."""
    return alarm_scope(who).holds(details)


def may_change_site(who: Actor, details: SiteDetails) -> bool:
    """A site that they see, and of their own provider if they belong to one."""
    return sees_site(who, details) and sees_provider(who, details.provider)


def of_the_whole(who: Actor) -> None:
    """What is no single provider's: bureaus, and new providers. Raises the problem `provider.bound` (403)."""
    if who.provider is not None:
        raise Problem("provider.bound", 403)
