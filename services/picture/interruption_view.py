"""What a decision changes in the lists of interruptions and maintenance windows. Notes stay sealed (`notes`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec
from msgspec.structs import asdict, replace
from typing_extensions import TypeIs

from services.contracts import interruption as i
from services.contracts.interruption import FactView, InterruptionView, WindowView
from services.picture.notes import sealed_text
from services.picture.why import Recorded

if TYPE_CHECKING:
    from services.contracts.envelope import Decision, Event

FACTS_SHOWN = 50
_OF_INTERRUPTIONS = frozenset(get_args(i.InterruptionEvent))
_OF_WINDOWS = frozenset(get_args(i.WindowEvent))
Fields = dict[str, Any]


class Interrupted(msgspec.Struct):
    """Interruptions and windows by id: all that are not archived, or what one decision changed."""

    interruptions: dict[str, InterruptionView] = {}
    windows: dict[str, WindowView] = {}
    archived: list[str] = []

    def take(self, changed: Interrupted) -> None:
        """Keep what changed, forget what was archived."""
        self.interruptions.update(changed.interruptions)
        self.windows.update(changed.windows)
        for name in changed.archived:
            self.interruptions.pop(name, None)
            self.windows.pop(name, None)


def changes(known: Interrupted, partition: int, offset: int, decision: Decision) -> Interrupted:
    """What this counting decision changes, as whole new views. `known` is only read."""
    changed = Interrupted()
    for event in decision.events:
        _take(known, changed, Recorded(partition, offset, decision.time, event))
    return changed


def as_of(past: Iterable[Recorded], time: int) -> Interrupted:
    """Interruptions and windows as `past`, all events of them in the order of the record, had made them by `time`.

    None is left out for being archived: that is no matter of theirs.
    """
    known = Interrupted()
    for one in past:
        if one.time <= time:
            changed = Interrupted()
            _take(known, changed, one)
            known.take(replace(changed, archived=[]))
    return known


def _take(known: Interrupted, changed: Interrupted, one: Recorded) -> None:
    """Add to `changed` what one event changes."""
    at: Fields = {"partition": one.partition, "offset": one.offset}
    match one.event:
        case i.InterruptionBegan() as event:
            changed.interruptions[event.interruption] = _began(event, one.time, at)
        case i.MaintenanceWindowOpened() as event:
            changed.windows[event.window] = _opened(event, one.time, at)
            _entered_afterwards(known, changed, event)
        case i.MaintenanceWindowEnded() as event:
            _end(known, changed, event, one.time, at)
        case i.InterruptionArchived() as event:
            changed.archived.append(event.interruption)
        case i.MaintenanceWindowArchived() as event:
            changed.archived.append(event.window)
        case event:
            _change(known, changed, event, one.time, at)


def subject_ids(event: Event) -> tuple[str, ...]:
    """The interruption or window that an event belongs to, if any."""
    if _is_of_an_interruption(event):
        return (event.interruption,)
    return (event.window,) if _is_of_a_window(event) else ()


def _is_of_an_interruption(event: Event) -> TypeIs[i.InterruptionEvent]:
    """Of every event of the record: `isinstance` would ask seven classes."""
    return type(event) in _OF_INTERRUPTIONS


def _is_of_a_window(event: Event) -> TypeIs[i.WindowEvent]:
    return type(event) in _OF_WINDOWS


def _change(known: Interrupted, changed: Interrupted, event: Event, time: int, at: Fields) -> None:
    change = CHANGES.get(type(event))
    if change is None:
        return
    name = getattr(event, "interruption", "")
    before = changed.interruptions.get(name) or known.interruptions.get(name)
    if before is not None:  # archived: the state of the router has forgotten it too
        changed.interruptions[name] = replace(before, **at, **change(before, event, time))


def _end(
    known: Interrupted, changed: Interrupted, event: i.MaintenanceWindowEnded, time: int, at: Fields
) -> None:
    before = changed.windows.get(event.window) or known.windows.get(event.window)
    if before is not None:
        changed.windows[before.id] = replace(before, **at, ended_by=event.by.id, ended_at=time)


def _entered_afterwards(known: Interrupted, changed: Interrupted, event: i.MaintenanceWindowOpened) -> None:
    """The window stands beside the facts whose time it names, and covers none of them."""
    for name in event.afterwards:
        before = changed.interruptions.get(name) or known.interruptions.get(name)
        if before is not None:
            facts = tuple(_beside(fact, event) for fact in before.facts)
            changed.interruptions[name] = replace(before, facts=facts)


def _beside(fact: FactView, event: i.MaintenanceWindowOpened) -> FactView:
    named = event.from_us <= fact.received_at < event.until_us and (
        not event.facts or fact.fact in event.facts
    )
    return replace(fact, afterwards=(*fact.afterwards, event.window)) if named else fact


def _widened(view: InterruptionView, event: i.InterruptionWidened, _: int) -> Fields:
    facts = (*view.facts, _fact(event.fact))
    shown = facts if len(facts) <= FACTS_SHOWN else (facts[0], *facts[2:])
    over = {} if event.fact.momentary else {"restored_at": None}
    return {"facts": shown, "fact_count": view.fact_count + 1, **over}


def _restored(view: InterruptionView, event: i.InterruptionRestored, _: int) -> Fields:
    facts = tuple(
        replace(fact, restored_at=event.received_at) if _is_it(fact, event) else fact for fact in view.facts
    )
    return {"facts": facts, **({"restored_at": event.received_at} if event.over else {})}


def _is_it(fact: FactView, event: i.InterruptionRestored) -> bool:
    same = (fact.fact, fact.code, fact.zone.lstrip("0")) == (event.fact, event.code, event.zone.lstrip("0"))
    return same and fact.restored_at is None


def _settled(_: InterruptionView, event: i.InterruptionSettled, time: int) -> Fields:
    return {"settled_at": time, "judged": event.judgement}


def _revised(view: InterruptionView, event: i.InterruptionRevised, _: int) -> Fields:
    earlier = view.earlier if view.judged is None else (*view.earlier, view.judged)
    return {"judged": event.judgement, "earlier": earlier}


def _adopted(_: InterruptionView, event: i.InterruptionAdopted, __: int) -> Fields:
    fields = asdict(event)
    del fields["interruption"]
    return {**fields, "site_known": True}


CHANGES: Final[Mapping[type, Callable[[InterruptionView, Any, int], Fields]]] = {
    i.InterruptionWidened: _widened,
    i.InterruptionRestored: _restored,
    i.InterruptionSettled: _settled,
    i.InterruptionRevised: _revised,
    i.InterruptionAdopted: _adopted,
}


def _fact(fact: i.Fact) -> FactView:
    return FactView(**asdict(fact))


def _began(event: i.InterruptionBegan, time: int, at: Fields) -> InterruptionView:
    return InterruptionView(
        **at,
        id=event.interruption,
        number=event.number,
        site=event.subject,
        site_known=event.site_known,
        site_class=event.site_class,
        division=event.division,
        bureau=event.bureau,
        provider=event.provider,
        filing=event.filing,
        registry_position=event.registry_position,
        began_at=time,
        received_at=event.fact.received_at,
        facts=(_fact(event.fact),),
        settles_at=event.settles_at,
        restored_at=event.fact.received_at if event.fact.momentary else None,
    )


def _opened(event: i.MaintenanceWindowOpened, time: int, at: Fields) -> WindowView:
    return WindowView(
        **at,
        id=event.window,
        site=event.subject,
        bureau=event.bureau,
        provider=event.provider,
        kind=event.kind,
        from_us=event.from_us,
        until_us=event.until_us,
        facts=event.facts,
        reference=event.reference,
        opinion=event.opinion,
        plan=event.plan,
        note=sealed_text(event.note),
        by=event.by.id,
        decided_at=time,
        afterwards=event.afterwards,
    )
