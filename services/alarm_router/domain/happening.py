"""What the panels say of an alarm: the other axis beside what people do with it (`alarm`).

Signals of one subject within ten minutes of each other are one happening (报警组, `alarm_group`). A signal of the
same family as an open alarm of the happening, and not more urgent, is an occurrence of that alarm: kept in the
record, and no second alarm to be taken. A more urgent one is an alarm of its own in the same group, and duress always
is. Rejected: merging by zone alone, which hides that a second zone went off; merging whatever comes, which lets a
power failure swallow a burglary.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain.codes import FAMILY, PRIORITY, ended_by
from services.contracts import alarm as a
from services.contracts.alarm import AlarmClass
from services.contracts.commands import ReportAtOnceRule
from services.contracts.suggestion import ReportSuggested

GROUP_US = 600_000_000
KEPT_UNRESTORED = 32


class Happening(msgspec.Struct, frozen=True, gc=False):
    """What is known of one alarm from its signals. `site`: the registered site that it is known to belong to.

    `suggested`: the report-at-once rules that it met. `zones`: the last two burglary zones with when they were heard;
    `unrestored`: codes and zones not yet over.
    """

    class_: AlarmClass
    code: str
    priority: int
    group: str
    site: str | None
    suggested: tuple[ReportAtOnceRule, ...] = ()
    zones: tuple[tuple[str, int], ...] = ()
    unrestored: tuple[tuple[str, str], ...] = ()


class Group(msgspec.Struct, frozen=True, gc=False):
    """The newest happening of a subject. `alarms`: how many of it are still held."""

    id: str
    heard_at: int
    alarms: int


def raised(event: a.AlarmRaised) -> Happening:
    """The alarm as its first signal tells."""
    begun = Happening(
        event.class_,
        event.code,
        event.priority,
        event.alarm_group,
        event.subject if event.site_known else None,
    )
    return _heard(begun, event)


def occurred(happening: Happening, event: a.AlarmOccurred) -> Happening:
    """The alarm after one signal more."""
    met = () if event.suggests is None else (event.suggests,)
    return _heard(replace(happening, priority=event.priority, suggested=happening.suggested + met), event)


def suggested(happening: Happening, event: ReportSuggested) -> Happening:
    """The alarm, known to meet one rule more."""
    met = (*happening.suggested, event.rule)
    return replace(happening, priority=event.priority, suggested=met)


def restored(happening: Happening, event: a.AlarmRestored) -> Happening:
    """The alarm after one code in one zone was said to be over."""
    over = (event.code, zone_of(event.zone))
    return replace(happening, unrestored=tuple(one for one in happening.unrestored if one != over))


def adopted(happening: Happening, event: a.AlarmAdopted) -> Happening:
    """The alarm, known to belong to a registered site."""
    return replace(happening, site=event.site)


def begin_or_join(group: Group | None, event: a.AlarmRaised) -> Group:
    """The subject's newest happening after an alarm; one of long ago does not become the newest."""
    if group is not None and event.alarm_group == group.id:
        return Group(group.id, max(group.heard_at, event.received_at), group.alarms + 1)
    if group is not None and event.received_at < group.heard_at:
        return group
    return Group(event.alarm_group, event.received_at, 1)


def heard_again(group: Group | None, happening: Happening, event: a.AlarmOccurred) -> Group | None:
    """The subject's newest happening after an occurrence."""
    if group is None or happening.group != group.id:
        return group
    return replace(group, heard_at=max(group.heard_at, event.received_at))


def forgotten(group: Group | None, happening: Happening) -> Group | None:
    """The subject's newest happening when one of its alarms is no longer held."""
    if group is None or happening.group != group.id:
        return group
    return replace(group, alarms=group.alarms - 1) if group.alarms > 1 else None


def that_goes_on(group: Group | None, received_at: int) -> Group | None:
    """The happening, if a signal belongs to it."""
    return group if group is not None and is_near(group.heard_at, received_at) else None


def is_near(heard_before: int, received_at: int) -> bool:
    """Whether a signal belongs to the happening that was heard before."""
    return abs(received_at - heard_before) <= GROUP_US


def takes_in(happening: Happening, group: Group, kind: AlarmClass) -> bool:
    """Whether a signal of `kind`, of `group`, is an occurrence of this open alarm."""
    return happening.group == group.id and is_like(kind, happening.class_, happening.priority)


def is_like(kind: AlarmClass, class_: AlarmClass, priority: int) -> bool:
    """Whether a signal of `kind` is of the family of an alarm of this class and priority, and not more urgent."""
    same_family = FAMILY.get(kind, kind) == FAMILY.get(class_, class_)
    return kind != "duress" and same_family and PRIORITY[kind] >= priority


def over(happening: Happening, code: str, zone: str) -> tuple[tuple[str, str], ...]:
    """The codes and zones of the alarm that a restore of `code` in `zone` ends."""
    ends, here = ended_by(code), zone_of(zone)
    return tuple(one for one in happening.unrestored if one[0] in ends and one[1] == here)


def zone_of(zone: str) -> str:
    """A zone as it is compared: `003` is `3`, and `000` no zone at all (SIA DC-05)."""
    return zone.lstrip("0")


def _heard(happening: Happening, event: a.AlarmRaised | a.AlarmOccurred) -> Happening:
    here = zone_of(event.zone)
    one = (event.code, here)
    unrestored = (*(other for other in happening.unrestored if other != one), one)[-KEPT_UNRESTORED:]
    zones = happening.zones
    if event.class_ == "burglary" and here:
        zones = (*(other for other in zones if other[0] != here), (here, event.received_at))[-2:]
    return replace(happening, unrestored=unrestored, zones=zones)
