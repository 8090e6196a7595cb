"""Signals of a partition that does not decide, straight from its inbox: to be worked by telephone.

Nothing was decided about them, so nothing is known but what they say themselves, and what the register says of
their site. What cannot be read, or is of a tag that is younger than this code, is shown too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import NOT_READ, Unreadable, decode_inbox
from services.contracts.reports import SignalCarried
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.views import UndecidedSignal

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.contracts.alarm import AlarmClass
    from services.picture.names import SiteName

NO_CODE = "?"


class Undecided(msgspec.Struct, frozen=True, gc=False):
    """A signal, and whose site it is and in whose area by the register's word; None: not known."""

    signal: UndecidedSignal
    provider: str | None = None
    bureau: str | None = None

    @classmethod
    def at(cls, signal: UndecidedSignal, site: SiteName | None) -> Undecided:
        """The signal at its site; None: nobody registered it."""
        if site is None:
            return cls(signal)
        named = msgspec.structs.replace(signal, site_name=site.name)
        return cls(named, site.provider, site.bureau)


class _Hints(msgspec.Struct):
    """What bytes of an unknown kind may say in words that every signal uses."""

    subject: str = ""
    account_space: str = ""
    account: str = ""
    area: str = ""
    zone: str = ""


_HINTS = msgspec.json.Decoder(_Hints)


class RawSignal(msgspec.Struct, frozen=True, gc=False):
    """A signal as it lies in the inbox. `run`: of the receiver that named it, "" where that cannot be read."""

    signal: UndecidedSignal
    run: str = ""


def raw_signal(
    partition: int, offset: int, stamp_us: int, value: bytes, class_of: Callable[[str], AlarmClass]
) -> RawSignal | None:
    """The signal in an inbox record; None where it is none. `stamp_us`: the broker's time."""
    try:
        message = decode_inbox(value)
    except Unreadable:
        return RawSignal(_unreadable(partition, offset, stamp_us, value))
    match message:
        case SignalReceived():
            return RawSignal(_readable(partition, offset, message.subject, message, class_of), message.id.run)
        case SignalCarried(subject=site, signal=signal):
            return RawSignal(_readable(partition, offset, site, signal, class_of), signal.id.run)
        case SignalMalformed():
            return RawSignal(_malformed(partition, offset, message), message.id.run)
        case _:
            return None


def _malformed(partition: int, offset: int, signal: SignalMalformed) -> UndecidedSignal:
    return UndecidedSignal(
        partition=partition,
        offset=offset,
        site=signal.subject,
        account_space=signal.account_space,
        account=signal.account,
        code=NO_CODE,
        class_="malformed",
        received_at=signal.received_at,
    )


def _readable(
    partition: int, offset: int, site: str, signal: SignalReceived, class_of: Callable[[str], AlarmClass]
) -> UndecidedSignal:
    return UndecidedSignal(
        partition=partition,
        offset=offset,
        site=site,
        account_space=signal.account_space,
        account=signal.account,
        code=signal.code,
        class_=class_of(signal.code),
        qualifier=signal.qualifier,
        area=signal.area,
        zone=signal.zone,
        received_at=signal.received_at,
    )


def _unreadable(partition: int, offset: int, stamp_us: int, value: bytes) -> UndecidedSignal:
    try:
        hints = _HINTS.decode(value)
    except NOT_READ:
        hints = _Hints()
    return UndecidedSignal(
        partition=partition,
        offset=offset,
        site=hints.subject,
        account_space=hints.account_space,
        account=hints.account,
        code=NO_CODE,
        class_="malformed",
        area=hints.area,
        zone=hints.zone,
        received_at=stamp_us,
    )
