"""What outlives every process of the simulated house, and what each process is made of: the product's own parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.alarm import Alarm
from services.alarm_router.domain.signal import signal_key
from services.alarm_router.domain.state import CARRIED
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.following_up import follow_up
from services.contracts import directory as d
from services.contracts.alarm import SignalCarriedOn
from services.contracts.codec import encode
from services.contracts.envelope import Command
from services.contracts.police import PoliceOrder
from services.contracts.reports import SignalCarried, TypedWhileUndecided
from services.contracts.topics import EVENTS, INBOX, POLICE_ORDERS, partition_of, shell_site
from services.desk.adapters.memory_projection import MemoryDesk
from services.desk.adapters.tailing_gateway import TailingGateway
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import Record
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.domain.accounting import Accounting
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.ports import Signal
from services.picture.alarm_view import Views, changes
from services.runtime.acting_on_decisions import MemoryPlaces, act_as_told
from services.runtime.counting import Counted, follow_counting
from services.simulation.broker import Broker, SimulatedLog, SimulatedSignalLog, produce, readers
from services.simulation.disk import SimulatedPlaces, SimulatedSnapshots, SimulatedSpool
from services.simulation.judge import Judge, Oracle
from services.simulation.police import PoliceSide
from services.simulation.process import Keeper, Process
from services.simulation.rules import LAW, Rules
from services.simulation.telling import ORDERS, deliver, project
from services.simulation.world import World, expect

LOG_ID = "0190d0e0-0000-7000-8000-00000000abcd"
SPACE = "a"
USED = (2, 5, 9)  # partitions; the others are alike and stay empty
SITES_EACH = 2
FIRST_VERSION = "1.0"
SNAPSHOT_EVERY = 15
HELP_S = 20.0


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


class Gateway(TailingGateway):
    """The desk's gateway over the simulated broker."""

    def __init__(self, house: House, process: Process) -> None:
        places = {partition: Place(partition) for partition in USED}
        super().__init__(places, Reads(house, process, house.rules.answers))
        self._house, self._process = house, process

    def set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        """See the tail."""
        sent = produce(self._process, self._house.broker, INBOX, partition, [encode(record)])
        return asyncio.ensure_future(sent)


