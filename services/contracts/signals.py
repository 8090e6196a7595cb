"""What panels say, as ingest puts it into the inbox."""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.stored import SignalId, Stored, Whole

Qualifier: TypeAlias = Literal["new", "restore", "status"]
Protocol: TypeAlias = Literal["adm_cid", "sia_dcs", "http"]
# Codes whose number is a user's and no zone's (SIA DC-05-2016; SIA DC-03-2017 without CG, of which tables differ).
UserCode: TypeAlias = Literal[
    "121", "126", "313", "400", "401", "402", "403", "404", "405", "406", "407", "408", "409", "411", "412",
    "413", "414", "415", "421", "422", "424", "425", "429", "430", "431", "435", "436", "441", "442", "443",
    "444", "450", "451", "452", "453", "454", "455", "456", "457", "458", "459", "462", "463", "464", "466",
    "574", "604", "607", "625", "642", "652", "653", "655", "913", "914", "915", "916", "920", "921", "928",
    "929",
    "BC", "CE", "CF", "CK", "CL", "CP", "CQ", "CR", "DA", "DB", "EE", "JD", "JH", "JK", "JP", "JS", "JT",
    "JV", "JX", "JY", "JZ", "OC", "OH", "OJ", "OK", "OL", "OP", "OQ", "OR", "OT", "RX",
]  # fmt: skip


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
