"""What a receiver says of who was heard."""

from __future__ import annotations

from services.contracts.directory import LineAssigned
from services.contracts.liveness import HeardDigest
from services.contracts.topics import PARTITIONS, partition_of
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.domain.dc09_frame import seal
from services.ingest.domain.heard import MOST_LINES, HeardLines, Life
from services.ingest.handlers.conversation import Conversation
from services.ingest.handlers.heard_teller import HeardTeller
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.ports import AppendFailed

SECOND = 1_000_000
START = 1_800_000_000_000_000


def first(heard: HeardLines, now: int, partition: int = 0) -> HeardDigest:
    (digest,) = heard.digests(now)[partition]
    return digest


def test_a_digest_names_each_line_once_with_the_time_since() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START + 100_000)
    heard.hear(0, "a/2", START + 200_000)
    heard.hear(0, "a/1", START + 300_000)
    assert first(heard, START + 800_000) == HeardDigest(
        run="run",
        sequence=1,
        since=START,
        until=START + 800_000,
        lines=("a/2", "a/1"),
        ago_ms=(600, 500),
    )


def test_a_digest_says_which_life_of_which_receiver_it_is_of() -> None:
    told = first(HeardLines("run", START, Life("receiver", 3)), START)
    assert (told.run, told.receiver, told.life) == ("run", "receiver", 3)


def test_every_partition_gets_a_digest_also_when_nobody_was_heard() -> None:
    heard = HeardLines("run", START)
    digests = heard.digests(START + SECOND)
    assert [len(parts) for parts in digests] == [1] * PARTITIONS
    assert all((d.since, d.until, d.lines) == (START, START + SECOND, ()) for (d,) in digests)


def test_what_was_kept_is_not_said_again() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START)
    told = first(heard, START + SECOND)
    heard.hear(0, "a/2", START + 1_100_000)
    heard.kept(0, told)
    again = first(heard, START + 2 * SECOND)
    assert (again.since, again.lines) == (START + SECOND, ("a/2",))
    assert again.sequence > told.sequence


def test_what_is_heard_at_the_end_of_a_digest_that_does_not_tell_it_is_told_by_the_next() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START + 100_000)
    told = first(heard, START + SECOND)
    for again in (START + SECOND, START + SECOND + 1):
        heard.hear(0, "a/1", again)
        heard.kept(0, told)
        assert first(heard, START + 2 * SECOND).lines == ("a/1",)


def test_what_is_told_twice_was_heard_at_one_instant() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START + 100_345)
    told = [first(heard, START + now) for now in (800_700, 1_600_100)]
    assert {one.until - one.ago_ms[0] * 1_000 for one in told} == {START + 100_000}


def test_what_is_told_twice_was_heard_at_one_instant_also_while_the_time_of_day_is_corrected() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START)
    lost = heard.digests(START + SECOND, ahead_us=0)[0][0]
    heard.hear(0, "a/2", START + SECOND)
    again = heard.digests(START + 2 * SECOND, ahead_us=300_000)[0][0]
    assert (lost.ahead_us, again.ahead_us) == (0, 0)
    heard.kept(0, again)
    assert heard.digests(START + 3 * SECOND, ahead_us=600_500)[0][0].ahead_us == 600_000


def test_what_was_not_kept_is_said_again_from_where_it_began() -> None:
    heard = HeardLines("run", START)
    heard.hear(0, "a/1", START)
    lost = first(heard, START + SECOND)
    heard.hear(0, "a/1", START + 1_200_000)
    again = first(heard, START + 2 * SECOND)
    assert (again.since, again.lines, again.ago_ms) == (START, ("a/1",), (800,))
    heard.kept(0, lost)  # its fate was unknown, and it had landed
    assert first(heard, START + 3 * SECOND).lines == ("a/1",)


