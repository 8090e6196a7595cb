"""What outlives every process of the simulated house, and what each process is made of: the product's own parts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial

import msgspec

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.silence import Silence
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts import directory as d
from services.contracts.codec import encode
from services.contracts.liveness import HeardDigest
from services.contracts.police import PoliceOrder
from services.contracts.topics import (
    EVENTS,
    INBOX,
    LIVENESS,
    POLICE_ORDERS,
    line_key,
    partition_of,
    shell_site,
)
from services.desk.adapters.memory_interruptions import MemoryInterruptions
from services.desk.adapters.memory_line_accounting import MemoryAccounts
from services.desk.adapters.memory_projection import MemoryDesk
from services.desk.domain.feed_board import Sight
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import Record
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.domain.accounting import Accounting
from services.ingest.domain.heard import Life
from services.ingest.handlers.heard_teller import HeardTeller
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.ports import Signal
from services.picture.names import SiteName
from services.runtime.acting_on_decisions import MemoryPlaces
from services.simulation.accounts import keep_accounts, project_accounts
from services.simulation.broker import Broker, SimulatedLog, SimulatedSignalLog
from services.simulation.disk import SimulatedSnapshots, SimulatedSpool
from services.simulation.feed import OpenFeed, show
from services.simulation.hearing import Hearings
from services.simulation.history import Chronicle
from services.simulation.judge import Judge, Oracle
from services.simulation.line import SimulatedLine
from services.simulation.passing import Appended
from services.simulation.police import PoliceSide
from services.simulation.process import Keeper, Process
from services.simulation.reaching import Gateway, Reads, Watch
from services.simulation.registry import BUREAUS
from services.simulation.rules import LAW, Rules
from services.simulation.screen import WATCHING, Screen
from services.simulation.silence import SimulatedDigestLog, SimulatedLastHeard
from services.simulation.telling import FOLLOWUP, ORDERS, carry_on, deliver, project, project_interruptions
from services.simulation.world import World

LOG_ID = "0190d0e0-0000-7000-8000-00000000abcd"
SPACE = "a"
USED = (2, 5, 9)  # partitions; the others are alike and stay empty
SITES_EACH = 2
FIRST_VERSION = "1.0"
SNAPSHOT_EVERY = 15
HELP_S = 20.0
_DIGEST: msgspec.json.Decoder[HeardDigest] = msgspec.json.Decoder(HeardDigest)


def _named(prefix: str, each: int) -> tuple[str, ...]:
    """So many names for each of the partitions in use."""
    found: dict[int, list[str]] = {partition: [] for partition in USED}
    number = 0
    while any(len(names) < each for names in found.values()):
        number += 1
        names = found.get(partition_of(f"{prefix}{number}"))
        if names is not None and len(names) < each:
            names.append(f"{prefix}{number}")
    return tuple(name for names in found.values() for name in names)


def _unregistered() -> tuple[str, ...]:
    """Accounts that nobody registered and whose shell sites lie in the partitions in use."""
    numbers = (str(number) for number in range(9_000, 9_400))
    return tuple(one for one in numbers if partition_of(shell_site(SPACE, one)) in USED)[:2]


SITES = _named("site-", SITES_EACH)
STRANGERS = _unregistered()
HOSTS = _named("host/", 1)
RECEIVER = next(
    f"centre-{number}" for number in range(1_000) if partition_of(f"receiver/centre-{number}") in USED
)


class House:
    """One house from its genesis on."""

    def __init__(self, world: World, rules: Rules) -> None:
        self.world, self.rules = world, rules
        self.broker = Broker(world, (INBOX, EVENTS, LIVENESS), USED)
        self.hearings = Hearings(world)
        self.last_heard = {partition: rules.last_heard() for partition in USED}
        self.well: set[str] = set()  # lines whose panels are there when all comes to rest
        self.broker.logs[POLICE_ORDERS, ORDERS] = MemoryEventLog(world.now_us)
        self.acknowledged: set[str] = set()
        self.oracles = {partition: self.new_oracle(partition) for partition in USED}
        self.chronicles = {partition: Chronicle(partition) for partition in USED}
        self.broker.landed = self._landed
        self.spool, self.lives = MemorySpool(), 0  # on the receiver's disk
        self.snapshots = rules.snapshots()
        self.directory = MemoryLineDirectory()
        self.places = {reader: MemoryPlaces(USED) for reader in (FOLLOWUP, POLICE_ORDERS)}
        self.appended = Appended()
        self.desk, self.partitions = MemoryDesk(), USED
        self.interruptions, self.accounts = MemoryInterruptions(), MemoryAccounts()
        self.offered: Counter[tuple[str, str]] = Counter()  # signals, by run and line
        self.holders: dict[str, Process] = {}
        self.was_cut = False
        self._help_is_coming = False
        self.orders_read = 0
        self.police = (
            PoliceSide(world, "police that keep by id", keeps_by_id=True),
            PoliceSide(world, "police of the worst kind", keeps_by_id=False),
        )
        self.door: tuple[Process, Intake] | None = None
        self.gateways: dict[str, Gateway] = {}
        self.stopped: dict[int, str] = {}
        self.called: set[int] = set()  # partitions that two persons are on their way to
        self.mends_with = next(iter(rules.codes))
        self._begin()
        route = self.route
        self.keepers = (
            Keeper(world, "router-a", lambda process: route(process, USED[:2])),
            Keeper(world, "router-b", lambda process: route(process, USED[2:])),
            Keeper(world, "ingest", self.receive, may_double=False),
            Keeper(world, "web", self.serve),
            Keeper(world, "followup", lambda process: carry_on(self, process)),
            Keeper(world, "projector", lambda process: project(self, process)),
            Keeper(world, "outbound", lambda process: deliver(self, process), may_double=False),
        )
        for keeper in self.keepers:
            keeper.forgives = self._was_told
        self.people = dict(WATCHING)
        self.site_names = {site: SiteName(f"{site} 号", None, None, "保安公司") for site in SITES}
        self.feeds: dict[str, OpenFeed] = {}
        self.screens = tuple(Screen(self, seat) for seat in self.people)
        aside = world.aside
        self.lookers = (
            Keeper(aside, "feed", lambda process: show(self, process)),
            Keeper(aside, "interruptions", lambda process: project_interruptions(self, process)),
            Keeper(aside, "accounting", lambda process: keep_accounts(self, process)),
            Keeper(aside, "accounting of the record", lambda process: project_accounts(self, process)),
        )
        for keeper in self.lookers:
            keeper.forgives = self._may_end

    def inbox(self, partition: int) -> list[Record]:
        """All that lies in it."""
        return self.broker.log(INBOX, partition).records

    def lines_of(self, partition: int) -> list[str]:
        """Of the panels of its sites."""
        return [line_of(site) for site in SITES if partition_of(site) == partition]

    def new_oracle(self, partition: int) -> Oracle:
        """One that has read nothing."""
        inbox, lines = self.inbox(partition), self.lines_of(partition)
        judge = Judge(self.world, inbox, self.rules.codes, self.acknowledged, self.hearings, lines)
        return Oracle(judge, partition, self.rules.chain)

    def _begin(self) -> None:
        now = self.world.now_us()
        for partition in USED:
            first = genesis(partition, LOG_ID, now, FIRST_VERSION)
            self.broker.put(EVENTS, partition, [encode(first)], "genesis")
        for position, site in enumerate(SITES, 1):
            account = account_of(site)
            self.directory.assign(
                d.LineAssigned(position=position, account_space=SPACE, account=account, site=site)
            )

    def _landed(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        self.appended.landed(topic, records)
        for record in records:
            if topic == EVENTS:
                self._take(partition, record)
            elif topic == LIVENESS:
                self._hears_of(partition, _DIGEST.decode(record.value))

    def _hears_of(self, partition: int, digest: HeardDigest) -> None:
        self.hearings.tell(self.lines_of(partition), digest)

    def _take(self, partition: int, record: Record) -> None:
        decision = self.oracles[partition].take(record)
        if decision is not None:
            self.chronicles[partition].newest.take(record.offset, decision)

    def reading(self, process: Process) -> Reads:
        """How a process reads counting decisions."""
        return Reads(self, process)

    async def route(self, process: Process, partitions: Sequence[int]) -> None:
        """The process `router`."""
        company, rules = Company(), self.rules
        code = self.world.random.choice(list(rules.codes))
        kept = SimulatedSnapshots(process, self.snapshots)
        async with asyncio.TaskGroup() as group:
            for partition in partitions:
                worker = rules.worker(
                    partition,
                    inbox=SimulatedLog(process, self.broker, INBOX, partition),
                    events=SimulatedLog(process, self.broker, EVENTS, partition),
                    clock=process.now_us,
                    watcher=Watch(self),
                    code=code,
                    company=company,
                    snapshots=kept,
                    law=LAW,
                    snapshot_every=SNAPSHOT_EVERY,
                ).of(rules.codes[code], rules.chain)
                group.create_task(worker.run())
                watch = rules.watch(
                    partition,
                    digests=SimulatedLog(process, self.broker, LIVENESS, partition),
                    book=SimulatedLastHeard(process, self.broker, self.last_heard[partition]),
                    inbox=SimulatedLog(process, self.broker, INBOX, partition),
                    look=partial(self._look, process, worker),
                    clock=process.now_us,
                )
                group.create_task(watch.run())

    def _look(self, process: Process, worker: PartitionWorker) -> Silence | None:
        self.hearings.look(process.now_us())
        return worker.silence()

    async def receive(self, process: Process) -> None:
        """The process `ingest`."""
        run = self.world.uuid7(process.now_us())
        self.lives += 1
        life = Life(RECEIVER, self.lives)
        me = ReceiverRun(run=run, sender="ingest", account_space=SPACE, host=RECEIVER, life=life)
        accounting = Accounting(process.now_us)
        inbox = self.rules.inbox(SimulatedSignalLog(process, self.broker, INBOX))
        spool = SimulatedSpool(process, self.spool)
        spooled = self.rules.spooled(inbox, spool, accounting, me, process.now_us)
        kept = self.rules.kept(spooled)
        spans = self.rules.spans(process)
        intake = Intake(kept, self.directory, me, process.now_us, accounting=accounting, steady_us=spans[0])
        digests = self.rules.digests(SimulatedDigestLog(process, self.broker))
        self.hearings.receives(process)
        self.door = process, intake
        async with asyncio.TaskGroup() as group:
            group.create_task(spooled.drain())
            group.create_task(HeardTeller(intake.heard, digests, *spans).run())

    async def serve(self, process: Process) -> None:
        """The process `web`, as far as commands go."""
        gateway = Gateway(self, process)
        self.gateways[process.name] = gateway
        try:
            await gateway.tail()
        finally:
            self.gateways.pop(process.name, None)

    def police_of(self, order: PoliceOrder) -> PoliceSide:
        """Who is told of it: one endpoint for a bureau, another for all others."""
        return self.police[0 if order.bureau == BUREAUS[0] else 1]

    def opened_feed(self, seat: bytes) -> tuple[SimulatedLine, Sight] | None:
        """A line from some feed to whoever sits there; None: nobody listens."""
        if not self.feeds:
            return None
        return self.world.aside.random.choice(list(self.feeds.values())).connect(seat)

    def offer(self, account: str, count: int) -> None:
        """A panel says so many signals to the receiver, whose socket counts them."""
        if self.door is not None:
            intake = self.door[1]
            self.offered[intake.run, line_key(SPACE, account)] += count
            intake.accounting.receive("panel", count)
        self.hear(account)

    def hear(self, account: str) -> None:
        """The receiver hears this panel; only a registered one's line is noted."""
        if self.door is not None and self.directory.line_of(SPACE, account) is not None:
            process, intake = self.door
            now = self.rules.spans(process)[0]()
            self.hearings.hear(intake.run, line_key(SPACE, account), now)

    def acknowledge(self, signals: Sequence[Signal]) -> None:
        """A panel was told that these are kept: from now on they must come to be recorded."""
        for signal in signals:
            name = f"{signal.id.run}/{signal.id.line}/{signal.id.counter}"
            self.acknowledged.add(name)
            self.world.step("panel", f"is told of {name}")

    def lose_power(self) -> None:
        """Everything stops at once, and of one partition of the record the newest decisions are gone."""
        world = self.world
        partition = world.random.choice(USED)
        lost = self.broker.cut(EVENTS, partition, world.random.randrange(1, 8))
        world.seen["log cut"] += 1
        world.step("power", f"fails; partition {partition} loses {lost} records of its log")
        world.database_back_at = asyncio.get_running_loop().time() + world.random.random() * 6
        self.was_cut = True
        oracle = self.oracles[partition] = self.new_oracle(partition)
        oracle.judge.decides_again = False
        self.chronicles[partition].begin_again()
        for record in self.broker.log(EVENTS, partition).records:
            self._take(partition, record)
        oracle.judge.decides_again = True
        self.crash()

    def crash(self) -> None:
        """Every process dies, and begins again."""
        for keeper in (*self.keepers, *self.lookers):
            keeper.crash()

    def call_for_help(self, why: str) -> None:
        """Somebody says that the log was cut; a person comes after a while."""
        if not self._help_is_coming:
            self._help_is_coming = True
            self.world.seen["cut was found"] += 1
            self.world.step("supervisor", f"is called: {why}")
            self.world.later(HELP_S * self.world.random.random(), self.restore)

    def restore(self) -> None:
        """What was derived from a log that was cut is made anew from what it is now."""
        self._help_is_coming = False
        self.world.step("supervisor", "restores")
        self.crash()
        self.stopped.clear()
        self.snapshots.kept.clear()
        self.desk, self.interruptions = MemoryDesk(), MemoryInterruptions()
        self.accounts.count_again()
        for places in self.places.values():
            places.kept.update({partition: Chain() for partition in USED})
        self.was_cut = False

    def _may_end(self, process: Process, error: BaseException | None) -> bool:
        """Who only looks on may find that the log was cut: somebody comes for them alone."""
        if self.was_cut and _is_broken(error):
            aside = self.world.aside
            aside.step("supervisor", f"is called: {process.name} says {error!r}")
            aside.later(HELP_S * aside.random.random(), self._restore_lookers)
            return True
        return False

    def _restore_lookers(self) -> None:
        """What only they derived is made anew, and they begin again."""
        self.interruptions = MemoryInterruptions()
        self.accounts.count_again()
        for keeper in self.lookers:
            keeper.crash()

    def _was_told(self, process: Process, error: BaseException | None) -> bool:
        """Whether a process ended because the log was cut, and somebody helped."""
        if self.was_cut and _is_broken(error):
            self.call_for_help(f"{process.name} says {error!r}")
            return True
        return False


def _is_broken(error: BaseException | None) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_broken(one) for one in error.exceptions)
    return isinstance(error, LogBroken)


def account_of(site: str) -> str:
    """The account by which a site's panel names it."""
    return site.rpartition("-")[2]


def line_of(site: str) -> str:
    """The line of a site's panel."""
    return line_key(SPACE, account_of(site))
