"""What `jiejing registry list` and `show` print: the register as it is, or was at an instant."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import asyncpg

from services.eventsourcing.event_store import EventStore, Retry
from services.picture.instant import instant_of_text
from services.registry.bootstrap import registry_store
from services.registry.domain.entry_form import bureau_form, provider_form, site_form
from services.registry.domain.register import Register
from services.registry.handlers.reading import register_at
from services.registry.importer_cli import DatabaseAway
from services.runtime.postgres_pool import POSTGRES_AWAY

Kind: TypeAlias = Literal["providers", "sites", "bureaus"]
END = 2**62


async def entries(dsn: str, kind: Kind, at: str = "") -> list[dict[str, Any]]:
    """All entries of a kind, by name, without people. Raises `DatabaseAway`, `NotAnInstant`."""
    try:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1, command_timeout=60) as pool:
            register = await _register(registry_store(pool), at)
    except (*POSTGRES_AWAY, Retry) as error:
        raise DatabaseAway(str(error)) from error
    return sorted(_forms(register, kind), key=lambda one: (one["name"], one["id"]))


async def _register(store: EventStore, at: str) -> Register:
    return await register_at(store, await store.position_at(instant_of_text(at)) if at else END)


def _forms(register: Register, kind: Kind) -> list[dict[str, Any]]:
    if kind == "providers":
        return [provider_form(one) for one in register.providers().values()]
    if kind == "bureaus":
        return [bureau_form(one) for one in register.bureaus().values()]
    names = {one.id: one.name for one in register.providers().values()}
    return [site_form(one, names.get(one.details.provider, "")) for one in register.sites().values()]


def in_a_line(kind: Kind, form: dict[str, Any]) -> str:
    """An entry for a person to read."""
    if kind == "providers":
        filings = (
            f"{one['authority']} {one['state']} {one['since'] or ''}".strip() for one in form["filings"]
        )
        return f"{form['id']}  {form['name']}  {'; '.join(filings)}"
    if kind == "bureaus":
        return f"{form['id']}  {form['name']}  {' '.join(form['divisions'])}"
    lines = " ".join(f"{one['account_space']}/{one['account']}" for one in form["lines"])
    return f"{form['id']}  {form['name']}  {form['provider_name']}  {lines}"
