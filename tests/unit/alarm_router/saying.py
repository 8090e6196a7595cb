"""The words of the router's tests: given these records, when this one, then this outcome."""

from __future__ import annotations

from typing import Any

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import guard as g
from services.contracts.alarm import AlarmRaised, AlarmVerified
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import Decision, Event, InboxRecord, Refused, Tick
from services.contracts.interruption import InterruptionEvent
from services.contracts.reports import DeliveryOutcome, EscalationReceipt, TypedWhileUndecided
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Actor, Sealed, SignalId
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.law.pack import Law
from services.law.shelf import shipped

LOG_ID = "0190d0e0-0000-7000-8000-00000000abcd"
NOW = 1_800_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
SITE = "site-a"
WANG = Actor(id="wang", roles=("operator",))
LI = Actor(id="li", roles=("operator",))
ZHAO = Actor(id="zhao", roles=("shift_supervisor",))
QIAN = Actor(id="qian", roles=("police",))
CALL = (c.Evidence(kind="call"),)
REASON = Sealed(key="k1", box=b"sealed")
BUREAU = "210102000000"
LAW = Law(at_once=shipped().at_once)


class Desk:
    """One partition and its inbox, at a time that only the test moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.partition: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
        self.values = [encode(genesis(0, LOG_ID, NOW, "1.0"))]
        self.partition.fold(Record(0, NOW, self.values[0]))
        self.heard: list[Record] = []
        self._ids = 0
        self._counter = 0

    @property
    def state(self) -> State:
        """What the partition remembers."""
        return self.partition.state

    def hears(self, value: bytes) -> Decision | None:
        """Decide an inbox record; the decision, or None for an empty tick."""
        self.heard.append(Record(len(self.heard), self.now, value))
        sealed = self.partition.decide(self.heard[-1])
        if sealed is None:
            return None
        self.values.append(sealed)
        again: Partition[State] = Partition(AlarmRouter(), 0, "reader")
        again.chain.offset, again.chain.head = len(self.values) - 1, _prev(sealed)
        return again.fold(Record(len(self.values) - 1, self.now, sealed))

    def told(self, message: InboxRecord) -> Decision:
        """As `hears`, for what is always answered."""
        decision = self.hears(encode(message))
        assert decision is not None
        return decision

    def saw(self, account: str = "1234") -> int:
        """Which turn of the line a watch sees now."""
        return self.state.silence.told.get(f"a/{account}", 0)

    def tick(self) -> Decision | None:
        """Time has passed."""
        return self.hears(encode(Tick(sender="router", sent_at=self.now)))

    def after(self, us: int) -> tuple[Event, ...]:
        """What a tick says then."""
        self.now += us
        decision = self.tick()
        return () if decision is None else decision.events

    def command_id(self, at: int | None = None) -> str:
        """A new uuid7, of now."""
        self._ids += 1
        bits = (self.now if at is None else at) // 1000 << 80 | 7 << 76 | 2 << 62 | self._ids
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def head(self, by: Actor, at: int | None = None) -> dict[str, Any]:
        """What every command carries."""
        return {
            "id": self.command_id(at),
            "sender": "web",
            "sent_at": self.now,
            "subject": SITE,
            "by": by,
        }

    def signal(self, **what: Any) -> SignalReceived:
        """A burglary at the site, unless said otherwise."""
        self._counter += 1
        return SignalReceived(
            **{
                "id": SignalId(run="run-1", line="a/1234", counter=self._counter),
                "sender": "ingest",
                "sent_at": self.now,
                "received_at": self.now,
                "subject": SITE,
                "protocol": "adm_cid",
                "account_space": "a",
                "account": "1234",
                "sequence": f"{self._counter:04}",
                "code": "130",
                **what,
            }
        )

    def malformed(self, **what: Any) -> SignalMalformed:
        """Bytes of the site's panel that nobody can read."""
        self._counter += 1
        return SignalMalformed(
            **{
                "id": SignalId(run="run-1", line="a/1234", counter=self._counter),
                "sender": "ingest",
                "sent_at": self.now,
                "received_at": self.now,
                "subject": SITE,
                "account_space": "a",
                "account": "1234",
                "reason": "crc",
                "raw": b"?",
                **what,
            }
        )

    def alarm(self, **what: Any) -> AlarmRaised:
        """An alarm was raised."""
        events = self.told(self.signal(**what)).events
        (raised,) = (event for event in events if isinstance(event, AlarmRaised))
        return raised

    def registered(self, provider: str = "provider", position: int = 1) -> None:
        """The site is in the register."""
        site = d.SiteEntry(
            id=SITE, provider=provider, site_class="key_unit", division="210102", bureau=BUREAU
        )
        self.told(d.SiteSet(sender="registry", sent_at=self.now, position=position, site=site))

    def claim(self, alarm: str, by: Actor = WANG) -> Decision:
        """Somebody takes it."""
        return self.told(c.ClaimAlarm(**self.head(by), alarm=alarm))

    def verify(
        self,
        alarm: str,
        result: c.VerificationResult = "confirmed",
        by: Actor = WANG,
        evidence: tuple[c.Evidence, ...] = CALL,
    ) -> Decision:
        """Somebody verifies it, by a call unless said otherwise."""
        return self.told(c.VerifyAlarm(**self.head(by), alarm=alarm, result=result, evidence=evidence))

    def order_guard(self, alarm: str, by: Actor = WANG, *, stand_off: bool = False) -> Decision:
        """Somebody sends a guard."""
        return self.told(g.OrderGuard(**self.head(by), alarm=alarm, unit=REASON, stand_off=stand_off))

    def guard(self, alarm: str, by: Actor = WANG) -> str:
        """A guard is on the way; its id."""
        ordered = self.order_guard(alarm, by).events[-1]
        assert isinstance(ordered, g.GuardOrdered)
        return ordered.guard

    def radioed(self, alarm: str, guard: str, step: g.GuardStep, by: Actor = WANG) -> Decision:
        """A guard came so far."""
        return self.told(g.ReportGuard(**self.head(by), alarm=alarm, guard=guard, step=step))

    def guard_found(self, alarm: str, guard: str, finding: g.GuardFinding, by: Actor = WANG) -> Decision:
        """A guard found something, or nothing."""
        asked = g.ReportGuardResult(**self.head(by), alarm=alarm, guard=guard, finding=finding, note=REASON)
        return self.told(asked)

    def escalate(self, alarm: str, rule: c.ReportAtOnceRule | None = None, by: Actor = WANG) -> Decision:
        """Somebody reports it to the police."""
        return self.told(c.EscalateAlarm(**self.head(by), alarm=alarm, rule=rule))

    def close(self, alarm: str, by: Actor = WANG, reason: Sealed = REASON) -> Decision:
        """Somebody closes it."""
        return self.told(c.CloseAlarm(**self.head(by), alarm=alarm, reason=reason))

    def release(self, alarm: str, by: Actor = WANG) -> Decision:
        """Somebody gives it back to the queue."""
        return self.told(c.ReleaseAlarm(**self.head(by), alarm=alarm))

    def hand_over(self, alarm: str, to: Actor, by: Actor = WANG) -> Decision:
        """Somebody gives it to a colleague."""
        return self.told(c.HandOverAlarm(**self.head(by), alarm=alarm, to=to.id))

    def take_over(self, alarm: str, by: Actor = LI, reason: Sealed = REASON) -> Decision:
        """Somebody takes it from a colleague."""
        return self.told(c.TakeOverAlarm(**self.head(by), alarm=alarm, reason=reason))

    def note(self, alarm: str, by: Actor = WANG) -> Decision:
        """Somebody writes something down."""
        return self.told(c.NoteAlarm(**self.head(by), alarm=alarm, note=REASON))

    def sign_for(self, escalation: str, by: Actor = QIAN, number: str | None = None) -> Decision:
        """The police take note."""
        return self.told(
            c.SignForEscalation(**self.head(by), escalation=escalation, police_incident_no=number)
        )

    def dispatch(self, escalation: str, by: Actor = QIAN, unit: str = "") -> Decision:
        """The police send somebody."""
        return self.told(c.DispatchPolice(**self.head(by), escalation=escalation, unit=unit))

    def on_scene(self, escalation: str, by: Actor = QIAN) -> Decision:
        """The police are there."""
        return self.told(c.ReportOnScene(**self.head(by), escalation=escalation))

    def feedback(
        self,
        escalation: str,
        by: Actor = QIAN,
        disposition: c.Disposition | None = None,
        *,
        final: bool = False,
    ) -> Decision:
        """The police say what they found."""
        asked = c.GiveFeedback(
            **self.head(by), escalation=escalation, text=REASON, disposition=disposition, final=final
        )
        return self.told(asked)

    def answered(
        self,
        escalation: str,
        outcome: DeliveryOutcome = "delivered",
        attempt: int = 1,
        subject: str = SITE,
        **what: Any,
    ) -> Decision:
        """A police endpoint answered."""
        return self.told(
            EscalationReceipt(
                sender="outbound",
                sent_at=self.now,
                subject=subject,
                escalation=escalation,
                attempt=attempt,
                outcome=outcome,
                **{"endpoint": "https://110.example", **what},
            )
        )

    def typed(self, source: int, by: Actor = WANG, **what: Any) -> TypedWhileUndecided:
        """What somebody typed while the partition stood still."""
        head = self.head(by)
        return TypedWhileUndecided(**{**head, "source": source, "note": REASON, **what})


def beside_interruptions(decision: Decision) -> list[Event]:
    """What was decided, without what it says of interruptions."""
    return [event for event in decision.events if not isinstance(event, InterruptionEvent)]


def _prev(value: bytes) -> bytes:
    return decode_decision(value).prev


def refusal(decision: Decision) -> tuple[str, dict[str, str]]:
    """Why it was refused; nothing of its own happened."""
    assert isinstance(decision.answer, Refused), decision
    assert not any(isinstance(event, AlarmVerified) for event in decision.events)
    return decision.answer.reason, decision.answer.params
