"""What panels say, as ingest puts it into the inbox."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.stored import SignalId, Stored, Whole

Qualifier: TypeAlias = Literal["new", "restore", "status"]
Protocol: TypeAlias = Literal["adm_cid", "sia_dcs", "http"]


class SignalReceived(Stored, frozen=True, kw_only=True, tag="signal.received.v1"):
    """One signal of a panel. `code` is a Contact ID event ("130") or a SIA DC-03 code ("BA")."""

    id: SignalId
    sender: str
    sent_at: Whole
    received_at: Whole
    subject: str
    protocol: Protocol
    account_space: str
    account: str
    sequence: str | None = None
    qualifier: Qualifier = "new"
    code: str
    area: str = ""
    zone: str = ""
    panel_time: Whole | None = None
    deviations: tuple[str, ...] = ()
    raw: bytes = b""


class SignalMalformed(Stored, frozen=True, kw_only=True, tag="signal.malformed.v1"):
    """Acknowledged bytes that carry an account but no readable event: surfaced, never dropped."""

    id: SignalId
    sender: str
    sent_at: Whole
    received_at: Whole
    subject: str
    account_space: str
    account: str
    reason: str
    raw: bytes
