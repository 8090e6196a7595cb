"""A past to look into: decisions in memory logs, junk among them, and doubles of the other ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.contracts import alarm as a
from services.contracts.codec import digest, encode
from services.contracts.directory import Filing
from services.contracts.envelope import Accepted, Answer, Decision, Event, LogBegun, LogResumed, Source
from services.contracts.interruption import Fact, InterruptionBegan
from services.contracts.stored import Actor, Sealed
from services.eventsourcing.counting import NO_HEAD
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.picture.names import SiteName
from services.replay.handlers.room import ReadingRoom

SECOND = 1_000_000
T0 = 1_800_000_000 * SECOND
LI = Actor(id="li", roles=("operator",), provider="p1")
QIAN = Actor(id="qian", roles=("police",), bureau="b1")
INSPECTOR = Actor(id="xu", roles=("inspector",))
AUDITOR = Actor(id="zhou", roles=("auditor",))
NOTE = Sealed(key="k1", box=b"\x00\xff boxed")


def raised(alarm: str, **change: Any) -> a.AlarmRaised:
    values: dict[str, Any] = {
        "alarm": alarm,
        "number": alarm.upper(),
        "subject": "site",
        "site_known": True,
        "account_space": "default",
        "account": "1001",
        "class_": "burglary",
        "priority": 2,
        "code": "130",
        "received_at": T0,
        "claim_due": T0 + 30 * SECOND,
        "provider": "p1",
        "bureau": "b1",
        "filing": Filing(authority="x", state="filed"),
    }
    return a.AlarmRaised(**{**values, **change})


def interrupted(name: str, provider: str) -> InterruptionBegan:
    return InterruptionBegan(
        interruption=name,
        number=f"0-{name.upper()}",
        subject="site",
        fact=Fact(fact="power", code="301", received_at=T0),
        settles_at=T0 + 600 * SECOND,
        site_known=True,
        site_class="other",
        provider=provider,
        bureau="b1",
    )


class Past:
    """One partition, written as its router would; every record a second after the one before."""

    def __init__(self, partition: int = 0, log_id: str = "log-1") -> None:
        self.partition, self.log = partition, MemoryEventLog()
        self.inbox = MemoryEventLog()
        self.head, self.time = NO_HEAD, T0
        self.says(LogBegun(log_id=log_id, partition=partition, partitions=12), name="genesis/0")

    def says(
        self, *events: Event, name: str = "", answer: Answer | None = None, command: Any = None
    ) -> Decision:
        """One more decision that counts; `command`: the inbox record that it decides."""
        source = Source(offset=-1, hash=b"")
        if command is not None:
            value = encode(command)
            source = Source(offset=self.inbox.put([value]), hash=digest(value))
        decision = self._decision(len(self.log.records), events, name, answer or Accepted(), source)
        value = encode(decision)
        self.log.put([value])
        self.head = digest(value)
        self.time += SECOND
        return decision

    def junk(self) -> None:
        """A record that a writer put down for another place: it does not count."""
        source = Source(offset=3, hash=b"\0" * 16)
        decision = self._decision(len(self.log.records) - 1, (raised("ghost"),), "late", Accepted(), source)
        self.log.put([encode(decision)])

    def _decision(
        self, lies_at: int, events: tuple[Event, ...], name: str, answer: Answer, source: Source
    ) -> Decision:
        return Decision(
            lies_at=lies_at,
            prev=self.head,
            time=self.time,
            code="1.0",
            subject="site",
            source=source,
            id=name,
            answer=answer,
            events=events,
        )


class Names:
    """`NamesThen` of two entries: what a site was called until an instant, and from then on."""

    def __init__(self, renamed_at: int = 2 * T0) -> None:
        self.renamed_at = renamed_at

    async def names(self, sites: Iterable[str], at: int) -> dict[str, SiteName]:
        name = "金行" if at < self.renamed_at else "新金行"
        return {site: SiteName(name=name, lon=119.3, lat=26.1, provider_name="安澜") for site in sites}


class Vault:
    """`Vault` that knows what some boxes say."""

    def __init__(self, said: Mapping[Sealed, str]) -> None:
        self.said = dict(said)

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        return {one: self.said[one] for one in sealed if one in self.said}


class Looks:
    """`BookOfLooks` in a list."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, str, dict[str, object]]] = []

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        self.noted.append((person, action, subject, dict(detail)))


def room_of(
    *pasts: Past, said: Mapping[Sealed, str] | None = None, names: Names | None = None
) -> ReadingRoom:
    """A reading room over these partitions, in order."""
    return ReadingRoom(
        logs=lambda partition: pasts[partition].log,
        inboxes=lambda partition: pasts[partition].inbox,
        partitions=len(pasts),
        names=names or Names(),
        vault=Vault({NOTE: "看到有人"} if said is None else said),
        looks=Looks(),
    )


def resumed(past: Past, newest: int) -> Past:
    """The past up to `newest`, and how it goes on from a copy that reached so far."""
    copy = Past(past.partition)
    copy.log.records = past.log.records[: newest + 1]
    copy.head, copy.time = digest(copy.log.records[-1].value), past.time
    event = LogResumed(log_id="log-2", before="log-1", copied_at=T0, inbox_end=0)
    copy.says(event, name=f"resume/{newest + 1}")
    return copy
