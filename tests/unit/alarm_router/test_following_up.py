"""What a decision about one subject means for another."""

from __future__ import annotations

import pytest

from services.alarm_router.handlers.following_up import follow_up
from services.contracts.alarm import ClockTrusted, SignalCarriedOn
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Decision, Event, Source, Tick
from services.contracts.reports import Cause, FollowUp, SignalCarried
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.eventsourcing.counting import LogBroken

SIGNAL = SignalReceived(
    id=SignalId(run="r", line="default/1", counter=7),
    sender="ingest",
    sent_at=1,
    received_at=1,
    subject="shell",
    protocol="sia_dcs",
    account_space="default",
    account="1",
    code="BA",
)
CARRIED = SignalCarried(
    sender="followup", sent_at=2, subject="shell", cause=Cause(partition=1, offset=1, time=1), signal=SIGNAL
)


class Inboxes:
    def __init__(self, value: bytes) -> None:
        self.sent: list[FollowUp] = []
        self._value = value

    async def value(self, partition: int, offset: int) -> bytes:
        assert (partition, offset) == (3, 41)
        return self._value

    async def append(self, record: FollowUp) -> None:
        self.sent.append(record)


def decision(*events: Event) -> Decision:
    return Decision(
        lies_at=9, prev=b"", time=77, code="t", subject="shell", source=Source(offset=41, hash=b""), id="r/1/7",
        answer=Accepted(), events=events,
    )  # fmt: skip


ON = SignalCarriedOn(signal=SIGNAL.id, source=41, to="site")


@pytest.mark.parametrize("value", [encode(SIGNAL), encode(CARRIED)], ids=["received", "carried before"])
async def test_a_signal_that_is_carried_on_goes_to_its_site_with_its_cause(value: bytes) -> None:
    inboxes = Inboxes(value)
    await follow_up(inboxes, 3, 9, decision(ON), 100)
    [sent] = inboxes.sent
    assert isinstance(sent, SignalCarried)
    assert (sent.subject, sent.signal, sent.cause) == ("site", SIGNAL, Cause(partition=3, offset=9, time=77))


async def test_other_events_have_no_follow_up() -> None:
    inboxes = Inboxes(b"")
    assert await follow_up(inboxes, 3, 9, decision(ClockTrusted()), 100) == []


async def test_a_source_that_is_no_signal_means_that_the_inbox_was_altered() -> None:
    with pytest.raises(LogBroken, match="Tick"):
        await follow_up(Inboxes(encode(Tick(sender="x", sent_at=1))), 3, 9, decision(ON), 100)
