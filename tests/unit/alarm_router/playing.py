"""Plays scenario files on one partition, at a time of its own: who does what when, in words of the trade.

A scenario is a file of tests/scenarios. A step is one act: a panel `sends` Contact ID, everybody else `does` something;
`after` are seconds since the step before, in which all that falls due is decided. `then` names rules and what they said by
this step, `refused` the reason of a refusal. What a step is about is the newest alarm, unless `about` counts them from 1.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_type_hints

import msgspec

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import guard as g
from services.contracts import interruption as i
from services.contracts import police_track as pt
from services.contracts.codec import decode_decision, encode
from services.contracts.directory import SiteClass
from services.contracts.envelope import Answer, Decision, InboxRecord
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.reports import EscalationReceipt
from services.contracts.signals import SignalReceived
from services.contracts.stored import Actor, Sealed
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.law.pack import Law
from services.picture.why import Recorded
from tests.unit.alarm_router.saying import BUREAU, LI, LOG_ID, QIAN, SECOND, SITE, WANG, ZHAO, Desk

SCENARIOS: Final = Path(__file__).parents[2] / "scenarios"
Who: TypeAlias = Literal[
    "panel", "watch", "registry", "endpoint",
    "operator", "colleague", "shift_supervisor", "engineer", "police", "second_police", "other_police", "inspector", "stranger",
]  # fmt: skip
PEOPLE: Final[Mapping[str, Actor]] = {
    "operator": WANG,
    "colleague": LI,
    "shift_supervisor": ZHAO,
    "engineer": Actor(id="sun", roles=("engineer",)),
    "police": QIAN,
    "second_police": Actor(id="zhou", roles=("police",)),
    "other_police": Actor(id="feng", roles=("police",), bureau="999900000000"),
    "inspector": Actor(id="wu", roles=("inspector",)),
    "stranger": Actor(id="zheng", roles=("operator", "engineer"), provider="another provider"),
}
ACTS: Final[Mapping[str, type[Any]]] = {
    "claim": c.ClaimAlarm,
    "release": c.ReleaseAlarm,
    "hand over": c.HandOverAlarm,
    "take over": c.TakeOverAlarm,
    "note": c.NoteAlarm,
    "verify": c.VerifyAlarm,
    "escalate": c.EscalateAlarm,
    "close": c.CloseAlarm,
    "order guard": g.OrderGuard,
    "guard step": g.ReportGuard,
    "guard result": g.ReportGuardResult,
    "sign for": c.SignForEscalation,
    "dispatch": c.DispatchPolice,
    "on scene": c.ReportOnScene,
    "feedback": c.GiveFeedback,
    "return": pt.ReturnEscalation,
    "transfer": pt.TransferEscalation,
    "name duplicate": pt.NameDuplicate,
    "supplement": pt.SupplementEscalation,
    "ask to stand down": pt.RequestStandDown,
    "record phone report": pt.RecordPhoneReport,
    "open window": i.OpenMaintenanceWindow,
    "end window": i.EndMaintenanceWindow,
}
QUALIFIERS: Final[Mapping[str, Literal["new", "restore", "status"]]] = {
    "1": "new",
    "3": "restore",
    "6": "status",
}
UNKNOWN: Final = "00000000-0000-7000-8000-000000000000"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in both languages."""

    zh: str
    en: str


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the register says. `division`: GB/T 2260; `interval_s`: how often its panel is to be heard."""

    site_class: SiteClass
    division: str
    interval_s: int | None = None
    merged_into: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act, `times` over. `held_back`: seconds that the signal lay in a receiver; `typed`: seconds from now at which
    the command was made; `again`: the same signal sent once more by its panel.
    """

    who: Who
    says: str = ""
    after: float = 0
    times: int = 1
    sends: str = ""
    held_back: float = 0
    again: bool = False
    does: str = ""
    body: dict[str, Any] = {}
    about: int | None = None
    typed: float = 0
    refused: str = ""
    then: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file. `begins`: when, if that matters; without a `site` nobody registered the account."""

    title: Words
    step: tuple[Step, ...]
    site: Site | None = None
    begins: datetime | None = None


class Played(Desk):
    """One scenario on one partition. `marks`: the offset behind each step; `answers`: to each of them, by what was sent."""

    def __init__(self, scenario: Scenario, law: Law) -> None:
        super().__init__()
        self.scenario = scenario
        if scenario.begins is not None:
            self.now = round(scenario.begins.timestamp()) * SECOND
        self.partition = Partition(AlarmRouter(law), 0, "1.0")
        self.values = [encode(genesis(0, LOG_ID, self.now, "1.0"))]
        self.partition.fold(Record(0, self.now, self.values[0]))
        self._position = 0
        self._last: SignalReceived | None = None
        self.marks: list[int] = []
        self.answers: list[tuple[str, Answer]] = []
        if scenario.site is not None:
            self._register(scenario.site)
        for step in scenario.step:
            self._take(step)
            self.marks.append(len(self.values))

    @property
    def decisions(self) -> list[Decision]:
        """All that was decided."""
        return [decode_decision(value) for value in self.values]

    def record(self) -> list[Recorded]:
        """The events as they lie in the record."""
        return [Recorded(0, one.lies_at, one.time, event) for one in self.decisions for event in one.events]

    def _take(self, step: Step) -> None:
        self.now += round(step.after * SECOND)
        while self.tick() is not None:
            pass
        for _ in range(step.times):
            message = self._message(step)
            decision = self.told(message)
            self.answers.append((str(message.__struct_config__.tag), decision.answer))
        reason = getattr(decision.answer, "reason", "")
        assert reason == step.refused, (
            f"{self.scenario.title.en}: {step.who} {step.does}{step.sends}: {reason!r}"
        )

    def _message(self, step: Step) -> InboxRecord:
        if step.who in PROGRAMS:
            return PROGRAMS[step.who](self, step)
        return self._command(step)

    def _command(self, step: Step) -> InboxRecord:
        kind, by = ACTS[step.does], PEOPLE[step.who]
        head = self.head(by, self.now + round(step.typed * SECOND))
        hints = get_type_hints(kind)
        body = {name: _value(value, hints[name], self.now) for name, value in step.body.items()}
        command: InboxRecord = msgspec.convert(
            {
                **msgspec.to_builtins(head),
                **self._named(kind, step),
                **body,
                "type": kind.__struct_config__.tag,
            },
            kind,
        )
        return command

    def _named(self, kind: type[Any], step: Step) -> dict[str, str]:
        """What the command is about: the newest of each, or the alarm that the step names."""
        alarms = [e.alarm for e in self._events(a.AlarmRaised) if e.class_ != "system"]
        about = UNKNOWN
        if alarms and step.about != 0:
            about = alarms[-1 if step.about is None else step.about - 1]
        reports = {e.alarm: e.escalation for e in self._events(a.AlarmEscalated)}
        guards = {e.alarm: e.guard for e in self._events(g.GuardOrdered)}
        windows = [e.window for e in self._events(i.MaintenanceWindowOpened)]
        named = {
            "alarm": about,
            "escalation": reports.get(about, UNKNOWN),
            "guard": guards.get(about, UNKNOWN),
            "window": windows[-1] if windows else UNKNOWN,
        }
        return {name: value for name, value in named.items() if name in kind.__struct_fields__}

    def _events(self, kind: type[Any]) -> list[Any]:
        return [one.event for one in self.record() if isinstance(one.event, kind)]

    def _panel(self, step: Step) -> InboxRecord:
        received_at = self.now - round(step.held_back * SECOND)
        if step.does:
            return self.malformed(received_at=received_at, reason="unreadable_data")
        if step.again and self._last is not None:
            return self.signal(**{**_told(self._last), "received_at": received_at})
        event, area, zone = step.sends.split()
        self._last = self.signal(
            code=event[1:], qualifier=QUALIFIERS[event[0]], area=area, zone=zone, received_at=received_at
        )
        return self._last

    def _watch(self, step: Step) -> InboxRecord:
        line: dict[str, Any] = {
            "sender": "watch", "sent_at": self.now, "subject": SITE, "account_space": "a", "account": "1234",
            "told": self.saw(),
        }  # fmt: skip
        if step.does == "heard":
            return SystemHeard(**line, heard_at=self.now)
        return SystemSilent(**line, last_heard_at=self.now - 270 * SECOND, timeout_us=270 * SECOND)

    def _registry(self, step: Step) -> InboxRecord:
        return self._entry(msgspec.convert(step.body, Site))

    def _register(self, site: Site) -> None:
        self.told(self._entry(site))

    def _entry(self, site: Site) -> d.SiteSet:
        self._position += 1
        entry = d.SiteEntry(
            id=SITE,
            provider="provider",
            site_class=site.site_class,
            division=site.division,
            bureau=BUREAU,
            lines=(d.Line(account_space="a", account="1234", interval_s=site.interval_s),),
            merged_into=site.merged_into,
        )
        return d.SiteSet(sender="registry", sent_at=self.now, position=self._position, site=entry)

    def _endpoint(self, step: Step) -> InboxRecord:
        (report,) = self._named(EscalationReceipt, step).values()
        attempt = int(step.body.get("attempt", 1))
        return EscalationReceipt(
            sender="outbound",
            sent_at=self.now,
            subject=SITE,
            escalation=report,
            attempt=attempt,
            outcome=msgspec.convert(step.does, Literal["delivered", "refused", "unknown"]),
            endpoint="https://110.example",
        )


PROGRAMS: Final[Mapping[str, Callable[[Played, Step], InboxRecord]]] = {
    "panel": Played._panel,
    "watch": Played._watch,
    "registry": Played._registry,
    "endpoint": Played._endpoint,
}


def names() -> list[str]:
    """The scenarios there are."""
    return sorted(path.stem for path in SCENARIOS.glob("*.toml"))


def read(name: str) -> Scenario:
    """A scenario by its name."""
    return msgspec.convert(tomllib.loads((SCENARIOS / f"{name}.toml").read_text("utf-8")), Scenario)


def _told(signal: SignalReceived) -> dict[str, Any]:
    return {
        name: getattr(signal, name)
        for name in ("code", "qualifier", "area", "zone", "sequence", "panel_time")
    }


def _value(value: Any, kind: Any, now: int) -> Any:
    """Texts as they are stored, and seconds from now as instants."""
    if isinstance(value, str) and "Sealed" in str(kind):
        return msgspec.to_builtins(Sealed(key="k1", box=value.encode()))
    return now + value * SECOND if kind is int and isinstance(value, int) else value
