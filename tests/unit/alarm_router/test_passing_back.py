"""An alarm of a shell that was merged hears its restore, which comes to the site that the account belongs to now."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.alarm_router.domain.owed_restores import MOST_OWED
from services.alarm_router.handlers.following_up import follow_up
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts import interruption as i
from services.contracts import restores as rs
from services.contracts.envelope import Accepted, Already, Decision, Event, InboxRecord, Refused
from services.contracts.reports import FollowUp, RestoreBrought, RestoresWanted
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import line_key, shell_site
from tests.unit.alarm_router.saying import BUREAU, CALL, DAY, REASON, SECOND, SITE, WANG, Desk

SHELL = shell_site("a", "1234")


class TwoPartitions:
    """The shell's and the site's, and the follow-up between them. `under_way`: what it has still to bring."""

    def __init__(self) -> None:
        self.shell, self.site = Desk(), Desk()
        self.under_way: list[FollowUp] = []
        self._counter = 0
        self.position = 1
        self.site.told(self._entry(SITE, lines=(d.Line(account_space="a", account="1234"),)))

    async def value(self, partition: int, offset: int) -> bytes:
        """See `Inboxes`."""
        return (self.shell if partition == 0 else self.site).heard[offset].value

    async def append(self, record: FollowUp) -> None:
        """See `Inboxes`."""
        self.under_way.append(record)

    async def told(self, desk: Desk, message: InboxRecord) -> Decision:
        """What it decides, and what follows is under way."""
        decision = desk.told(message)
        partition = 0 if desk is self.shell else 1
        await follow_up(self, partition, len(desk.values) - 1, decision, desk.now)
        return decision

    async def arrives(self) -> list[Decision]:
        """All that is under way, in its order, until nothing is."""
        decisions = []
        while self.under_way:
            record = self.under_way.pop(0)
            decisions.append(await self.told(self.shell if record.subject == SHELL else self.site, record))
        return decisions

    async def at_the_shell(self, **what: Any) -> Decision:
        """The account's panel sends before the receivers know whose it is."""
        return await self.told(self.shell, self._signal(SHELL, what))

    async def at_the_site(self, **what: Any) -> Decision:
        """The account's panel sends when they do."""
        return await self.told(self.site, self._signal(SITE, what))

    async def merge(self, into: str | None = SITE) -> Decision:
        """The register says that the shell is the site; or, of None, that it is a site of its own."""
        self.position += 1
        return await self.told(self.shell, self._entry(SHELL, merged_into=into))

    def settled(self, decision: Decision) -> None:
        """Its alarm was a false one, and is closed."""
        [raised] = said([decision], a.AlarmRaised)
        for command, what in (
            (c.ClaimAlarm, {}),
            (c.VerifyAlarm, {"result": "false_alarm", "evidence": CALL}),
            (c.CloseAlarm, {"reason": REASON}),
        ):
            head = {**self.shell.head(WANG), "subject": SHELL}
            assert self.shell.told(command(**head, alarm=raised.alarm, **what)).answer == Accepted()

    def clock(self, us: int = SECOND) -> None:
        """Time passes in both."""
        self.shell.now += us
        self.site.now += us

    def _signal(self, subject: str, what: dict[str, Any]) -> SignalReceived:
        self.clock()
        self._counter += 1
        named = SignalId(run="run-1", line=line_key("a", "1234"), counter=self._counter)
        return self.shell.signal(id=named, subject=subject, sequence=f"{self._counter:04}", **what)

    def _entry(self, site: str, **what: Any) -> d.SiteSet:
        entry = d.SiteEntry(
            id=site, provider="provider", site_class="other", division="210102", bureau=BUREAU, **what
        )
        return d.SiteSet(sender="registry", sent_at=self.shell.now, position=self.position, site=entry)


@pytest.fixture
def two() -> TwoPartitions:
    return TwoPartitions()


def said(decisions: list[Decision], kind: type[Event]) -> list[Any]:
    return [event for decision in decisions for event in decision.events if isinstance(event, kind)]


async def test_a_restore_that_comes_to_the_site_ends_what_the_shell_had(two: TwoPartitions) -> None:
    raised = said([await two.at_the_shell(code="301", zone="000")], a.AlarmRaised)[0]
    await two.merge()
    await two.arrives()
    restore = await two.at_the_site(code="301", zone="", qualifier="restore")
    brought = await two.arrives()
    [alarm_restored] = said(brought, a.AlarmRestored)
    assert (alarm_restored.alarm, alarm_restored.code) == (raised.alarm, "301")
    assert alarm_restored.received_at == two.site.now
    [over] = said(brought, i.InterruptionRestored)
    assert over.over
    assert said([restore], a.SignalRecorded)[0].reason == "restore"
    assert not said(brought, a.SignalRecorded)


