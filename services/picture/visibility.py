"""Who sees what. List, detail, search, feed, history and command all ask here; SQL gets the same `Scope` as parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from services.picture.escalation_view import Report

if TYPE_CHECKING:
    from services.contracts.interruption import InterruptionView, WindowView
    from services.contracts.stored import Actor
    from services.contracts.views import AlarmView
    from services.picture.undecided import Undecided

PROVIDER_SIDE = frozenset({"operator", "shift_supervisor", "engineer", "registrar", "provider_manager"})
OVERSIGHT = frozenset({"inspector", "auditor", "enforcement_officer"})
POLICE = frozenset({"police"})
NOTE_READERS = frozenset(
    {"operator", "shift_supervisor", "provider_manager", "police", "enforcement_officer", "inspector"}
)


class Placed(Protocol):
    """What a scope looks at."""

    @property
    def provider(self) -> str | None:
        """Whose site it is; None: nobody registered it."""

    @property
    def bureau(self) -> str | None:
        """In whose area it lies; None: not known."""


class Scope(msgspec.Struct, frozen=True):
    """Everything, or one provider's, or one bureau's area and what lies in no known area; else nothing.

    What has no known bureau is shown to every bureau: an escalation that nobody sees is the worse mistake.
    """

    everything: bool = False
    provider: str | None = None
    bureau: str | None = None

    def holds(self, subject: Placed) -> bool:
        """Whether the subject lies in this scope."""
        if self.everything:
            return True
        if self.provider is not None and subject.provider == self.provider:
            return True
        return self.bureau is not None and subject.bureau in {None, self.bureau}


def alarm_scope(person: Actor) -> Scope:
    """The alarms a person sees: provider-side and oversight roles; police and administrators none."""
    return _scope(person, OVERSIGHT)


def escalation_scope(person: Actor) -> Scope:
    """The escalations a person sees: those of the visible alarms, and the police their own."""
    return _scope(person, OVERSIGHT | POLICE)


def visible(person: Actor, subject: AlarmView | Undecided | Report | InterruptionView | WindowView) -> bool:
    """Whether this person sees this; only escalations have a scope of their own, everything else that of the alarms."""
    scope = escalation_scope(person) if isinstance(subject, Report) else alarm_scope(person)
    return scope.holds(subject)


def may_read_notes(person: Actor) -> bool:
    """Whether free text is shown in clear; others see that there is some."""
    return not NOTE_READERS.isdisjoint(person.roles)


def _scope(person: Actor, of_an_area: frozenset[str]) -> Scope:
    centre = not PROVIDER_SIDE.isdisjoint(person.roles)
    area = not of_an_area.isdisjoint(person.roles)
    return Scope(
        everything=(centre and person.provider is None) or (area and person.bureau is None),
        provider=person.provider if centre else None,
        bureau=person.bureau if area else None,
    )
