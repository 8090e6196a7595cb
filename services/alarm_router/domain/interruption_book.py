"""The interruptions and maintenance windows that a partition holds, with what each waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain import interruption as interruptions
from services.alarm_router.domain import maintenance_window as windows
from services.alarm_router.domain.interruption import Held, Interruption
from services.alarm_router.domain.maintenance_window import Window
from services.contracts import interruption as i

Kind: TypeAlias = Literal["interruption", "window"]
Deadline: TypeAlias = tuple[int, Kind, str]


class Book(msgspec.Struct, gc=False):
    """By id, and the ids of each subject, oldest first. Changed only by `evolve`."""

    held: dict[str, Interruption] = msgspec.field(default_factory=dict)
    held_of: dict[str, list[str]] = msgspec.field(default_factory=dict)
    windows: dict[str, Window] = msgspec.field(default_factory=dict)
    windows_of: dict[str, list[str]] = msgspec.field(default_factory=dict)

    def of(self, subject: str) -> list[Interruption]:
        """The interruptions of a subject, oldest first."""
        return [self.held[name] for name in self.held_of.get(subject, ())]

    def windows_at(self, subject: str) -> list[Window]:
        """The windows of a subject."""
        return [self.windows[name] for name in self.windows_of.get(subject, ())]

    def ends(self, interruption: Interruption) -> dict[str, int]:
        """Until when each thing that goes on under a window is covered, by its key."""
        if not interruption.covered:
            return {}
        here = self.windows_at(interruption.subject)
        return {
            interruptions.key(one): windows.covered_until(here, self.windows[one.covered_by], one.fact)
            for one in interruption.going_on
            if one.covered_by in self.windows
        }


def next_deadline(book: Book, kind: Kind, name: str) -> int | None:
    """When something is due of what is held under this name; None: nothing, or it is held no more."""
    if kind == "window":
        window = book.windows.get(name)
        return None if window is None else windows.next_deadline(window)
    held = book.held.get(name)
    return None if held is None else interruptions.next_deadline(held, book.ends(held).values())


def evolve(book: Book, event: i.InterruptionEvent | i.WindowEvent, at: int) -> list[Deadline]:
    """The book after `event`; which deadlines are new by it."""
    names = _touched(book, event)
    before = _deadlines(book, names)
    FOLDS[type(event)](book, event, at)
    return [one for one in _deadlines(book, names) if one not in before]


def _touched(book: Book, event: i.InterruptionEvent | i.WindowEvent) -> list[tuple[Kind, str]]:
    """What may wait for another instant after `event`: a window moves the judgement of what goes on under it."""
    if isinstance(event, i.InterruptionEvent):
        return [("interruption", event.interruption)]
    if isinstance(event, i.MaintenanceWindowArchived):
        return []
    settling = (one.id for one in book.of(event.subject) if one.judged_at is None)
    return [("window", event.window), *(("interruption", name) for name in settling)]


def _deadlines(book: Book, names: list[tuple[Kind, str]]) -> list[Deadline]:
    return [(when, *name) for name in names if (when := next_deadline(book, *name)) is not None]


def _began(book: Book, event: i.InterruptionBegan, at: int) -> None:
    book.held[event.interruption] = interruptions.began(event, at)
    book.held_of.setdefault(event.subject, []).append(event.interruption)


def _changed(book: Book, event: i.InterruptionEvent, at: int) -> None:
    before = book.held.get(event.interruption)
    if before is not None:
        book.held[before.id] = interruptions.evolve(before, event, at)


def _archived(book: Book, event: i.InterruptionArchived, _: int) -> None:
    held = book.held.pop(event.interruption, None)
    if held is not None:
        _take_out(book.held_of, held.subject, held.id)


def _opened(book: Book, event: i.MaintenanceWindowOpened, at: int) -> None:
    book.windows[event.window] = windows.opened(event, at)
    book.windows_of.setdefault(event.subject, []).append(event.window)


def _ended(book: Book, event: i.MaintenanceWindowEnded, at: int) -> None:
    window = book.windows.get(event.window)
    if window is not None:
        book.windows[window.id] = windows.ended(window, at)


def _forgotten(book: Book, event: i.MaintenanceWindowArchived, _: int) -> None:
    window = book.windows.pop(event.window, None)
    if window is not None:
        _take_out(book.windows_of, window.subject, window.id)
        _carry_on(book, window)


def _carry_on(book: Book, forgotten: Window) -> None:
    """What still goes on under a window that is forgotten is covered by the one that carried it on."""
    here = book.windows_at(forgotten.subject)
    for held in book.of(forgotten.subject):
        going_on = tuple(_carried_on(one, forgotten, here) for one in held.going_on)
        book.held[held.id] = replace(held, going_on=going_on)


def _carried_on(one: Held, forgotten: Window, here: list[Window]) -> Held:
    if one.covered_by != forgotten.id:
        return one
    following = windows.that_follows(here, forgotten, one.fact)
    return replace(one, covered_by=None if following is None else following.id)


def _take_out(names_of: dict[str, list[str]], subject: str, name: str) -> None:
    names_of[subject].remove(name)
    if not names_of[subject]:
        del names_of[subject]


FOLDS: Final[Mapping[type, Callable[..., None]]] = {
    i.InterruptionBegan: _began,
    **dict.fromkeys(interruptions.FOLDS, _changed),
    i.InterruptionArchived: _archived,
    i.MaintenanceWindowOpened: _opened,
    i.MaintenanceWindowEnded: _ended,
    i.MaintenanceWindowArchived: _forgotten,
}