async def test_what_goes_on_is_told_once_with_the_adoption(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="003")
    await two.at_the_shell(code="301")
    decision = await two.merge()
    [awaited] = said([decision], rs.RestoresAwaited)
    assert (awaited.shell, awaited.site) == (SHELL, SITE)
    assert set(awaited.of) == {rs.GoesOn(code="130", zone="3"), rs.GoesOn(code="301", zone="")}
    assert awaited.since == two.shell.now
    assert not said([await two.merge()], rs.RestoresAwaited)


async def test_each_is_passed_back_once_and_others_are_not(two: TwoPartitions) -> None:
    await two.at_the_shell(code="BA", zone="1")
    await two.at_the_shell(code="BA", zone="2")
    await two.merge()
    await two.arrives()
    for code, zone, ends in (
        ("BA", "1", 0),
        ("BR", "3", 0),
        ("FR", "1", 0),
        ("BR", "1", 1),
        ("BR", "1", 0),
        ("BR", "2", 1),
    ):
        decision = await two.at_the_site(code=code, zone=zone)
        assert len(said([decision], rs.RestorePassedBack)) == ends, (code, zone)
    assert two.site.state.owed == {}
    assert len(said(await two.arrives(), a.AlarmRestored)) == 2


@pytest.mark.parametrize(
    ("code", "restore"), [("130", {"code": "130", "qualifier": "restore"}), ("BA", {"code": "BR"})]
)
async def test_a_restore_that_was_faster_than_the_news_of_the_merge_is_passed_back_too(
    two: TwoPartitions, code: str, restore: dict[str, str]
) -> None:
    await two.at_the_shell(code=code, zone="1")
    await two.at_the_site(zone="1", **restore)
    await two.at_the_site(zone="2", **restore)
    await two.merge()
    brought = await two.arrives()
    assert len(said(brought, rs.RestorePassedBack)) == 1
    assert len(said(brought, a.AlarmRestored)) == 1
    assert two.site.state.owed == {}


async def test_each_of_several_that_were_faster_ends_what_it_ends(two: TwoPartitions) -> None:
    """One decision of the site passes them back, and the shell tells them apart."""
    for code, zone in (("BA", "1"), ("BA", "2"), ("FA", "1")):
        await two.at_the_shell(code=code, zone=zone)
    for code, zone in (("BR", "1"), ("BR", "2"), ("FR", "1")):
        await two.at_the_site(code=code, zone=zone)
    await two.merge()
    wanted, *brought = await two.arrives()
    assert len(said([wanted], rs.RestorePassedBack)) == 3
    assert [one.answer for one in brought] == [Accepted()] * 3
    over = {(one.code, one.zone) for one in said(brought, a.AlarmRestored)}
    assert over == {("BA", "1"), ("BA", "2"), ("FA", "1")}


async def test_a_restore_of_the_very_instant_of_the_shells_alarm_is_passed_back(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="1")
    await two.at_the_site(code="130", zone="1", qualifier="restore", received_at=two.shell.now)
    await two.merge()
    assert len(said(await two.arrives(), a.AlarmRestored)) == 1


async def test_a_restore_is_passed_back_with_its_area(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="1", area="07")
    await two.merge()
    await two.arrives()
    await two.at_the_site(code="130", zone="1", area="07", qualifier="restore")
    assert [one.area for one in said(await two.arrives(), a.AlarmRestored)] == ["07"]


async def test_a_restore_from_before_the_shells_alarm_ends_nothing(two: TwoPartitions) -> None:
    """The line had been the site's, was given up, and came to it again."""
    await two.at_the_site(code="130", zone="1", qualifier="restore")
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    assert not said(await two.arrives(), rs.RestorePassedBack)
    assert two.site.state.owed == {SITE: {SHELL: (rs.GoesOn(code="130", zone="1"),)}}


async def test_nor_does_it_when_whatever_the_shell_had_later_is_archived(two: TwoPartitions) -> None:
    await two.at_the_site(code="130", zone="1", qualifier="restore")
    await two.at_the_shell(code="130", zone="1")
    two.clock(3_600 * SECOND)
    two.settled(await two.at_the_shell(code="130", zone="2"))
    two.clock(8 * DAY)
    two.shell.tick()
    two.shell.tick()
    assert len(two.shell.state.alarms) == 1
    await two.merge()
    assert not said(await two.arrives(), rs.RestorePassedBack)


