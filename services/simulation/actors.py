"""Those outside of the house: panels that repeat what nobody confirmed, people who act and ask again, and fate."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from msgspec.structs import replace

from services.contracts import directory as d
from services.contracts.codec import encode
from services.contracts.envelope import Already, Refused
from services.contracts.topics import INBOX, line_key, partition_of, shell_site
from services.desk.ports import Away, Ticket
from services.ingest.domain.report import Report
from services.ingest.handlers.intake import Reports
from services.ingest.ports import AppendFailed
from services.simulation.house import HOSTS, SITES, SPACE, STRANGERS, USED, House, account_of
from services.simulation.messages import CODES, ZONES, Messages
from services.simulation.process import Keeper, Process
from services.simulation.registry import BUREAUS, Registry
from services.simulation.world import World

PEOPLE = 8
PANEL_WAITS_S = 6.0
PANEL_EVERY_S = 2.0
POLLS_EVERY_S = 0.7
BEGINS = tuple((code, zone) for code in CODES for zone in ZONES)
MUTE, MUTE_S = 0.1, 25.0
SAID_AGAIN = 0.15
LATER = 0.01
OF_A_LATER_VERSION = b'{"type":"report.of_a_later_version.v1","subject":"site-1"}'
OF_SILENCE = b'{"type":"report.system_'
PERSON_EVERY_S = 0.3
PROGRAM_EVERY_S = 0.8
ADOPTS_EVERY_S = 15.0
FATE_EVERY_S = 1.5
LOOKERS_FATE_EVERY_S = 20.0
MOVES_EVERY_S = 25.0
SET_OFF_S = (3.0, 60.0, 600.0)
PUT_RIGHT_S = 60.0
LATE = (Refused(reason="too_late"), Already())


class Panel:
    """One panel: what is not confirmed it says again, and now and then also what was.

    Half of them poll, the others are heard by their signals alone; when the world is calm those poll that are well, and
    nothing is heard of the others.
    """

    def __init__(self, house: House, account: str) -> None:
        self._house, self._world, self._account = house, house.world, account
        self._sequence = 0
        self._began = BEGINS
        self._mute_until = 0.0
        self._polls = house.world.random.random() < 0.5
        self._is_well = house.world.random.random() < 0.5
        if self._is_well:
            house.well.add(line_key(SPACE, account))

    async def run(self) -> None:
        """Until the world is calm; what was begun is brought to its end."""
        random = self._world.random
        while not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / PANEL_EVERY_S))
            if self._world.strikes("panel mute", MUTE, self._account):
                self._mute_until = asyncio.get_running_loop().time() + random.random() * MUTE_S
                await asyncio.sleep(self._mute_until - asyncio.get_running_loop().time())
            reports = [self._report() for _ in range(random.choice((1, 1, 1, 2)))]
            self._world.seen["signal"] += len(reports)
            while not await self._told(reports):
                await asyncio.sleep(random.random() * 3)
            if random.random() < 0.05:
                self._world.seen["panel repetition"] += 1
                await self._told(reports)

    async def poll(self) -> None:
        """For ever, if it is well then; else until the world is calm."""
        random = self._world.random
        while self._is_well or not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / POLLS_EVERY_S))
            is_mute = not self._polls or asyncio.get_running_loop().time() < self._mute_until
            if self._world.calm or not is_mute:
                await self._is_heard()

    async def _is_heard(self) -> None:
        door = self._house.door
        if door is None:
            return
        process, intake = door
        if await _takes(process):
            self._house.hear(self._account)
            intake.hear(self._account)

    def _report(self) -> Report:
        random = self._world.random
        self._sequence += 1
        is_over = random.random() < 0.15
        code, zone = random.choice(self._began if is_over else BEGINS)
        self._began = (*self._began, (code, zone))[-4:]
        return Report(
            protocol="sia_dcs",
            account=self._account,
            sequence=f"{self._sequence % 10_000:04}",
            code=code,
            qualifier="restore" if is_over else "new",
            area="",
            zone=zone,
            panel_time=None,
            deviations=(),
            raw=b"%d" % self._sequence,
        )

    async def _told(self, reports: Reports) -> bool:
        """Whether somebody confirmed it."""
        door = self._house.door
        if door is None or door[0].is_gone:
            return False
        process, intake = door
        self._world.step(self._account, f"says {[report.raw.decode() for report in reports]}")
        try:
            async with asyncio.timeout(PANEL_WAITS_S):
                if not await _takes(process):
                    return False
                self._house.offer(self._account, len(reports))
                signals = await intake.offer(self._account, reports)
        except (AppendFailed, TimeoutError):
            return False
        if process.is_gone or self._world.strikes("ack to a panel lost", 0.02, self._account):
            return False
        self._house.acknowledge(signals)
        return True


async def _takes(process: Process) -> bool:
    """Whether it takes what lies at its door, once it does not stand still."""
    await process.awake()
    return not process.is_gone


class HouseRegistry(Registry):
    """Of sites whose panels are there: their lines fall silent soon, or not for a day."""

    intervals_s = (None, 1, 1, 1, 2, 4, 86_400)

    def account_of(self, subject: str) -> str:
        """See the registry."""
        return account_of(subject)


class HouseMessages(Messages):
    """What is said in this house."""

    registry = HouseRegistry


class Person:
    """Somebody at the desk: sees what is open, acts on it, and asks again when no answer came."""

    def __init__(self, house: House, name: str, messages: Mapping[int, Messages]) -> None:
        self._house, self._world, self._name, self._messages = house, house.world, name, messages

    async def run(self) -> None:
        """Until the world is calm."""
        random = self._world.random
        while not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / PERSON_EVERY_S))
            if self._house.gateways:
                await self._act()

    async def _act(self) -> None:
        world, house = self._world, self._house
        partition = world.random.choice(USED)
        command = self._messages[partition].act(house.oracles[partition].state, world.now_us())
        gateway = world.random.choice(list(house.gateways.values()))
        world.step(self._name, f"{type(command).__name__} {command.id}")
        try:
            ticket = await gateway.submit(command)
        except Away:
            return
        if ticket is not None:
            self._told(ticket)

    def _told(self, ticket: Ticket) -> None:
        """Whoever asks is told what was decided, and nothing else."""
        self._world.step(self._name, f"is told {type(ticket.answer).__name__} {ticket.id}")
        truth = self._house.oracles[ticket.partition].judge.answers.get(ticket.id)
        if truth is None:
            self._world.fail_with(f"command {ticket.id} was answered and never decided")
        elif truth[0] != ticket.answer and ticket.answer not in LATE:
            self._world.fail_with(f"command {ticket.id} got another answer")


class Program:
    """Whatever else writes into an inbox: the registry, reports of hosts, and somebody who writes junk."""

    def __init__(self, house: House, messages: Mapping[int, Messages]) -> None:
        self._house, self._world, self._messages = house, house.world, messages

    async def run(self) -> None:
        """Until the world is calm."""
        world, house = self._world, self._house
        for partition in USED:
            house.broker.put(INBOX, partition, self._messages[partition].entries(world.now_us()), "registry")
        while not world.calm:
            await asyncio.sleep(world.random.expovariate(1 / PROGRAM_EVERY_S))
            partition = world.random.choice(USED)
            if world.strikes("record of a later version", LATER, "program"):
                house.broker.put(INBOX, partition, [OF_A_LATER_VERSION], "program")
            value = self._late(partition) or self._messages[partition].tell(
                house.oracles[partition].state, world.now_us()
            )
            house.broker.put(INBOX, partition, [value], "program")

    def _late(self, partition: int) -> bytes | None:
        """Now and then what the watch of silence said a while ago: it was under way twice."""
        said = [one.value for one in self._house.inbox(partition) if one.value.startswith(OF_SILENCE)]
        return (
            self._world.random.choice(said[-6:])
            if said and self._world.random.random() < SAID_AGAIN
            else None
        )


class Registrar:
    """Finds out whose panel a stranger's is: its line is assigned, and the site it had made is merged into the right one."""

    def __init__(self, house: House, account: str) -> None:
        self._house, self._world, self._account = house, house.world, account

    async def run(self) -> None:
        """Until the world is calm."""
        world, shell = self._world, shell_site(SPACE, self._account)
        partition, position = partition_of(shell), 1_000
        while not world.calm:
            await asyncio.sleep(world.random.expovariate(1 / ADOPTS_EVERY_S))
            position += 1
            site = world.random.choice(SITES)
            line: d.LineRecord = d.LineAssigned(
                position=position, account_space=SPACE, account=self._account, site=site
            )
            if world.random.random() < 0.4:
                line = d.LineReleased(position=position, account_space=SPACE, account=self._account)
            self._house.directory.note(line)
            entry = d.SiteEntry(
                id=shell,
                provider="provider",
                site_class="other",
                division="210102",
                bureau=BUREAUS[0],
                merged_into=site,
            )
            known = self._house.oracles[partition].state.registry_position
            change = d.SiteSet(sender="registry", sent_at=world.now_us(), position=known + 1, site=entry)
            world.seen["site merged"] += 1
            self._house.broker.put(INBOX, partition, [encode(change)], "registry")


