"""Free text in what is shown of the past: opened for those who may read it, else a bar where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.picture.alarm_view import sealed_notes, sealed_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from services.contracts.envelope import Event, InboxRecord
    from services.contracts.stored import Sealed
    from services.contracts.views import AlarmView, EscalationView

BAR = "█████"
_SEALED = {"key", "box"}


def sealed_in_views(views: Iterable[AlarmView | EscalationView]) -> dict[str, Sealed]:
    """The sealed texts of stored views, by the text that stands for them."""
    return {text: sealed_of(text) for view in views for text in sealed_notes(view)}


def sealed_in(events: Iterable[Event | InboxRecord]) -> dict[str, Sealed]:
    """The same of events, or of what was asked."""
    return {text: sealed_of(text) for event in events for text in _texts(msgspec.to_builtins(event))}


def in_clear(event: Event | InboxRecord, said: Mapping[str, str]) -> dict[str, Any]:
    """The event with each sealed text as `said`, or a bar."""
    shown: dict[str, Any] = _opened(msgspec.to_builtins(event), said)
    return shown


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.keys() == _SEALED:
            yield _name(value)
        else:
            for inner in value.values():
                yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def _opened(value: Any, said: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        if value.keys() == _SEALED:
            return said.get(_name(value), BAR)
        return {key: _opened(inner, said) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_opened(inner, said) for inner in value]
    return value


def _name(sealed: Mapping[str, str]) -> str:
    return f"{sealed['key']}.{sealed['box']}"
