"""A bureau of the police and the divisions that are its area."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.contracts.directory import lies_in
from services.contracts.registry import BureauSet
from services.eventsourcing.decider import ACCEPTED, ALREADY, Decider, Outcome

# --- State ---


class Bureau(msgspec.Struct, frozen=True, gc=False):
    """As it was said last; without a name nobody said anything. `id`: GA/T 380; `divisions`: GB/T 2260."""

    id: str = ""
    name: str = ""
    divisions: tuple[str, ...] = ()


# --- Commands ---


class SetBureau(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make the bureau known, or correct its entry."""

    id: str
    name: str
    divisions: tuple[str, ...]
    now_us: int


def decide(bureau: Bureau, command: SetBureau) -> Outcome[BureauSet]:
    """What follows from `command`. Pure; a repeated command answers `already`."""
    divisions = tuple(sorted(set(command.divisions)))
    if bureau == Bureau(command.id, command.name, divisions):
        return ALREADY, ()
    said = BureauSet(at_us=command.now_us, bureau=command.id, name=command.name, divisions=divisions)
    return ACCEPTED, (said,)


def evolve(bureau: Bureau, event: BureauSet) -> Bureau:
    """The state after `event`."""
    del bureau
    return Bureau(event.bureau, event.name, event.divisions)


def competent(bureaus: Iterable[Bureau], division: str) -> list[Bureau]:
    """The bureaus in whose area a division lies, the one with the narrowest area first."""
    fitting = [(_narrowest(bureau, division), bureau) for bureau in bureaus]
    found = sorted((-reach, bureau.id, bureau) for reach, bureau in fitting if reach)
    return [bureau for _, _, bureau in found]


def _narrowest(bureau: Bureau, division: str) -> int:
    """How many digits the narrowest area has in which the division lies; 0: none."""
    reaches = (len(area.rstrip("0")) for area in bureau.divisions if lies_in(division, area))
    return max(reaches, default=0)


BUREAU: Decider[Bureau, SetBureau, BureauSet] = Decider(initial=Bureau(), decide=decide, evolve=evolve)
