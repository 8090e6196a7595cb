"""When the house has come to rest, and what must hold then."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from services.alarm_router.domain.alarm import Alarm
from services.contracts.alarm import AlarmRaised, EscalationDelivered, SignalRecorded
from services.contracts.envelope import Decision
from services.contracts.police_track import EscalationSupplemented
from services.desk.domain.feed_board import Sight
from services.picture.alarm_view import Views
from services.picture.interruption_view import Interrupted, subject_ids
from services.picture.interruption_view import changes as interrupted
from services.picture.visibility import visible
from services.simulation.accounts import check_accounts, unread
from services.simulation.history import bare
from services.simulation.restored import check_restored
from services.simulation.screen import Screen
from services.simulation.whole import is_whole
from services.simulation.world import expect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.desk.adapters.memory_interruptions import MemoryInterruptions
    from services.desk.adapters.memory_projection import MemoryDesk
    from services.eventsourcing.ports import Record
    from services.simulation.house import House
    from services.simulation.judge import Oracle, Oracles

LONG_US = 60_000_000
Row: TypeAlias = tuple[str, int, int, int, int, str]


def unsettled(house: House) -> list[str]:
    """What is still under way: whatever was said is to be decided, carried over and shown."""
    found = [f"{keeper.name} does not run" for keeper in (*house.keepers, *house.lookers) if not keeper.lives]
    found += [f"partition {partition} stopped: {why}" for partition, why in house.stopped.items()]
    found += [f"{house.spool.waiting} signals in the spool"] if house.spool.waiting else []
    for partition in house.partitions:
        oracle = house.oracles[partition]
        found += undecided(partition, oracle, house.inbox(partition)) + not_known(oracle)
        found += _not_carried(house, partition)
        found += _not_as_heard(house, partition)
    for screen in house.screens:
        found += _not_shown(house, screen)
    return found + unread(house)


def undecided(partition: int, oracle: Oracle, inbox: list[Record]) -> list[str]:
    """What of a partition's inbox and of what fell due is still under way."""
    found = []
    if waiting := oracle.undecided(inbox):
        found.append(f"{waiting} undecided records in partition {partition}")
    if overdue := [one for one in oracle.state.deadlines if one[0] < oracle.state.time]:
        found.append(f"deadlines passed and nothing was said: {overdue[:3]}")
    return found


def not_known(oracle: Oracle) -> list[str]:
    """What of a partition's reports to the police is still under way."""
    return [
        f"nobody knows whether {escalation} arrived"
        for escalation, alarm in oracle.state.escalations.items()
        if not _is_known(oracle.state.alarms[alarm])
    ]


def _not_as_heard(house: House, partition: int) -> list[str]:
    """Who is there is not silent, and who is not there is, but for who may be unheard for longer than this lasts."""
    silence = house.oracles[partition].state.silence
    found = [f"{line} is silent and is heard" for line in silence.silent if line in house.well]
    found += [
        f"{line} is not heard and not silent"
        for line, known in silence.supervised.items()
        if line not in house.well | silence.silent.keys() and known.timeout_us < LONG_US
    ]
    return found


def _not_carried(house: House, partition: int) -> list[str]:
    oracle = house.oracles[partition]
    found = [
        f"{reader} is behind in partition {partition}"
        for reader, places in house.places.items()
        if not oracle.newest < places.kept[partition].offset <= oracle.chain.offset
    ]
    for places in (house.desk.places, house.interruptions.places):
        place = places.get(partition)
        if place is None or place.offset != oracle.newest:
            found.append(f"the read models are behind in partition {partition}")
    return found


def _not_shown(house: House, screen: Screen) -> list[str]:
    if screen.sight != Sight.of(house.people[screen.seat]) or not screen.is_told:
        return [f"the {screen.name} is not connected as who sits there"]
    if screen.picture.undecided or screen.picture.stopped:
        return [f"the {screen.name} shows partitions that do not decide"]
    told = {partition: place.offset for partition, place in screen.picture.positions.items()}
    newest = {partition: oracle.newest for partition, oracle in house.oracles.items()}
    return [] if told == newest else [f"the {screen.name} is behind: {told}, {newest}"]


def check(house: House) -> None:
    """What must hold when nothing is under way any more."""
    views = Views(alarms={}, reports={})
    for chronicle in house.chronicles.values():
        views.alarms |= chronicle.newest.views.alarms
        views.reports |= chronicle.newest.views.reports
    said = Said()
    for partition, oracle in house.oracles.items():
        for offset, decision in oracle.decisions:
            said.take(partition, offset, decision)
    check_read_models(house.desk, house.interruptions, views, said)
    check_complete(house.oracles, house.acknowledged)
    _check_arrived(house)
    check_accounts(house)
    for screen in house.screens:
        _check_screen(house, screen)


