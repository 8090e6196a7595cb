"""How a decision is named and whose it is, by what came in; its bounds; and what is said when it could not be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from services.alarm_router.domain.bounds import LARGE_RECORD
from services.alarm_router.domain.machine import StopPartition
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import interruption as i
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Already, Answer, Decision, InboxRecord, Refused
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.receiving import ReceiverTroubled
from services.contracts.reports import Cause, EscalationReceipt, HostClockMeasured, SignalCarried
from services.contracts.shadow import DecidedOtherwise
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.reporting import reported
from tests.unit.alarm_router.saying import BUREAU, LI, MINUTE, REASON, SECOND, SITE, WANG, ZHAO, Desk, refusal

LINE: dict[str, Any] = {"subject": SITE, "account_space": "a", "account": "1234"}
Message = Callable[[Desk], InboxRecord]


@pytest.fixture
def desk() -> Desk:
    """A site with a line that is to be heard."""
    found = Desk()
    found.told(registered(found, 1))
    return found


def registered(desk: Desk, position: int) -> d.SiteSet:
    site = d.SiteEntry(
        id=SITE,
        provider="provider",
        site_class="key_unit",
        division="210102",
        bureau=BUREAU,
        lines=(d.Line(account_space="a", account="1234", interval_s=90),),
    )
    return d.SiteSet(sender="registry", sent_at=desk.now, position=position, site=site)


def provider(desk: Desk) -> d.ProviderSet:
    entry = d.ProviderEntry(id="provider")
    return d.ProviderSet(sender="registry", sent_at=desk.now, position=7, provider=entry)


def silent(desk: Desk) -> SystemSilent:
    return SystemSilent(
        sender="router",
        sent_at=desk.now,
        told=desk.saw(),
        last_heard_at=desk.now - 5,
        timeout_us=270 * SECOND,
        **LINE,
    )


def heard(desk: Desk) -> SystemHeard:
    return SystemHeard(sender="router", sent_at=desk.now, told=desk.saw(), heard_at=desk.now - 5, **LINE)


def silent_as_before(desk: Desk) -> SystemSilent:
    """By a version whose watch did not say what it saw."""
    return replace(silent(desk), told=None)


def carried(desk: Desk) -> SignalCarried:
    cause = Cause(partition=3, offset=7, time=desk.now)
    signal = desk.signal(subject="shell")
    return SignalCarried(sender="followup", sent_at=desk.now, subject=SITE, cause=cause, signal=signal)


def clock(desk: Desk) -> HostClockMeasured:
    return HostClockMeasured(
        sender="router", sent_at=desk.now, subject="host/one", synchronised=True, offset_us=0, error_us=0
    )


def trouble(desk: Desk) -> ReceiverTroubled:
    return ReceiverTroubled(
        sender="ingest",
        sent_at=desk.now,
        subject="receiver/one",
        trouble="not_kept",
        since=desk.now - 2,
        until=desk.now,
        count=3,
    )


def doubt(desk: Desk) -> DecidedOtherwise:
    return DecidedOtherwise(
        sender="shadow",
        sent_at=desk.now,
        subject="partition/0",
        first=4,
        last=9,
        count=3,
        code="1.0",
        parts=("events",),
    )


def receipt(desk: Desk) -> EscalationReceipt:
    return EscalationReceipt(
        sender="outbound",
        sent_at=desk.now,
        subject=SITE,
        escalation=reported(desk),
        attempt=1,
        outcome="delivered",
        endpoint="e",
    )


def window(desk: Desk) -> i.OpenMaintenanceWindow:
    return i.OpenMaintenanceWindow(
        **desk.head(ZHAO), kind="maintenance", from_us=desk.now, until_us=desk.now + MINUTE
    )


def claim(desk: Desk) -> c.ClaimAlarm:
    return c.ClaimAlarm(**desk.head(WANG), alarm=desk.alarm().alarm)


def named(decision: Decision) -> tuple[str, str, Answer]:
    return decision.id, decision.subject, decision.answer


class TestNames:
    """A command's decision is named by the command; every other by what it was made of, with a slash."""

    @pytest.mark.parametrize(
        ("message", "name", "subject"),
        [
            (Desk.signal, "run-1/a/1234/1", SITE),
            (Desk.malformed, "run-1/a/1234/1", SITE),
            (carried, "carried/run-1/a/1234/1", SITE),
            (silent, "silent/a/1234/{before}/0", SITE),
            (silent_as_before, "silent/a/1234/{before}/{now}", SITE),
            (clock, "clock/host/one/{now}", "host/one"),
            (trouble, "receiver/receiver/one/not_kept/{now}", "receiver/one"),
            (doubt, "shadow/9", "partition/0"),
            (provider, "registry/7", "provider"),
            (lambda desk: registered(desk, 8), "registry/8", SITE),
        ],
    )
    def test_of_what_programs_and_panels_say_also_when_it_comes_again(
        self, desk: Desk, message: Message, name: str, subject: str
    ) -> None:
        said = message(desk)
        wanted = name.format(now=desk.now, before=desk.now - 5)
        assert named(desk.told(said)) == (wanted, subject, Accepted())
        assert named(desk.told(said)) == (wanted, subject, Already())

    def test_of_a_line_that_is_heard_again(self, desk: Desk) -> None:
        desk.told(silent(desk))
        silent_at, desk.now = desk.now, desk.now + 10
        assert named(desk.told(heard(desk))) == (
            f"heard/a/1234/{desk.now - 5}/{silent_at}",
            SITE,
            Accepted(),
        )

    def test_of_a_receipt_its_sending_and_outcome(self, desk: Desk) -> None:
        said = receipt(desk)
        wanted = f"receipt/{said.escalation}/1/delivered"
        assert named(desk.told(said)) == (wanted, SITE, Accepted())
        assert named(desk.told(said)) == (wanted, SITE, Already())

    def test_of_a_command_and_of_what_was_typed_their_own(self, desk: Desk) -> None:
        for said in (claim(desk), window(desk), desk.typed(1)):
            assert named(desk.told(said)) == (said.id, SITE, Accepted())

    def test_of_a_command_that_comes_again_the_first_answer(self, desk: Desk) -> None:
        alarm = desk.alarm().alarm
        desk.claim(alarm)
        second = c.ClaimAlarm(**desk.head(LI), alarm=alarm)
        first = desk.told(second)
        assert named(desk.told(second)) == (second.id, SITE, first.answer)

    def test_of_a_tick_its_place_in_the_inbox(self, desk: Desk) -> None:
        desk.alarm()
        desk.now += MINUTE
        decision = desk.tick()
        assert decision is not None
        assert named(decision) == ("tick/2", "partition/0", Accepted())

    def test_of_bytes_that_nobody_can_read_their_place_in_the_inbox(self, desk: Desk) -> None:
        desk.now += SECOND
        decision = desk.hears(b"\xff")
        assert decision is not None
        assert named(decision) == ("unreadable/1", "partition/0", Accepted())
        assert decision.time == desk.now

    def test_of_a_merged_sites_signal_that_it_is_carried_on(self, desk: Desk) -> None:
        entry = d.SiteEntry(
            id=SITE, provider="p", site_class="other", division="2", bureau="b", merged_into="site-b"
        )
        desk.told(d.SiteSet(sender="registry", sent_at=desk.now, position=2, site=entry))
        signal = desk.signal()
        assert named(desk.told(signal)) == ("run-1/a/1234/1", SITE, Accepted())


