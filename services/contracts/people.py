"""The roles of people. Ids are stored in sessions, commands and events; their names are the screens' business."""

from __future__ import annotations

from typing import Literal, TypeAlias

Role: TypeAlias = Literal[
    "operator",
    "shift_supervisor",
    "engineer",
    "registrar",
    "provider_manager",
    "police",
    "enforcement_officer",
    "inspector",
    "auditor",
    "administrator",
]