async def test_another_line_of_the_site_owes_nothing(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    await two.arrives()
    other = await two.at_the_site(code="130", zone="1", qualifier="restore", account="9999")
    [recorded] = other.events
    assert isinstance(recorded, a.SignalRecorded)
    assert (recorded.outcome, recorded.reason) == ("logged", "restore")


async def test_an_interruption_whose_alarm_was_closed_awaits_its_restore(two: TwoPartitions) -> None:
    two.settled(await two.at_the_shell(code="301"))
    [awaited] = said([await two.merge()], rs.RestoresAwaited)
    assert awaited.of == (rs.GoesOn(code="301", zone=""),)
    await two.arrives()
    await two.at_the_site(code="301", qualifier="restore")
    [over] = said(await two.arrives(), i.InterruptionRestored)
    assert over.over


async def test_a_restore_from_before_the_shells_interruption_ends_nothing(two: TwoPartitions) -> None:
    """Its alarm is long archived: when it began, only the interruption says."""
    await two.at_the_site(code="301", qualifier="restore")
    two.settled(await two.at_the_shell(code="301"))
    began = two.shell.now
    two.clock(8 * DAY)
    two.shell.tick()
    assert not two.shell.state.alarms
    [awaited] = said([await two.merge()], rs.RestoresAwaited)
    assert awaited.since == began
    assert not said(await two.arrives(), rs.RestorePassedBack)
    assert two.site.state.owed == {SITE: {SHELL: (rs.GoesOn(code="301", zone=""),)}}


async def test_what_was_wanted_before_and_comes_later_leaves_what_is_owed(two: TwoPartitions) -> None:
    """The shell was a site of its own again for a while, and the second merge's news were faster."""
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    await two.merge(into=None)
    await two.at_the_shell(code="130", zone="2")
    await two.merge()
    two.under_way.reverse()
    await two.arrives()
    for zone in ("1", "2"):
        await two.at_the_site(code="130", zone=zone, qualifier="restore")
    over = said(await two.arrives(), a.AlarmRestored)
    assert [one.zone for one in over] == ["1", "2"]


async def test_nothing_is_told_where_nothing_goes_on(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="1")
    await two.at_the_shell(code="130", zone="1", qualifier="restore")
    decision = await two.merge()
    assert said([decision], a.AlarmAdopted)
    assert not two.under_way


async def test_what_no_panel_ends_is_not_awaited(two: TwoPartitions) -> None:
    await two.told(two.shell, two.shell.malformed(subject=SHELL))
    await two.merge()
    assert not two.under_way


async def test_a_shell_with_many_zones_awaits_the_newest(two: TwoPartitions) -> None:
    for zone in range(1, MOST_OWED + 40):
        two.clock(11 * 60 * SECOND if zone % 30 == 0 else SECOND)
        await two.at_the_shell(code="130", zone=f"{zone:03}")
    [awaited] = said([await two.merge()], rs.RestoresAwaited)
    assert len(awaited.of) == MOST_OWED
    assert awaited.of[-1] == rs.GoesOn(code="130", zone=str(MOST_OWED + 39))


async def test_the_same_follow_up_twice_says_nothing(two: TwoPartitions) -> None:
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    wanted = two.under_way[0]
    await two.arrives()
    again = two.site.told(wanted)
    assert (again.answer, again.events) == (Already(), ())
    await two.at_the_site(code="130", zone="1", qualifier="restore")
    brought = two.under_way[0]
    assert [one.answer for one in await two.arrives()] == [Accepted()]
    again = two.shell.told(brought)
    assert (again.answer, again.events) == (Already(), ())


@pytest.mark.parametrize("kind", [RestoresWanted, RestoreBrought])
async def test_one_whose_cause_is_older_than_six_days_is_refused_aloud(
    two: TwoPartitions, kind: type[FollowUp]
) -> None:
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    if kind is RestoreBrought:
        await two.arrives()
        await two.at_the_site(code="130", zone="1", qualifier="restore")
    two.clock(6 * DAY + SECOND)
    assert isinstance(two.under_way[0], kind)
    two.under_way[0] = replace(two.under_way[0], sent_at=two.shell.now)
    [decision] = await two.arrives()
    assert decision.answer == Refused(reason="too_old")
    [alarm] = said([decision], a.AlarmRaised)
    assert (alarm.class_, alarm.code) == ("system", "followup.too_old")


async def test_a_restore_on_its_way_through_the_merged_shell_comes_back_to_it(two: TwoPartitions) -> None:
    """A receiver that had not heard of the entry yet sends it to the shell, from where it is carried on."""
    await two.at_the_shell(code="130", zone="1")
    await two.merge()
    await two.arrives()
    await two.at_the_shell(code="130", zone="1", qualifier="restore")
    decisions = await two.arrives()
    assert [event.reason for event in said(decisions, a.SignalRecorded)] == ["restore"]
    assert len(said(decisions, a.AlarmRestored)) == 1
