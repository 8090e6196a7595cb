"""A centre's day in small: sites that are set, armed, burgled, and people who work the alarms.

One story has nine records: an opening, an alarm, its restore, claim, verify, escalate, the receipt, close, and a
closing. Stories run interleaved over the sites, so that state is touched as in service.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from services.alarm_router.domain.identity import derived
from services.contracts import commands as c
from services.contracts.codec import encode
from services.contracts.directory import Filing, Line, ProviderEntry, ProviderSet, SiteEntry, SiteSet
from services.contracts.envelope import InboxRecord
from services.contracts.reports import EscalationReceipt
from services.contracts.signals import SignalReceived
from services.contracts.stored import Actor, Sealed, SignalId
from services.contracts.topics import PARTITIONS, line_key, partition_of, shell_site
from services.runtime.ids import uuid7

SPACE = "bench"
RUN = "01890000-0000-7000-8000-000000000001"
PROVIDERS = 10
SITES = 500
BUREAU = "bureau-1"
STORY = 9
OPERATOR = Actor(id="01890000-0000-7000-8000-0000000000aa", roles=("operator",))
_NOTE = Sealed(key="k1", box=bytes(range(60)))


class Workload:
    """Inbox records of one partition, in order. `first`: the inbox offset of the first of them."""

    def __init__(self, partition: int, log_id: str, *, first: int = 0, sites: int = SITES) -> None:
        """`log_id` is what the partition's genesis names: the ids of alarms follow from it.

        There may be more partitions than the product has: the sites of such a one are those of another.
        """
        self._partition = partition
        self._log_id = log_id
        self._offset = first
        self._accounts = list(islice(_accounts(partition % PARTITIONS), sites))
        self._round = 0
        self._opened: dict[str, str] = {}
        self._reported: dict[str, str] = {}

    def directory(self, at: int) -> list[bytes]:
        """Providers and sites, as the registry's relay sends them; `at` in UTC microseconds."""
        changes: list[InboxRecord] = [
            ProviderSet(sender="bench", sent_at=at, position=i + 1, provider=provider(i))
            for i in range(PROVIDERS)
        ]
        changes += [
            SiteSet(sender="bench", sent_at=at, position=PROVIDERS + i + 1, site=_site(account, i))
            for i, account in enumerate(self._accounts)
        ]
        self._offset += len(changes)
        return [encode(change) for change in changes]

    def skip(self) -> None:
        """A record that is not of this workload (a tick) took the next offset."""
        self._offset += 1

    def next(self, at: int) -> bytes:
        """The next record, sent at `at` (UTC microseconds)."""
        step, turn = divmod(self._round, len(self._accounts))
        self._round += 1
        value = encode(self._record(self._accounts[turn], step, at))
        self._offset += 1
        return value

    def _record(self, account: str, step: int, at: int) -> InboxRecord:
        subject = shell_site(SPACE, account)
        match step % STORY:
            case 0:
                return self._signal(account, step, at, "OP")
            case 1:
                self._opened[subject] = derived(self._log_id, self._partition, self._offset)
                return self._signal(account, step, at, "BA")
            case 2:
                return self._signal(account, step, at, "BR")
            case 5:
                self._reported[subject] = derived(self._log_id, self._partition, self._offset, 0, BUREAU)
                return _command(5, subject, self._opened[subject], at)
            case 6:
                return _receipt(subject, self._reported[subject], at)
            case 8:
                return self._signal(account, step, at, "CL")
            case number:
                return _command(number, subject, self._opened[subject], at)

    def _signal(self, account: str, step: int, at: int, code: str) -> SignalReceived:
        return replace(
            signal(RUN, account, step, at, code),
            panel_time=at // 1_000_000 * 1_000_000,
            raw=b'"SIA-DCS"0001L0#' + account.encode() + b"[#" + account.encode() + b"|Nri1/BA03]",
        )


def signal(run: str, account: str, step: int, at: int, code: str) -> SignalReceived:
    """The account's `step`-th signal of a receiver's run, counted from 0."""
    return SignalReceived(
        id=SignalId(run=run, line=line_key(SPACE, account), counter=step + 1),
        sender="bench",
        sent_at=at,
        received_at=at,
        subject=shell_site(SPACE, account),
        protocol="sia_dcs",
        account_space=SPACE,
        account=account,
        sequence=f"{step % 9999 + 1:04}",
        code=code,
        zone="03",
    )


def _command(number: int, subject: str, alarm: str, at: int) -> InboxRecord:
    made, sender = uuid7(at), "bench"
    match number:
        case 3:
            return c.ClaimAlarm(id=made, sender=sender, sent_at=at, subject=subject, by=OPERATOR, alarm=alarm)
        case 4:
            return c.VerifyAlarm(
                id=made, sender=sender, sent_at=at, subject=subject, by=OPERATOR, alarm=alarm,
                result="confirmed", evidence=(c.Evidence(kind="call", note=_NOTE),),
            )  # fmt: skip
        case 5:
            return c.EscalateAlarm(
                id=made, sender=sender, sent_at=at, subject=subject, by=OPERATOR, alarm=alarm
            )
        case _:
            return c.CloseAlarm(
                id=made, sender=sender, sent_at=at, subject=subject, by=OPERATOR, alarm=alarm, reason=_NOTE
            )


def _receipt(subject: str, escalation: str, at: int) -> EscalationReceipt:
    return EscalationReceipt(
        sender="bench",
        sent_at=at,
        subject=subject,
        escalation=escalation,
        attempt=1,
        outcome="delivered",
        endpoint="bench",
    )


def _accounts(partition: int) -> Iterator[str]:
    """Account numbers whose sites lie in this partition."""
    for number in range(PARTITIONS * 1_000_000):
        account = f"{number:06}"
        if partition_of(shell_site(SPACE, account)) == partition:
            yield account


def provider(number: int) -> ProviderEntry:
    """One that is filed."""
    filing = Filing(authority="210100", state="filed", since="2016-03-01")
    return ProviderEntry(id=f"provider-{number}", filings=(filing,))


def _site(account: str, number: int) -> SiteEntry:
    return SiteEntry(
        id=shell_site(SPACE, account),
        provider=f"provider-{number % PROVIDERS}",
        site_class="key_unit",
        division="210102",
        bureau=BUREAU,
        lines=(Line(account_space=SPACE, account=account),),
    )
