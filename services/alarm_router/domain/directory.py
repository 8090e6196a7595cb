"""What the registry says: sites and providers as known from here on, and open alarms of a site that was a shell."""

from __future__ import annotations

from services.alarm_router.domain.signal import filing_of
from services.alarm_router.domain.state import State
from services.contracts import directory as d
from services.contracts.alarm import AlarmAdopted, AlarmRaised
from services.contracts.envelope import Event


def decide_change(state: State, message: d.SiteSet | d.ProviderSet) -> tuple[Event, ...]:
    """The events of a change at a position that is new."""
    if isinstance(message, d.ProviderSet):
        return (d.ProviderNoted(position=message.position, provider=message.provider),)
    noted = d.SiteNoted(position=message.position, site=message.site)
    return noted, *_adopted(state, message)


def merged_into(state: State, subject: str) -> str | None:
    """The other site that this one turned out to be, if so."""
    site = state.sites.get(subject)
    return None if site is None or site.merged_into == subject else site.merged_into


def adopt_raised(state: State, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """For what is raised at a merged site all the same: that it belongs to the other one."""
    return tuple(
        _adopt(state, event.alarm, state.sites[event.subject], state.registry_position)
        for event in events
        if isinstance(event, AlarmRaised) and merged_into(state, event.subject) is not None
    )


def _adopted(state: State, message: d.SiteSet) -> tuple[AlarmAdopted, ...]:
    """The open alarms that were not known to belong there. What is known of the others stays as it was known."""
    site = message.site
    return tuple(
        _adopt(state, alarm, site, message.position)
        for alarm in state.open_of.get(site.id, ())
        if state.happenings[alarm].site != (site.merged_into or site.id)
    )


def _adopt(state: State, alarm: str, site: d.SiteEntry, position: int) -> AlarmAdopted:
    """That the alarm belongs to the registered site. A merged entry carries what is known of the other site."""
    return AlarmAdopted(
        alarm=alarm,
        site=site.merged_into or site.id,
        site_class=site.site_class,
        division=site.division,
        bureau=site.bureau,
        provider=site.provider,
        filing=filing_of(state, site),
        registry_position=position,
    )