def test_while_the_process_stood_still_nothing_was_received() -> None:
    heard = HeardLines("run", START)
    heard.awake(START + SECOND)
    heard.hear(0, "a/1", START + SECOND)
    woke = START + 60 * SECOND
    told = first(heard, woke)
    assert (told.since, told.until, told.lines) == (woke, woke, ("a/1",))


def test_a_pulse_keeps_a_long_span_alive() -> None:
    heard = HeardLines("run", START)
    for second in range(10):
        heard.awake(START + second * SECOND)
    assert first(heard, START + 10 * SECOND).since == START


def test_a_large_digest_comes_in_parts_of_which_the_first_has_the_span() -> None:
    heard = HeardLines("run", START)
    for number in range(MOST_LINES + 1):
        heard.hear(3, f"a/{number}", START)
    parts = heard.digests(START + SECOND)[3]
    assert [(len(part.lines), part.more, part.until - part.since) for part in parts] == [
        (MOST_LINES, True, SECOND),
        (1, False, 0),
    ]
    assert parts[0].sequence < parts[1].sequence


class Digests:
    """A log of digests that can be away."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, HeardDigest]] = []
        self.down = False

    async def append(self, partition: int, digest: HeardDigest) -> None:
        """See the port."""
        if self.down:
            msg = "away"
            raise AppendFailed(msg)
        self.kept.append((partition, digest))


class Panel:
    """A receiver with one registered line, and a panel that talks to it."""

    def __init__(self) -> None:
        self.now, self.ahead = START, 0
        directory = MemoryLineDirectory()
        directory.assign(LineAssigned(position=1, account_space="default", account="2001", site="site-a"))
        me = ReceiverRun(run="run", sender="ingest", account_space="default")
        self.log = MemorySignalLog()
        self.intake = Intake(self.log, directory, me, lambda: self.now)
        self.digests = Digests()
        self.teller = HeardTeller(self.intake.heard, self.digests, lambda: self.now, lambda: self.ahead)
        self.answers: list[bytes] = []
        self.talk = Conversation(self.intake, "dc09_tcp", self.answers.append, lambda _: None)

    def says(self, body: bytes) -> None:
        self.talk.receive(seal(body))

    async def heard(self) -> list[str]:
        self.now += SECOND
        before = len(self.digests.kept)
        await self.teller.tell()
        its = partition_of("site-a")
        told = [one for at, one in self.digests.kept[before:] if at == its]
        others = [one for at, one in self.digests.kept[before:] if at != its]
        assert not any(one.lines for one in others)
        return [line for one in told for line in one.lines]


async def test_a_supervision_message_makes_a_registered_line_heard() -> None:
    panel = Panel()
    panel.says(b'"NULL"0000L0#2001[]')
    assert panel.answers == [seal(b'"ACK"0000L0#2001[]')]
    assert await panel.heard() == ["default/2001"]
    assert await panel.heard() == []


async def test_any_valid_frame_makes_it_heard_also_when_its_signal_is_not_kept() -> None:
    panel = Panel()
    panel.log.down = True
    panel.says(b'"ADM-CID"0001L0#2001[#2001|1130 01 003]')
    assert await panel.heard() == ["default/2001"]
    await panel.intake.close()


async def test_what_is_not_valid_and_who_is_not_registered_is_not_heard() -> None:
    panel = Panel()
    panel.talk.receive(seal(b'"NULL"0000L0#2001[]').replace(b"2001", b"2002"))  # the CRC fails
    panel.says(b'"NULL"0000L0#2009[]')
    panel.says(b'"*NULL"0000L0#2001[00112233445566778899AABBCCDDEEFF')
    assert await panel.heard() == []


async def test_while_the_log_is_away_nothing_that_was_heard_is_lost() -> None:
    panel = Panel()
    panel.digests.down = True
    panel.says(b'"NULL"0000L0#2001[]')
    assert await panel.heard() == []
    panel.digests.down = False
    assert await panel.heard() == ["default/2001"]
    (told,) = [one for _, one in panel.digests.kept if one.lines]
    assert told.since == START
