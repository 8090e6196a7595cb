"""A provider and its filings. A filing has no expiry and cannot be suspended (LN-2015:16)."""

from __future__ import annotations

from typing import TypeAlias, assert_never

import msgspec

from services.contracts.directory import Filing, ProviderEntry
from services.contracts.registry import FilingSet, ProviderEvent, ProviderRegistered, ProviderRenamed
from services.eventsourcing.decider import ACCEPTED, ALREADY, Decider, Outcome, refused

# --- State ---


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """Nobody registered it."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """Registered. `filings`: one for each authority, in the order of authorities."""

    id: str
    key: str
    name: str
    filings: tuple[Filing, ...] = ()


Provider: TypeAlias = Unknown | Known

# --- Commands ---


class Register(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make a provider known."""

    id: str
    key: str
    name: str
    now_us: int


class Rename(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Correct how the provider is called."""

    name: str
    now_us: int


class SetFiling(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Note how the filing with `filing.authority` stands."""

    filing: Filing
    now_us: int


Command: TypeAlias = Register | Rename | SetFiling


def decide(provider: Provider, command: Command) -> Outcome[ProviderEvent]:
    """What follows from `command`. Pure; a repeated command answers `already`."""
    match command:
        case Register():
            return _register(provider, command)
        case Rename():
            return _rename(provider, command)
        case SetFiling():
            return _set_filing(provider, command)
        case _:
            assert_never(command)


def evolve(provider: Provider, event: ProviderEvent) -> Provider:
    """The state after `event`. Never refuses: what is stored has happened."""
    match event:
        case ProviderRegistered():
            return Known(event.provider, event.key, event.name)
        case ProviderRenamed():
            return _renamed(provider, event)
        case FilingSet():
            return _with_filing(provider, event)
        case _:
            assert_never(event)


def entry(provider: Known) -> ProviderEntry:
    """The provider as decisions need it."""
    return ProviderEntry(id=provider.id, filings=provider.filings)


def _register(provider: Provider, command: Register) -> Outcome[ProviderEvent]:
    if isinstance(provider, Known):
        return ALREADY, ()
    known = ProviderRegistered(at_us=command.now_us, provider=command.id, key=command.key, name=command.name)
    return ACCEPTED, (known,)


def _rename(provider: Provider, command: Rename) -> Outcome[ProviderEvent]:
    match provider:
        case Unknown():
            return refused("provider.unknown"), ()
        case Known(name=name) if name == command.name:
            return ALREADY, ()
        case Known():
            said = ProviderRenamed(at_us=command.now_us, provider=provider.id, name=command.name)
            return ACCEPTED, (said,)
        case _:
            assert_never(provider)


def _set_filing(provider: Provider, command: SetFiling) -> Outcome[ProviderEvent]:
    match provider:
        case Unknown():
            return refused("provider.unknown"), ()
        case Known() if command.filing in provider.filings:
            return ALREADY, ()
        case Known():
            said = FilingSet(at_us=command.now_us, provider=provider.id, filing=command.filing)
            return ACCEPTED, (said,)
        case _:
            assert_never(provider)


def _renamed(provider: Provider, event: ProviderRenamed) -> Provider:
    return msgspec.structs.replace(provider, name=event.name) if isinstance(provider, Known) else provider


def _with_filing(provider: Provider, event: FilingSet) -> Provider:
    if isinstance(provider, Unknown):
        return provider
    others = [filing for filing in provider.filings if filing.authority != event.filing.authority]
    filings = sorted([*others, event.filing], key=lambda filing: filing.authority)
    return msgspec.structs.replace(provider, filings=tuple(filings))


PROVIDER: Decider[Provider, Command, ProviderEvent] = Decider(initial=Unknown(), decide=decide, evolve=evolve)