def check_complete(oracles: Oracles, acknowledged: Iterable[str]) -> None:
    """What all partitions together must say. `acknowledged`: signals that panels were told are kept, by key."""
    for oracle in oracles.values():
        is_whole(oracle.state)
    recorded = set().union(*(oracle.judge.recorded for oracle in oracles.values()))
    for name in sorted(acknowledged):
        expect(name in recorded, f"{name} was acknowledged and never recorded")
    check_restored(oracles)


def _check_arrived(house: House) -> None:
    """What is recorded as delivered, the police have, with what was added to it up to that sending."""
    sides = {side.name: side for side in house.police}
    for oracle in house.oracles.values():
        added: dict[str, list[tuple[int, str]]] = {}
        for event in (event for _, decision in oracle.decisions for event in decision.events):
            if isinstance(event, EscalationSupplemented):
                added.setdefault(event.escalation, []).append((event.attempt, event.addition))
            if isinstance(event, EscalationDelivered) and event.outcome == "delivered":
                side = sides.get(event.endpoint)  # some receipts are invented, of another
                said = f"{event.escalation} is recorded as delivered, and {event.endpoint} has it not"
                expect(side is None or side.effects[event.escalation] == 1, said)
                by_now = {name for at, name in added.get(event.escalation, ()) if at <= event.attempt}
                has_all = side is None or by_now <= side.additions[event.escalation]
                expect(has_all, f"{said} with all that was added to it")


def check_read_models(desk: MemoryDesk, interruptions: MemoryInterruptions, views: Views, said: Said) -> None:
    """The read models are what the record says, from its beginning. `views`, `said`: its fold."""
    expect(desk.views.alarms == views.alarms, "the read model of alarms is not the fold of the record")
    expect(desk.views.reports == views.reports, "the read model of escalations is not the fold of the record")
    expect(desk.ever.keys() == said.raised, "an alarm is missing, or was never raised")
    expect(desk.tickets == said.tickets, "a ticket is missing, or says what was not decided first")
    expect(Counter(desk.events) == said.alarms, "what happened to alarms is not what the record says")
    expect(desk.recorded == said.recorded, "the signals of a run are not counted as they were recorded")
    expect(interruptions.known == said.known, "the read model of interruptions is not the fold of the record")
    expect(
        Counter(interruptions.events) == said.interruptions,
        "what happened to interruptions is not what the record says",
    )


class Said:
    """What the record says that is not of a view: told anew from its beginning.

    `known`: interruptions; rows are an id, the place, which event of the decision, when, and the event.
    """

    def __init__(self) -> None:
        self.raised: set[str] = set()
        self.tickets: dict[tuple[int, str], tuple[object, ...]] = {}
        self.alarms: Counter[Row] = Counter()
        self.recorded: dict[str, Counter[str]] = {}
        self.known = Interrupted()
        self.interruptions: Counter[Row] = Counter()

    def take(self, partition: int, offset: int, decision: Decision) -> None:
        """The next decision of a partition."""
        changed = interrupted(self.known, partition, offset, decision)
        self.known.take(changed)
        if decision.id:
            told = _json(decision.answer), _json(decision.events), decision.time
            self.tickets.setdefault((partition, decision.id), (partition, decision.id, offset, *told))
        for index, event in enumerate(decision.events):
            at = partition, offset, index, decision.time, _json(event)
            self.interruptions.update((about, *at) for about in subject_ids(event))
            if alarm := getattr(event, "alarm", None):
                self.alarms[alarm, *at] += 1
            if isinstance(event, AlarmRaised):
                self.raised.add(event.alarm)
            if isinstance(event, SignalRecorded):
                self.recorded.setdefault(event.signal.run, Counter())[event.outcome] += 1


def _json(said: object) -> str:
    return msgspec.json.encode(said).decode()


def _check_screen(house: House, screen: Screen) -> None:
    """It shows what this person sees of the read models: the open alarms, and every report that is not final."""
    person, views = house.people[screen.seat], house.desk.views
    alarms = {
        one.id: bare(one) for one in views.alarms.values() if one.state == "open" and visible(person, one)
    }
    shown = {one.id: bare(one) for one in screen.picture.alarms.values() if one.state == "open"}
    expect(shown == alarms, f"the {screen.name} shows other alarms than the read model")
    reports = {
        name: bare(one.view)
        for name, one in views.reports.items()
        if one.view.state != "final" and visible(person, one)
    }
    told = {
        name: bare(one)
        for name, one in screen.picture.escalations.items()
        if one.state != "final" and name in views.reports
    }
    expect(told == reports, f"the {screen.name} shows other reports than the read model")


def _is_known(alarm: Alarm) -> bool:
    """Whether its report arrived as far as anybody knows, or is awaited no more."""
    return alarm.escalation is None or alarm.escalation.ask_at is None
