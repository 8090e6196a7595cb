"""What a partition is told: signals, commands, directory changes, ticks, junk, all of it also twice. Seeded."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec

from services.alarm_router.domain.alarm import Alarm
from services.alarm_router.domain.state import State
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts.codec import encode
from services.contracts.envelope import InboxRecord, Tick
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Actor, Sealed, SignalId

SUBJECTS = ("site-a", "site-b", "site-c")
RUNS = ("run-1", "run-2")
CODES = ("130", "BA", "110", "120", "301", "401", "602", "ZZ")
RULES: tuple[c.ReportAtOnceRule | None, ...] = (None, None, "duress", "guard_confirmed")
RESULTS: tuple[c.VerificationResult, ...] = ("confirmed", "confirmed", "undetermined", "false_alarm")
WANG = Actor(id="wang", roles=("operator",))
LI = Actor(id="li", roles=("operator",))
ZHAO = Actor(id="zhao", roles=("shift_supervisor",))
SUN = Actor(id="sun", roles=("operator",), provider="another")
QIAN = Actor(id="qian", roles=("police",))
CENTRE = (WANG, WANG, LI, ZHAO, SUN, QIAN)
EVIDENCE = (c.Evidence(kind="call"),)
REASON = Sealed(key="k1", box=b"sealed")
JUNK = (b"", b"{", b"\xff\xfe", b'{"type":"tick.v1"}', b"[]", b'{"type":"signal.received.v1","id":3}')


class Messages:
    """The senders of one inbox. `said`: how often each kind was said."""

    def __init__(self, random: Random, said: Counter[str]) -> None:
        self._random = random
        self._said = said
        self._counters: Counter[str] = Counter()
        self._position = 0
        self._signals: list[SignalReceived] = []
        self._commands: list[c.Command] = []

    def next(self, state: State, now: int) -> bytes:
        """The next record, made by somebody who knows `state`, microseconds `now`."""
        draw = self._random.random()
        if draw < 0.36:
            return self._say("signal", self._signal(now))
        if draw < 0.42:
            return self._say("panel repetition", self._panel_repetition(now))
        if draw < 0.46 and self._signals:
            return self._say("same signal", self._random.choice(self._signals[-6:]))
        if draw < 0.78:
            return self._say("command", self._command(state, now))
        if draw < 0.86 and self._commands:
            return self._say("repeated id", self._repetition())
        if draw < 0.92:
            return self._say("directory", self._directory(now))
        if draw < 0.97:
            return self._say("tick", Tick(sender="router", sent_at=now))
        self._said["malformed"] += 1
        return self._random.choice(JUNK)

    def _say(self, kind: str, message: InboxRecord) -> bytes:
        self._said[kind] += 1
        return encode(message)

    def _id(self, subject: str) -> SignalId:
        run = self._random.choice(RUNS)
        self._counters[run + subject] += 1
        return SignalId(run=run, line=f"a/{subject}", counter=self._counters[run + subject])

    def _signal(self, now: int) -> SignalReceived | SignalMalformed:
        random = self._random
        subject = random.choice(SUBJECTS)
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
            sent_at=now - self._random.randrange(90_000_000),
            received_at=now,
            subject=subject,
            protocol="sia_dcs",
            account_space="a",
            account=subject,
            sequence=sequence,
            code=code,
        )

    def _panel_repetition(self, now: int) -> SignalReceived | SignalMalformed:
        if not self._signals:
            return self._signal(now)
        first = self._random.choice(self._signals[-4:])
        return self._received(first.subject, first.code, first.sequence or "", now)

    def _command_id(self, now: int) -> str:
        late = self._random.choice((0, 0, 0, 0, 1_000_000, 100_000_000, 130_000_000, -70_000_000))
        bits = (now - late) // 1000 << 80 | 7 << 76 | 2 << 62 | self._random.getrandbits(60)
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _command(self, state: State, now: int) -> c.Command:
        command = self._asked(state, now)
        self._commands.append(command)
        return command

    def _asked(self, state: State, now: int) -> c.Command:
        random = self._random
        by = random.choice(CENTRE)
        # The newest are worked on most, so that several people meet at one alarm.
        alarms = list(state.alarms.values())[-4:]
        subject, alarm = ("site-a", "none") if not alarms else self._picked(alarms)
        whole: dict[str, Any] = {
            "id": self._command_id(now),
            "sender": "web",
            "sent_at": now,
            "subject": subject,
            "by": by,
        }
        draw = random.random()
        if draw < 0.1 and state.escalations:
            escalation = random.choice(list(state.escalations))
            whole["subject"] = state.alarms[state.escalations[escalation]].subject
            return c.SignForEscalation(**{**whole, "by": QIAN}, escalation=escalation)
        if draw < 0.4:
            return c.ClaimAlarm(**whole, alarm=alarm)
        if draw < 0.65:
            evidence = EVIDENCE if random.random() < 0.9 else ()
            return c.VerifyAlarm(**whole, alarm=alarm, result=random.choice(RESULTS), evidence=evidence)
        if draw < 0.85:
            return c.EscalateAlarm(**whole, alarm=alarm, rule=random.choice(RULES))
        return c.CloseAlarm(**whole, alarm=alarm, reason=REASON)

    def _picked(self, alarms: list[Alarm]) -> tuple[str, str]:
        alarm = self._random.choice(alarms)
        return alarm.subject, alarm.id

    def _repetition(self) -> c.Command:
        """An earlier command again; now and then its id stands on another one."""
        first = self._random.choice(self._commands[-8:])
        if self._random.random() < 0.2:
            other = self._random.choice(self._commands[-8:])
            return msgspec.structs.replace(other, id=first.id)
        return first

    def _directory(self, now: int) -> d.SiteSet | d.ProviderSet:
        random = self._random
        position = self._position + random.choice((-1, 0, 1, 1, 1))
        self._position = max(self._position, position)
        if random.random() < 0.5:
            filing = d.Filing(authority="shenyang", state=random.choice(("filed", "changed")))
            provider = d.ProviderEntry(id="provider", filings=(filing,))
            return d.ProviderSet(sender="registry", sent_at=now, position=position, provider=provider)
        site = d.SiteEntry(
            id=random.choice(SUBJECTS),
            provider=random.choice(("provider", "another")),
            site_class="key_unit",
            division="210102",
            bureau="210102000000",
        )
        return d.SiteSet(sender="registry", sent_at=now, position=position, site=site)
