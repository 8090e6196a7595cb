"""Free text in what is shown of the past: opened for those who may read it, else a bar where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.picture import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.contracts.envelope import Event, InboxRecord
    from services.contracts.stored import Sealed
    from services.contracts.views import AlarmView, EscalationView

BAR = "█████"


def sealed_in_views(views: Iterable[AlarmView | EscalationView]) -> dict[str, Sealed]:
    """The sealed texts of stored views, by the text that stands for them."""
    return {text: notes.sealed_of(text) for view in views for text in notes.sealed_notes(view)}


def sealed_in(events: Iterable[Event | InboxRecord]) -> dict[str, Sealed]:
    """The same of events, or of what was asked."""
    return {notes.sealed_text(one): one for event in events for one in notes.sealed_in(event)}


def in_clear(event: Event | InboxRecord, said: Mapping[str, str]) -> dict[str, Any]:
    """The event with each sealed text as `said`, or a bar."""
    opened = {one: said.get(notes.sealed_text(one), BAR) for one in notes.sealed_in(event)}
    shown: dict[str, Any] = notes.told(event, opened)
    return shown