class TestBounds:
    def test_a_command_is_in_time_for_two_minutes_to_the_microsecond(self, desk: Desk) -> None:
        alarm, made = desk.alarm().alarm, desk.now
        desk.now += 2 * MINUTE
        assert desk.told(c.ClaimAlarm(**desk.head(WANG, at=made), alarm=alarm)).answer == Accepted()
        desk.now += 1
        late = c.ReleaseAlarm(**desk.head(WANG, at=made), alarm=alarm)
        assert refusal(desk.told(late)) == ("too_late", {})

    def test_a_command_may_be_a_minute_ahead(self, desk: Desk) -> None:
        alarm = desk.alarm().alarm
        early = c.ClaimAlarm(**desk.head(WANG, at=desk.now + MINUTE + 1000), alarm=alarm)
        assert refusal(desk.told(early)) == ("too_early", {})
        ahead = c.ClaimAlarm(**desk.head(WANG, at=desk.now + MINUTE), alarm=alarm)
        assert desk.told(ahead).answer == Accepted()

    def test_what_is_asked_of_no_alarm_or_of_one_that_is_not_held_is_told_so(self, desk: Desk) -> None:
        asked = c.NoteAlarm(**{**desk.head(WANG), "subject": "site-b"}, alarm="none", note=REASON)
        assert refusal(desk.told(asked)) == ("alarm.not_open", {})
        assert refusal(desk.sign_for("none")) == ("escalation.unknown", {})

    def test_a_signal_of_64_kib_is_decided_as_it_is_and_a_byte_more_is_raised_raw(self, desk: Desk) -> None:
        room = LARGE_RECORD - len(encode(desk.signal(zone="")))
        largest, larger = desk.signal(zone="z" * room), desk.signal(zone="z" * (room + 1))
        assert (len(encode(largest)), len(encode(larger))) == (LARGE_RECORD, LARGE_RECORD + 1)
        assert [e.reason for e in desk.told(largest).events if isinstance(e, a.SignalRecorded)] == [""]
        cut = desk.told(larger)
        assert [e.reason for e in cut.events if isinstance(e, a.SignalRecorded)] == ["too_large"]
        assert named(desk.told(larger)) == (cut.id, SITE, Already())

    def test_what_a_sender_sent_later_than_the_brokers_stamp_counts_from_the_stamp(self, desk: Desk) -> None:
        said = desk.signal(sent_at=desk.now + MINUTE)
        assert desk.told(said).time == desk.now


