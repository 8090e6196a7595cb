"""The hash of a picture: the same for the desk's rows, a kept screen and the log, whoever looked and whenever.

What is hashed is what the record says. Names and coordinates are the register's, and free text may be erased or
closed to its reader, so both are left out; the sealed text is proved by the record itself. Members that hold
nothing (null, false, 0, an empty text or list) are left out too, so that a later version with a new field gives
the same hash for the same past. docs/proof.md says it for people.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.contracts.views import AlarmView, EscalationView

NOT_OF_THE_RECORD = frozenset({"site_name", "provider_name", "lon", "lat"})
FREE_TEXT = frozenset({"note", "text"})
_LEFT_OUT = NOT_OF_THE_RECORD | FREE_TEXT


class PictureHash:
    """SHA-256 of the canonical JSON of the rows: alarms, then escalations, each given in the order of their ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b'{"alarms":[')
        self._between = b""

    def add(self, view: AlarmView | EscalationView) -> None:
        """The next row."""
        row = _canonical(msgspec.to_builtins(view))
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._hash.update(self._between + text.encode())
        self._between = b","

    def escalations_follow(self) -> None:
        """There are no more alarms."""
        self._hash.update(b'],"escalations":[')
        self._between = b""

    def hex(self) -> str:
        """The hash, in hexadecimal; there are no more escalations."""
        self._hash.update(b"]}")
        return self._hash.hexdigest()


def picture_hash(alarms: Iterable[AlarmView], escalations: Iterable[EscalationView]) -> str:
    """All at once."""
    picture = PictureHash()
    for alarm in sorted(alarms, key=by_id):
        picture.add(alarm)
    picture.escalations_follow()
    for escalation in sorted(escalations, key=by_id):
        picture.add(escalation)
    return picture.hex()


def by_id(view: AlarmView | EscalationView) -> str:
    """The order of rows."""
    return view.id


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        members = ((key, _canonical(inner)) for key, inner in value.items() if key not in _LEFT_OUT)
        return {key: inner for key, inner in members if inner}
    if isinstance(value, (list, tuple)):
        return [_canonical(inner) for inner in value]
    return value
