"""What else people do with a report to the police: the police give it back, pass it on or know of it; the provider adds to it."""

from __future__ import annotations

from random import Random
from typing import Any

from services.contracts import police_track as t
from services.contracts.stored import Actor, Sealed
from services.simulation.registry import BUREAUS

REASONS: tuple[t.ReturnReason, ...] = ("outside_area", "not_police_matter", "unclear", "other")
INCIDENTS = ("", "J-1")  # the number of the police's own, where the telephone named one


def of_the_track(
    random: Random, head: dict[str, Any], police: Actor, provider: Actor, text: Sealed
) -> t.PoliceTrackCommand:
    """One of them, now and then by somebody who may not. `head`: what every command has, of a time `sent_at`."""
    draw = random.random()
    by_police, by_provider = (police, provider) if random.random() < 0.9 else (provider, police)
    of_police, of_provider = {**head, "by": by_police}, {**head, "by": by_provider}
    if draw < 0.2:
        return t.ReturnEscalation(**of_police, reason=random.choice(REASONS))
    if draw < 0.4:
        return t.TransferEscalation(**of_police, to=random.choice(BUREAUS))
    if draw < 0.45:
        return t.NameDuplicate(**of_police, duplicate_of="J-2")
    if draw < 0.75:
        return t.SupplementEscalation(**of_provider, text=text)
    if draw < 0.85:
        return t.RequestStandDown(**of_provider, reason=text)
    number = random.choice(INCIDENTS) or None
    return t.RecordPhoneReport(**of_provider, told=text, spoken_at=head["sent_at"], police_incident_no=number)