class Fate:
    """Strikes whom it likes."""

    def __init__(self, house: House) -> None:
        self._house, self._world = house, house.world

    async def run(self) -> None:
        """Until the world is calm."""
        random = self._world.random
        while not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / FATE_EVERY_S))
            if not self._world.calm:
                self._strike(random.choice(self._house.keepers), random.random())

    def _strike(self, keeper: Keeper, draw: float) -> None:
        world = self._world
        if not keeper.lives:
            return
        if draw < 0.31:
            world.seen["crash"] += 1
            keeper.crash()
        elif draw < 0.45 and keeper.may_double:
            world.seen["zombie"] += 1
            keeper.haunt()
        elif draw < 0.67:
            world.seen["process stood still"] += 1
            life = world.random.choice(keeper.lives)
            life.step("stands still")
            life.stand_still(world.random.random() * 12)
        elif draw < 0.76:
            world.seen["broker away"] += 1
            world.step("broker", "is away")
            self._house.broker.go_away(world.random.random() * 8)
        elif draw < 0.81:
            self._house.lose_power()
        elif draw < 0.9:
            self._set_clock(keeper)
        else:
            self._clocks_jump(world, draw)

    def _set_clock(self, keeper: Keeper) -> None:
        """Of one machine, forward or back; after a while somebody sees it and puts it right."""
        world, wall = self._world, keeper.wall
        seconds = world.random.choice(SET_OFF_S) * world.random.choice((1, -1))
        world.seen["clock set"] += 1
        world.step("fate", f"sets the clock of {keeper.name} off by {seconds:+.0f} s")
        wall.off_us = int(seconds * 1_000_000)
        world.later(world.random.random() * PUT_RIGHT_S, wall.put_right)

    @staticmethod
    def _clocks_jump(world: World, draw: float) -> None:
        seconds = 20.0 if draw < 0.95 else 660.0 if draw < 0.99 else 7 * 86_400.0
        world.seen["clock jump"] += 1
        world.step("fate", f"{seconds:.0f} s pass")
        world.jump(seconds)


