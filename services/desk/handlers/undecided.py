"""The undecided lane: signals of a stopped partition, and what is typed about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.contracts.reports import TypedWhileUndecided
from services.contracts.topics import subject_of_partition
from services.desk.handlers.acting import WORKERS
from services.desk.handlers.submitting import SENDER, Acted, command_id, url_of
from services.desk.ports import Away
from services.picture.undecided import Undecided
from services.picture.visibility import visible
from services.runtime.clock import now_us
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.stored import Actor
    from services.contracts.views import StoppedPartition, UndecidedSignal
    from services.desk.handlers.looking import Desk


class Lane(NamedTuple):
    """What this person is shown of it."""

    items: list[UndecidedSignal]
    stopped: Sequence[StoppedPartition]


async def lane(desk: Desk, person: Actor) -> Lane:
    """The newest signals of every partition that does not decide, oldest partition first."""
    stopped = desk.inbox.stopped(now_us())
    signals = [signal for one in stopped for signal in desk.inbox.signals(one.partition)]
    names = await desk.views.names(signal.site for signal in signals)
    placed = [Undecided.at(signal, names.get(signal.site)) for signal in signals]
    items = [one.signal for one in placed if visible(person, one)]
    seen = [f"{one.partition}/{one.offset}" for one in items]
    await desk.views.note_look(person.id, "undecided.list", "undecided", {"shown": seen})
    return Lane(items, stopped)


async def note(  # noqa: PLR0913 - the parts of one report
    desk: Desk, person: Actor, partition: int, offset: int, key: str | None, text: str
) -> Acted:
    """Write down what was done by telephone. It is decided with the rest, also if that has happened meanwhile.

    Raises `Problem` 403 for a role that does not work on alarms, 404 for no signal that this person sees, 503.
    """
    if WORKERS.isdisjoint(person.roles):
        raise Problem("role.missing", 403, role="operator")
    name = command_id(desk, key)
    try:
        signal = await desk.inbox.at(partition, offset)
        subject = await _subject(desk, person, signal)
        report = TypedWhileUndecided(
            id=name,
            sender=SENDER,
            sent_at=now_us(),
            subject=subject or subject_of_partition(partition),
            by=person,
            source=offset,
            note=await desk.vault.seal(subject or subject_of_partition(partition), text),
        )
        await desk.gateway.report(partition, report)
    except Away as error:
        raise Problem("inbox.away", 503) from error
    return Acted(url_of(partition, name), None)


async def _subject(desk: Desk, person: Actor, signal: UndecidedSignal | None) -> str:
    """The signal's site, "" where it is not known."""
    if signal is None:
        raise Problem("not_found", 404)
    names = await desk.views.names([signal.site])
    if not visible(person, Undecided.at(signal, names.get(signal.site))):
        raise Problem("not_found", 404)
    return signal.site