def decided(desk: Desk, said: InboxRecord) -> Decision:
    """What would be decided; a state that is broken cannot be moved on."""
    decision = desk.partition.would_decide(Record(len(desk.heard), desk.now, encode(said)))
    assert decision is not None
    return decision


def _of_signals(desk: Desk) -> None:
    desk.state.lines.known["a/1234"] = 3  # type: ignore[assignment] # a defect's trace in the state


def _of_the_police(desk: Desk) -> None:
    desk.state.escalations = None  # type: ignore[assignment] # as above


def _of_hosts(desk: Desk) -> None:
    desk.state.hosts = None  # type: ignore[assignment] # as above


def _of_silence(desk: Desk) -> None:
    desk.state.silence.supervised = None  # type: ignore[assignment] # as above


def _of_receivers(desk: Desk) -> None:
    desk.state.receivers = None  # type: ignore[assignment] # as above


def _of_doubts(desk: Desk) -> None:
    desk.state.doubted = "x"  # type: ignore[assignment] # as above


def _of_alarms(desk: Desk) -> None:
    desk.state.alarms = None  # type: ignore[assignment] # as above


def _of_windows(desk: Desk) -> None:
    desk.state.book.windows_of = None  # type: ignore[assignment] # as above


class TestWhatCannotBeMade:
    """A defect of our own: nothing of it is lost, a person is told, and the partition goes on."""

    @pytest.mark.parametrize(
        ("message", "breaks"),
        [
            (receipt, _of_the_police),
            (clock, _of_hosts),
            (silent, _of_silence),
            (heard, _of_silence),
            (trouble, _of_receivers),
            (doubt, _of_doubts),
        ],
    )
    def test_a_programs_report_is_refused_under_its_place_in_the_inbox(
        self, desk: Desk, message: Message, breaks: Callable[[Desk], None]
    ) -> None:
        said = message(desk)
        breaks(desk)
        decision = decided(desk, said)
        subject = getattr(said, "subject", "")
        assert named(decision) == (f"internal/{decision.source.offset}", subject, Refused(reason="internal"))
        self.told_a_supervisor(decision, subject)

    @pytest.mark.parametrize(
        ("message", "breaks"), [(window, _of_windows), (lambda desk: desk.typed(1), _of_alarms)]
    )
    def test_what_a_person_asked_is_refused_under_its_own_id(
        self, desk: Desk, message: Message, breaks: Callable[[Desk], None]
    ) -> None:
        said = message(desk)
        breaks(desk)
        decision = decided(desk, said)
        assert named(decision) == (getattr(said, "id", ""), SITE, Refused(reason="internal"))
        self.told_a_supervisor(decision, SITE)

    def told_a_supervisor(self, decision: Decision, subject: str) -> None:
        (alarm,) = decision.events
        assert isinstance(alarm, a.AlarmRaised)
        assert (alarm.subject, alarm.class_, alarm.code) == (subject, "system", "command.internal")

    def test_a_carried_signal_is_raised_raw_and_known_again(self, desk: Desk) -> None:
        said = carried(desk)
        _of_signals(desk)
        decision = decided(desk, said)
        recorded, raised = decision.events
        assert isinstance(recorded, a.SignalRecorded)
        assert isinstance(raised, a.AlarmRaised)
        assert named(decision) == ("carried/run-1/a/1234/1", SITE, Accepted())
        assert (recorded.reason, raised.class_, raised.subject) == ("internal", "raw", SITE)

    def test_a_tick_stops_the_partition(self, desk: Desk) -> None:
        desk.state.deadlines = [("x",)]  # type: ignore[list-item] # as above
        with pytest.raises(StopPartition, match="inbox offset 1: Tick could not be decided"):
            desk.tick()


def test_a_long_name_is_cut_and_stays_another_than_its_like(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    long = ("n" * 300, "n" * 299 + "m")
    names = [desk.told(c.ClaimAlarm(**{**desk.head(WANG), "id": one}, alarm=alarm)).id for one in long]
    assert [len(name) < 300 for name in names] == [True, True]
    assert names[0] != names[1]