class Staff:
    """Somebody's roles change while the screen is open: another provider, another area."""

    def __init__(self, house: House) -> None:
        self._house, self._world = house, house.world.aside

    async def run(self) -> None:
        """Until the world is calm."""
        random = self._world.random
        while not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / MOVES_EVERY_S))
            seat = random.choice(list(self._house.people))
            person = self._house.people[seat]
            if person.provider is not None:
                person = replace(person, provider=random.choice(("provider", "another")))
            if person.bureau is not None:
                person = replace(person, bureau=random.choice(BUREAUS))
            self._house.people[seat] = person
            self._world.seen["roles changed"] += 1


class Bystander:
    """Fate of those who only look on."""

    def __init__(self, house: House) -> None:
        self._house, self._world = house, house.world.aside

    async def run(self) -> None:
        """Until the world is calm."""
        random = self._world.random
        while not self._world.calm:
            await asyncio.sleep(random.expovariate(1 / LOOKERS_FATE_EVERY_S))
            if not self._world.calm:
                self._strike(random.choice(self._house.lookers), random.random())

    def _strike(self, keeper: Keeper, draw: float) -> None:
        if not keeper.lives:
            return
        if draw < 0.4:
            keeper.crash()
        elif draw < 0.6 and keeper.may_double:
            keeper.haunt()
        else:
            life = self._world.random.choice(keeper.lives)
            life.step("stands still")
            life.stand_still(self._world.random.random() * 12)


def actors(house: House) -> list[Coroutine[Any, Any, None]]:
    """All of them."""
    world = house.world
    messages = {
        partition: HouseMessages(
            world.random,
            world.seen,
            [site for site in SITES if partition_of(site) == partition],
            [host for host in HOSTS if partition_of(host) == partition],
            elsewhere=SITES[0],
        )
        for partition in USED
    }
    panels = [Panel(house, account) for account in (*map(account_of, SITES), *STRANGERS)]
    return [
        *(panel.run() for panel in panels),
        *(panel.poll() for panel in panels),
        *(Person(house, f"person {number}", messages).run() for number in range(PEOPLE)),
        Program(house, messages).run(),
        *(Registrar(house, account).run() for account in STRANGERS),
        Fate(house).run(),
        Staff(house).run(),
        Bystander(house).run(),
        *(screen.run() for screen in house.screens),
    ]
