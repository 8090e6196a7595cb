"""Free text in what is shown: kept sealed, opened for those who may read it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.contracts.stored import Sealed
from services.contracts.views import AlarmView, EscalationView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.contracts.views import GuardView, VerificationView


def sealed_text(sealed: Sealed | None) -> str:
    """A sealed note as text: the key's name, a full stop, the box in base 64."""
    return "" if sealed is None else f"{sealed.key}.{b64encode(sealed.box).decode()}"


def sealed_of(text: str) -> Sealed:
    """The other way."""
    key, _, box = text.partition(".")
    return Sealed(key=key, box=b64decode(box))


def sealed_notes(view: AlarmView | EscalationView) -> tuple[str, ...]:
    """The notes of a stored view that somebody wrote."""
    evidence = () if view.verification is None else view.verification.evidence
    notes = (*(one.note for one in evidence), *(text for one in view.guards for text in (one.unit, one.note)))
    if isinstance(view, EscalationView):
        notes += tuple(one.text for one in view.feedback)
        notes += (*(one.text for one in view.additions), view.returned_text, view.phone_told)
    return tuple(note for note in notes if note)


def with_notes(view: VerificationView | None, opened: Mapping[str, str]) -> VerificationView | None:
    """The verification with each sealed text replaced by what it says; what cannot be opened is empty."""
    if view is None:
        return None
    evidence = tuple(replace(one, note=opened.get(one.note, "")) for one in view.evidence)
    return replace(view, evidence=evidence)


def with_texts(view: EscalationView, opened: Mapping[str, str]) -> EscalationView:
    """The same for what the police and the centre wrote to each other."""
    return replace(
        view,
        feedback=tuple(replace(one, text=opened.get(one.text, "")) for one in view.feedback),
        additions=tuple(replace(one, text=opened.get(one.text, "")) for one in view.additions),
        returned_text=opened.get(view.returned_text, ""),
        phone_told=opened.get(view.phone_told, ""),
    )


def with_guard_texts(guards: tuple[GuardView, ...], opened: Mapping[str, str]) -> tuple[GuardView, ...]:
    """The same for what guards are called and said."""
    return tuple(replace(one, unit=opened.get(one.unit, ""), note=opened.get(one.note, "")) for one in guards)


def sealed_in(value: object) -> Iterator[Sealed]:
    """Every sealed text in an event."""
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from sealed_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from sealed_in(one)


def told(value: Any, opened: Mapping[Sealed, str]) -> Any:
    """An event as JSON tells it, each sealed text replaced by what it says, or null where it may not be read."""
    if isinstance(value, Sealed):
        return opened.get(value)
    if isinstance(value, tuple):
        return [told(one, opened) for one in value]
    shown = msgspec.to_builtins(value)
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {**shown, **{said: told(getattr(value, name), opened) for said, name in names}}
    return shown
