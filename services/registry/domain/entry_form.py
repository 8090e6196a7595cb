"""How an entry is shown, and what an event changed of it. Nothing sealed is in here: of people ids alone."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from services.contracts.directory import Filing, Line
from services.contracts.registry import Contract, RegistryEvent
from services.contracts.stored import Sealed
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.register import Entry, evolved


class FieldChange(msgspec.Struct, frozen=True):
    """A field of an entry, and what stood there; empty: nothing."""

    field: str
    before: str
    after: str


def provider_form(known: p.Known) -> dict[str, Any]:
    """A provider with its filings."""
    filings = [msgspec.to_builtins(filing) for filing in known.filings]
    return {"id": known.id, "key": known.key, "name": known.name, "filings": filings}


def bureau_form(known: b.Bureau) -> dict[str, Any]:
    """A bureau with its area."""
    return {"id": known.id, "name": known.name, "divisions": list(known.divisions)}


def site_form(known: s.Known, provider_name: str) -> dict[str, Any]:
    """A site without the names and numbers of people."""
    return {
        "id": known.id,
        "key": known.key,
        **msgspec.structs.asdict(known.details),
        "provider_name": provider_name,
        "lines": [
            {**msgspec.to_builtins(line), "keyed": s.named(line) in known.keys} for line in known.lines
        ],
        "contracts": [contract_form(contract) for contract in known.contracts],
        "people_count": len(known.people),
    }


def contract_form(contract: Contract) -> dict[str, Any]:
    """A contract without its parties."""
    form = msgspec.structs.asdict(contract)
    del form["parties"]
    return form


def changes(before: Entry | None, event: RegistryEvent) -> tuple[Entry, list[FieldChange]]:
    """The entry after the event, and each field that differs."""
    after = evolved(before, event)
    was, is_ = _fields(before), _fields(after)
    names = list(dict.fromkeys([*was, *is_]))
    differing = [name for name in names if was.get(name) != is_.get(name)]
    return after, [FieldChange(name, was.get(name, ""), is_.get(name, "")) for name in differing]


def _fields(entry: Entry | None) -> dict[str, str]:
    """Each field as a word: `name`, `filing:AUTHORITY`, `line:SPACE/ACCOUNT`, `contract:NUMBER`, `people`."""
    match entry:
        case p.Known():
            return {"name": entry.name, **{f"filing:{one.authority}": _filing(one) for one in entry.filings}}
        case b.Bureau():
            return {"name": entry.name, "divisions": " ".join(entry.divisions)}
        case s.Known():
            return _site_fields(entry)
        case s.Merged():
            return {"merged_into": entry.into}
        case _:
            return {}


def _site_fields(site: s.Known) -> dict[str, str]:
    details = msgspec.structs.asdict(site.details)
    fields = {name: str(value) for name, value in details.items() if value is not None}
    fields |= {f"line:{s.named(one)}": _line(one, site.keys.get(s.named(one))) for one in site.lines}
    fields |= {f"contract:{one.number}": _contract(one) for one in site.contracts}
    return {**fields, "people": " ".join(one.person for one in site.people)} if site.people else fields


def _filing(filing: Filing) -> str:
    return _words((filing.state, filing.since, filing.reference, filing.division))


def _line(line: Line, key: Sealed | None) -> str:
    """A key is told by its box, so that another one is seen to be another."""
    interval = None if line.interval_s is None else f"{line.interval_s}+{line.delay_s} s"
    return _words((interval, None if key is None else f"key {sha256(key.box).hexdigest()[:8]}"), "+")


def _contract(contract: Contract) -> str:
    return _words((*contract.services, contract.begins, contract.ends))


def _words(values: Iterable[object], empty: str = "") -> str:
    return " · ".join(str(value) for value in values if value is not None) or empty
