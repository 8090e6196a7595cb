"""What a partition is told: signals, acts of people, reports, the directory, ticks, junk, all also twice. Seeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from services.alarm_router.domain.alarm import Alarm
from services.alarm_router.domain.state import State
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts import interruption as i
from services.contracts import liveness as li
from services.contracts import reports as r
from services.contracts.codec import encode
from services.contracts.envelope import Command, InboxRecord, Tick
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Actor, Sealed, SignalId
from services.contracts.topics import line_key
from services.simulation.registry import Registry
from services.simulation.track import of_the_track

SUBJECTS = ("site-a", "site-b", "site-c")
RUNS = ("run-1", "run-2")
CODES = ("130", "BA", "BR", "137", "110", "120", "121", "301", "401", "570", "602", "306", "ZZ")
ZONES = ("", "1", "002", "3")
HOSTS = ("host/one", "host/two")
RULES: tuple[c.ReportAtOnceRule | None, ...] = (None, None, "duress", "guard_confirmed")
RESULTS: tuple[c.VerificationResult, ...] = ("confirmed", "confirmed", "undetermined", "false_alarm")
GUARD_STEPS: tuple[g.GuardStep, ...] = ("accepted", "arrived", "searched", "left")
FINDINGS: tuple[g.GuardFinding, ...] = ("nothing", "person_present")
WANG = Actor(id="wang", roles=("operator",))
LI = Actor(id="li", roles=("operator",))
ZHAO = Actor(id="zhao", roles=("shift_supervisor",))
SUN = Actor(id="sun", roles=("operator",), provider="another")
QIAN = Actor(id="qian", roles=("police",))
SHEN = Actor(id="shen", roles=("police",))
CENTRE = (WANG, WANG, LI, ZHAO, SUN, QIAN)
EVIDENCE = (c.Evidence(kind="call"),)
REASON = Sealed(key="k1", box=b"sealed")
JUNK = (b"", b"{", b"\xff\xfe", b'{"type":"tick.v1"}', b"[]", b'{"type":"signal.received.v1","id":3}')


class Messages:
    """The senders of one inbox. `said`: how often each kind was said."""

    registry: type[Registry] = Registry

    def __init__(
        self,
        random: Random,
        said: Counter[str],
        subjects: Sequence[str] = SUBJECTS,
        hosts: Sequence[str] = HOSTS,
        elsewhere: str = "elsewhere",
    ) -> None:
        """`elsewhere`: the site that one of the subjects may be merged into."""
        self._random = random
        self._hosts, self._subjects = tuple(hosts), tuple(subjects)
        self._registry = self.registry(random, self._subjects, elsewhere, self._sent)
        self._said = said
        self._counters: Counter[str] = Counter()
        self._signals: list[SignalReceived] = []
        self._commands: list[Command] = []
        self._reports: list[r.Report] = []
        self._at_shell: list[SignalReceived] = []
        self._source = 0

    def next(self, state: State, now: int) -> bytes:
        """The next record, made by somebody who knows `state`, microseconds `now`."""
        self._source += 1
        draw = self._random.random()
        if draw < 0.25:
            return self._say("signal", self._signal(now))
        if draw < 0.29:
            return self._say("panel repetition", self._panel_repetition(now))
        if draw < 0.32 and self._signals:
            return self._say("same signal", self._random.choice(self._signals[-6:]))
        if draw < 0.55 and state.escalations:
            return self._say("act of the police", self._remembered(self._police(state, now)))
        if draw < 0.7:
            return self._say("command", self._remembered(self._asked(state, now)))
        if draw < 0.725:
            return self._say("window", self._remembered(self._window(state, now)))
        if draw < 0.77 and self._commands:
            return self._say("repeated id", self._repetition())
        if draw < 0.94:
            return self._told(state, now, draw)
        if draw < 0.97:
            return self._say("tick", Tick(sender="router", sent_at=self._sent(now)))
        self._said["malformed"] += 1
        return self._random.choice(JUNK)

    def act(self, state: State, now: int) -> Command:
        """What some person asks for who knows `state`; now and then what was asked before."""
        draw = self._random.random()
        if draw < 0.1 and self._commands:
            self._said["repeated id"] += 1
            return self._repetition()
        if draw < 0.3 and state.escalations:
            self._said["act of the police"] += 1
            return self._remembered(self._police(state, now))
        if draw > 0.93:
            self._said["window"] += 1
            return self._remembered(self._window(state, now))
        self._said["command"] += 1
        mine = [one for one in state.alarms.values() if one.holder and not (one.closed_at or one.escalation)]
        if mine and draw < 0.7:
            return self._remembered(self._worked_on(self._random.choice(mine[-3:]), now))
        return self._remembered(self._asked(state, now))

    def tell(self, state: State, now: int) -> bytes:
        """What some program says; now and then what nobody can read."""
        draw = self._random.random()
        if draw < 0.06:
            self._said["poison record"] += 1
            return self._random.choice(JUNK)
        if draw < 0.12:
            return self._say("tick", Tick(sender="router", sent_at=self._sent(now)))
        return self._told(state, now, 0.77 + draw * 0.17)

    def entries(self, now: int) -> list[bytes]:
        """What the registry said of its sites before anything else happened."""
        return [self._say("directory", site) for site in self._registry.sites(now)]

    def _told(self, state: State, now: int, draw: float) -> bytes:
        """By programs."""
        if draw < 0.82:
            return self._say("directory", self._registry.next(now))
        if draw < 0.85 and self._reports:
            return self._say("repeated report", self._random.choice(self._reports[-6:]))
        report = self._report(state, now, draw)
        self._reports.append(report)
        return self._say("report", report)

    def _say(self, kind: str, message: InboxRecord) -> bytes:
        self._said[kind] += 1
        if isinstance(message, li.SystemSilent | li.SystemHeard) and message.told is None:
            return of_an_earlier_version(message)
        return encode(message)

    def _id(self, subject: str) -> SignalId:
        run = self._random.choice(RUNS)
        self._counters[run + subject] += 1
        return SignalId(run=run, line=f"a/{subject}", counter=self._counters[run + subject])

    def _signal(self, now: int) -> SignalReceived | SignalMalformed:
        random = self._random
        subject = random.choice(self._subjects)
        if random.random() < 0.03:
            return SignalMalformed(
                id=self._id(subject),
                sender="ingest",
                sent_at=now,
                received_at=now,
                subject=subject,
                account_space="a",
                account=subject,
                reason="crc",
                raw=b"?",
            )
        signal = self._received(subject, random.choice(CODES), f"{random.randrange(10_000):04}", now)
        self._signals.append(signal)
        return signal

    def _received(self, subject: str, code: str, sequence: str, now: int) -> SignalReceived:
        return SignalReceived(
            id=self._id(subject),
            sender="ingest",
            sent_at=self._sent(now),
            received_at=now,
            subject=subject,
            protocol="sia_dcs",
            account_space="a",
            account=subject,
            sequence=sequence,
            code=code,
            qualifier="restore" if self._random.random() < 0.1 else "new",
            zone=self._random.choice(ZONES),
        )

    def _panel_repetition(self, now: int) -> SignalReceived | SignalMalformed:
        if not self._signals:
            return self._signal(now)
        first = self._random.choice(self._signals[-4:])
        again = self._received(first.subject, first.code, first.sequence or "", now)
        return msgspec.structs.replace(again, qualifier=first.qualifier, zone=first.zone)

    def _sent(self, now: int) -> int:
        """A sender's time; now and then so early that the broker's stamp is not believed."""
        return now - self._random.randrange(58_000_000, 66_000_000) * (self._random.random() < 0.15)

    def _command_id(self, now: int) -> str:
        late = self._random.choice((0, 0, 0, 0, 1_000_000, 100_000_000, 130_000_000, -70_000_000))
        bits = (now - late) // 1000 << 80 | 7 << 76 | 2 << 62 | self._random.getrandbits(60)
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _remembered(self, command: Command) -> Command:
        self._commands.append(command)
        return command

    def _head(self, now: int, subject: str, by: Actor) -> dict[str, Any]:
        return {
            "id": self._command_id(now),
            "sender": "web",
            "sent_at": self._sent(now),
            "subject": subject,
            "by": by,
        }

    def _asked(self, state: State, now: int) -> Command:
        random = self._random
        # The newest are worked on most, so that several people meet at one alarm.
        alive = [alarm for alarm in state.alarms.values() if alarm.closed_at is None]
        alarms = alive[-4:] if random.random() < 0.95 else list(state.alarms.values())
        held = [alarm for alarm in alive if alarm.holder]
        if held and random.random() < 0.7:
            return self._worked_on(random.choice(held[:2]), now)
        subject, alarm = (self._subjects[0], "none") if not alarms else self._picked(alarms)
        whole = {**self._head(now, subject, random.choice(CENTRE)), "alarm": alarm}
        draw = random.random()
        if draw < 0.55:
            return c.ClaimAlarm(**whole)
        if draw < 0.6:
            return g.OrderGuard(**whole, unit=REASON)
        if draw < 0.65:
            evidence = EVIDENCE if random.random() < 0.9 else ()
            return c.VerifyAlarm(**whole, result=random.choice(RESULTS), evidence=evidence)
        if draw < 0.7:
            return c.EscalateAlarm(**whole, rule=random.choice(RULES))
        return self._passed_on(whole, draw)

    def _window(self, state: State, now: int) -> i.WindowCommand:
        """Work is said beforehand, or afterwards; or it is done."""
        random = self._random
        known = list(state.book.windows.values())
        by = random.choice((ZHAO, ZHAO, WANG))
        if known and random.random() < 0.3:
            window = random.choice(known[-4:])
            return i.EndMaintenanceWindow(**self._head(now, window.subject, by), window=window.id)
        begins = now + random.choice((-600, -60, 0, 0, 60)) * 1_000_000
        return i.OpenMaintenanceWindow(
            **self._head(now, random.choice(self._subjects), by),
            kind=random.choice(("maintenance", "work_order")),
            from_us=begins,
            until_us=begins + random.choice((60, 600, 3600)) * 1_000_000,
            facts=random.choice(((), ("power",), ("tamper", "bypass"))),
        )

    def _worked_on(self, alarm: Alarm, now: int) -> Command:
        """What its holder does next, most of the time."""
        by = WANG if alarm.holder == WANG.id else LI if alarm.holder == LI.id else ZHAO
        whole = {**self._head(now, alarm.subject, by), "alarm": alarm.id}
        draw = self._random.random()
        if draw < 0.15:
            return self._passed_on(whole, 0.7 + 2 * draw)
        if draw > 0.9:
            return self._of_a_guard(alarm, whole)
        if alarm.verification is None or draw < 0.25:
            return c.VerifyAlarm(**whole, result=self._random.choice(RESULTS), evidence=EVIDENCE)
        if alarm.escalation is None or draw < 0.35:
            return c.EscalateAlarm(**whole, rule=self._random.choice(RULES))
        return c.CloseAlarm(**whole, reason=REASON)

    def _of_a_guard(self, alarm: Alarm, whole: dict[str, Any]) -> g.GuardCommand:
        if not alarm.guards or self._random.random() < 0.2:
            return g.OrderGuard(**whole)
        guard = self._random.choice(alarm.guards).id
        if self._random.random() < 0.5:
            return g.ReportGuard(**whole, guard=guard, step=self._random.choice(GUARD_STEPS))
        return g.ReportGuardResult(**whole, guard=guard, finding=self._random.choice(FINDINGS))

    def _passed_on(self, whole: dict[str, Any], draw: float) -> c.AlarmCommand:
        if draw < 0.75:
            return c.ReleaseAlarm(**whole)
        if draw < 0.8:
            return c.HandOverAlarm(**whole, to=self._random.choice(("wang", "li")))
        if draw < 0.85:
            return c.TakeOverAlarm(**whole, reason=REASON)
        if draw < 0.88:
            return c.NoteAlarm(**whole, note=REASON)
        return c.CloseAlarm(**whole, reason=REASON)

    def _escalation(self, state: State) -> tuple[str, str]:
        """One that is held and its subject; now and then none."""
        if not state.escalations or self._random.random() < 0.05:
            return "none", self._subjects[0]
        escalation = self._random.choice(list(state.escalations)[-4:])
        return escalation, state.alarms[state.escalations[escalation]].subject

    def _police(self, state: State, now: int) -> c.PoliceCommand:
        escalation, subject = self._escalation(state)
        by = self._random.choice((QIAN, QIAN, SHEN, WANG))
        whole = {**self._head(now, subject, by), "escalation": escalation}
        draw = self._random.random()
        if draw < 0.25:
            return c.SignForEscalation(**whole)
        if draw < 0.45:
            return c.DispatchPolice(**whole, unit=self._random.choice(("", "one")))
        if draw < 0.6:
            return c.ReportOnScene(**whole)
        if draw < 0.85:
            self._said["more of a report"] += 1
            return of_the_track(self._random, whole, QIAN, WANG, REASON)
        final = draw > 0.93
        return c.GiveFeedback(**whole, text=REASON, disposition="valid" if final else None, final=final)

    def _report(self, state: State, now: int, draw: float) -> r.Report:
        if draw < 0.88:
            return self._carried(now)
        if draw < 0.91:
            return self._receipt(state, now)
        if draw < 0.925:
            head = self._head(now, self._random.choice(self._subjects), self._random.choice(CENTRE))
            return r.TypedWhileUndecided(
                **head, source=self._random.randrange(max(1, self._source)), note=REASON
            )
        if draw < 0.935:
            return self._silence(state, now)
        return r.HostClockMeasured(
            sender="router",
            sent_at=self._sent(now),
            subject=self._random.choice(self._hosts),
            synchronised=self._random.random() < 0.7,
            offset_us=self._random.choice((0, 0, 2_000_000)),
            error_us=0,
        )

    def _silence(self, state: State, now: int) -> li.SystemSilent | li.SystemHeard:
        """Of a line that may be supervised, or somebody else's; now and then of long ago, or by an earlier version."""
        line, subject = self._random.choice(self._subjects), self._random.choice(self._subjects)
        ago = 7 * 86_400_000_000 if self._random.random() < 0.05 else 1_000_000
        told = state.silence.told.get(line_key("a", line), 0)
        whole: dict[str, Any] = {
            "sender": "router",
            "sent_at": now - ago,
            "told": self._random.choice((told, told, told, told, told - 1, None)),
            "subject": line if self._random.random() < 0.9 else subject,
            "account_space": "a",
            "account": line,
        }
        if self._random.random() < 0.5:
            return li.SystemHeard(**whole, heard_at=now)
        return li.SystemSilent(**whole, last_heard_at=now - 270_000_000, timeout_us=270_000_000)

    def _carried(self, now: int) -> r.SignalCarried:
        """Of a shell site that was merged, behind newer ones of its line; now and then of a cause long ago."""
        random = self._random
        while len(self._at_shell) < 4:
            subject, sequence = random.choice(self._subjects), f"{random.randrange(10_000):04}"
            self._at_shell.append(self._received(subject, random.choice(CODES), sequence, now))
        signal = self._at_shell.pop(0)
        ago = 7 * 86_400_000_000 if random.random() < 0.1 else 1_000_000
        return r.SignalCarried(
            sender="followup",
            sent_at=self._sent(now),
            subject=signal.subject,
            cause=r.Cause(partition=3, offset=self._source, time=now - ago),
            signal=msgspec.structs.replace(signal, subject="shell"),
        )

    def _receipt(self, state: State, now: int) -> r.EscalationReceipt:
        escalation, subject = self._escalation(state)
        return r.EscalationReceipt(
            sender="police_link",
            sent_at=self._sent(now),
            subject=subject,
            escalation=escalation,
            attempt=self._random.choice((1, 1, 2, 3)),
            outcome=self._random.choice(("delivered", "delivered", "refused")),
            endpoint="110",
        )

    def _picked(self, alarms: list[Alarm]) -> tuple[str, str]:
        alarm = self._random.choice(alarms)
        return alarm.subject, alarm.id

    def _repetition(self) -> Command:
        """An earlier command again; now and then its id stands on another one."""
        first = self._random.choice(self._commands[-8:])
        if self._random.random() < 0.2:
            other = self._random.choice(self._commands[-8:])
            return msgspec.structs.replace(other, id=first.id)
        return first


def of_an_earlier_version(report: li.SystemSilent | li.SystemHeard) -> bytes:
    """In the words of before, when no report said what its watch had seen."""
    said = msgspec.to_builtins(report)
    del said["told"]
    return encode(said | {"type": said["type"].replace(".v2", ".v1")})
