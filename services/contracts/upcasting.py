"""Records of the inbox in superseded words: earlier versions wrote them, they are read for ever and written never again.

Whoever decodes an inbox gets today's struct: nothing behind the codec ever sees an old shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec.structs import asdict
from typing_extensions import TypeIs

from services.contracts.envelope import InboxRecord
from services.contracts.liveness import SystemHeard, SystemSilent
from services.contracts.stored import Stored, Whole


class SystemSilentV1(Stored, frozen=True, kw_only=True, tag="report.system_silent.v1"):
    """As `report.system_silent.v2`, without what the watch saw of the line in the state."""

    sender: str
    sent_at: Whole
    subject: str
    account_space: str
    account: str
    last_heard_at: Whole
    timeout_us: Whole


class SystemHeardV1(Stored, frozen=True, kw_only=True, tag="report.system_heard.v1"):
    """As `report.system_heard.v2`, without what the watch saw of the line in the state."""

    sender: str
    sent_at: Whole
    subject: str
    account_space: str
    account: str
    heard_at: Whole


Superseded: TypeAlias = SystemSilentV1 | SystemHeardV1
UPCASTERS: Final[Mapping[type[Stored], Callable[[Any], InboxRecord]]] = {
    SystemSilentV1: lambda old: SystemSilent(**asdict(old), told=None),
    SystemHeardV1: lambda old: SystemHeard(**asdict(old), told=None),
}


def is_superseded(record: InboxRecord | Superseded) -> TypeIs[Superseded]:
    """Whether an earlier version wrote it in words that this one does not write."""
    return type(record) in UPCASTERS


def upcast(record: InboxRecord | Superseded) -> InboxRecord:
    """What it is called today."""
    return UPCASTERS[type(record)](record) if is_superseded(record) else record