class House:
    """One house from its genesis on."""

    def __init__(self, world: World, rules: Rules) -> None:
        self.world, self.rules = world, rules
        self.broker = Broker(world, (INBOX, EVENTS), USED)
        self.broker.logs[POLICE_ORDERS, ORDERS] = MemoryEventLog(world.now_us)
        self.acknowledged: set[str] = set()
        self.oracles = {partition: self.new_oracle(partition) for partition in USED}
        self.broker.landed = self._landed
        self.spool = MemorySpool()
        self.snapshots = rules.snapshots()
        self.directory = MemoryLineDirectory()
        self.places = {reader: MemoryPlaces(USED) for reader in ("followup", "police.orders")}
        self.desk, self.desk_partitions = MemoryDesk(), USED
        self.projector: Process | None = None
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
        self._begin()
        route = self.route
        self.keepers = (
            Keeper(world, "router-a", lambda process: route(process, USED[:2])),
            Keeper(world, "router-b", lambda process: route(process, USED[2:])),
            Keeper(world, "ingest", self.receive, may_double=False),
            Keeper(world, "web", self.serve),
            Keeper(world, "followup", self.carry_on),
            Keeper(world, "projector", lambda process: project(self, process)),
            Keeper(world, "outbound", lambda process: deliver(self, process), may_double=False),
        )
        for keeper in self.keepers:
            keeper.forgives = self._was_told

    def new_oracle(self, partition: int) -> Oracle:
        """One that has read nothing."""
        inbox = self.broker.log(INBOX, partition).records
        judge = Judge(self.world, inbox, self.rules.codes, self.acknowledged)
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
        if topic == EVENTS:
            for record in records:
                self.oracles[partition].take(record)

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

    async def receive(self, process: Process) -> None:
        """The process `ingest`."""
        run = self.world.uuid7(process.now_us())
        me = ReceiverRun(run=run, sender="ingest", account_space=SPACE, host=RECEIVER)
        accounting = Accounting(process.now_us)
        inbox = self.rules.inbox(SimulatedSignalLog(process, self.broker, INBOX))
        spool = SimulatedSpool(process, self.spool)
        spooled = self.rules.spooled(inbox, spool, accounting, me, process.now_us)
        kept = self.rules.kept(spooled)
        intake = Intake(kept, self.directory, me, process.now_us, accounting=accounting)
        self.door = process, intake
        await spooled.drain()

    async def serve(self, process: Process) -> None:
        """The process `web`, as far as commands go."""
        gateway = Gateway(self, process)
        self.gateways[process.name] = gateway
        try:
            await gateway.tail()
        finally:
            self.gateways.pop(process.name, None)

    async def carry_on(self, process: Process) -> None:
        """The process `followup`."""
        inboxes = Inboxes(self, process)

        async def act(batch: Sequence[Counted]) -> None:
            for counted in batch:
                await follow_up(
                    inboxes, counted.partition, counted.offset, counted.decision, process.now_us()
                )

        places = SimulatedPlaces(process, self.places["followup"])
        await act_as_told(self.reading(process), places, "followup", self.rules.acts(process, act))

    def police_of(self, order: PoliceOrder) -> PoliceSide:
        """Who is told of it: one endpoint for a bureau, another for all others."""
        return self.police[0 if order.bureau == "210102000000" else 1]

    def acknowledge(self, signals: Sequence[Signal]) -> None:
        """A panel was told that these are kept: from now on they must come to be recorded."""
        for signal in signals:
            name = f"{signal.id.run}/{signal.id.line}/{signal.id.counter}"
            self.acknowledged.add(name)
            self.world.step("panel", f"is told of {name}")

    def is_settled(self) -> bool:
        """Whether everything that was said is decided and carried over."""
        return not self.unsettled()

    def unsettled(self) -> list[str]:
        """What is still under way."""
        found = [f"{keeper.name} does not run" for keeper in self.keepers if not keeper.lives]
        found += [f"partition {partition} stopped: {why}" for partition, why in self.stopped.items()]
        found += [f"{self.spool.waiting} signals in the spool"] if self.spool.waiting else []
        for partition, oracle in self.oracles.items():
            waiting = oracle.undecided(self.broker.log(INBOX, partition).records)
            if waiting:
                found.append(f"{waiting} undecided records in partition {partition}")
            found += [
                f"{reader} is behind in partition {partition}"
                for reader, places in self.places.items()
                if not oracle.newest < places.kept[partition].offset <= oracle.chain.offset
            ]
            place = self.desk.places.get(partition)
            if place is None or place.offset != oracle.newest:
                found.append(f"the read models are behind in partition {partition}")
            overdue = [one for one in oracle.state.deadlines if one[0] < oracle.state.time]
            found += [f"deadlines passed and nothing was said: {overdue[:3]}"] if overdue else []
            found += [
                f"nobody knows whether {escalation} arrived"
                for escalation, alarm in oracle.state.escalations.items()
                if not is_known(oracle.state.alarms[alarm])
            ]
        return found

    def check(self) -> None:
        """What must hold when nothing is under way any more."""
        self._check_views()
        recorded = set().union(*(oracle.judge.recorded for oracle in self.oracles.values()))
        for name in sorted(self.acknowledged):
            expect(name in recorded, f"{name} was acknowledged and never recorded")
        self._check_carried()

    def _check_carried(self) -> None:
        """What was decided at a merged site was decided at the site that it belongs to."""
        decisions = [one for oracle in self.oracles.values() for _, one in oracle.decisions]
        arrived = {decision.id for decision in decisions}
        for decision in decisions:
            for event in decision.events:
                if isinstance(event, SignalCarriedOn):
                    name = CARRIED + signal_key(event.signal)
                    expect(name in arrived, f"{name} was to be carried to {event.to} and never came")

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
        for record in self.broker.log(EVENTS, partition).records:
            oracle.take(record)
        oracle.judge.decides_again = True
        for keeper in self.keepers:
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
        for keeper in self.keepers:
            keeper.crash()
        self.stopped.clear()
        self.snapshots.kept.clear()
        self.desk = MemoryDesk()
        for places in self.places.values():
            places.kept.update({partition: Chain() for partition in USED})

    def _was_told(self, process: Process, error: BaseException | None) -> bool:
        """Whether a process ended because the log was cut, and somebody helped."""
        found = [error]
        while found and isinstance(one := found.pop(), BaseExceptionGroup):
            found += one.exceptions
        if self.was_cut and any(isinstance(one, LogBroken) for one in (error, *found, one)):
            self.call_for_help(f"{process.name} says {error!r}")
            return True
        return False

    def _check_views(self) -> None:
        """The read models are what the record says, from its beginning."""
        fold, tickets = Views(alarms={}, reports={}), set()
        for partition, oracle in self.oracles.items():
            for offset, decision in oracle.decisions:
                fold.take(changes(fold, partition, offset, decision))
                tickets |= {(partition, decision.id)} if decision.id else set()
        expect(
            self.desk.views.alarms == fold.alarms, "the read model of alarms is not the fold of the record"
        )
        expect(
            self.desk.views.reports == fold.reports,
            "the read model of escalations is not the fold of the record",
        )
        expect(self.desk.tickets.keys() == tickets, "a ticket is missing, or was never decided")


def is_known(alarm: Alarm) -> bool:
    """Whether its report arrived as far as anybody knows, or is awaited no more."""
    return alarm.escalation is None or alarm.escalation.ask_at is None


class Reads:
    """`Reading` of one process: counting decisions from each chain's place."""

    def __init__(self, house: House, process: Process, chain: Callable[[int, bytes], Chain] = Chain) -> None:
        """`chain`: what counts for this reader."""
        self._house, self._process, self._chain = house, process, chain

    def __call__(self, chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
        """See `follow_counting`."""
        if self._chain is not Chain:
            chains = {partition: self._chain(one.offset, one.head) for partition, one in chains.items()}
        return follow_counting(readers(self._process, self._house.broker, EVENTS, chains), chains)


class Watch:
    """`Watcher`: who is told how a partition fares."""

    def __init__(self, house: House) -> None:
        self._house = house

    def whole(self, partition: int) -> None:
        """See the port."""
        self._house.stopped.pop(partition, None)

    def stopped(self, partition: int, reason: str) -> None:
        """See the port."""
        self._house.world.step(f"partition {partition}", f"stops: {reason}")
        self._house.stopped[partition] = reason
        if self._house.was_cut:
            self._house.call_for_help(reason)


class Inboxes:
    """The inbox as `followup` reaches it."""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process

    async def value(self, partition: int, offset: int) -> bytes:
        """See the port."""
        log = SimulatedLog(self._process, self._house.broker, INBOX, partition)
        found = await log.read(offset, most=1, wait_s=1.0)
        if not found:
            raise LogBroken(f"inbox {partition} shows nothing at offset {offset}, which was decided")
        return found[0].value

    async def append(self, record: SignalCarried) -> None:
        """See the port."""
        value = encode(record)
        await produce(self._process, self._house.broker, INBOX, partition_of(record.subject), [value])


def account_of(site: str) -> str:
    """The account by which a site's panel names it."""
    return site.rpartition("-")[2]
