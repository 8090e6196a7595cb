"""Signals that were faster than their line's entry: the shell site where they lie is the registered one.

What a person says by adopting an unknown account follows here by itself, since the register names the site already:
the shell is merged into it, its open alarms are adopted, and what is still on its way to it is carried over.
"""

from __future__ import annotations

from services.contracts.envelope import Refused
from services.eventsourcing.event_store import EventStore
from services.registry.domain import site as s
from services.registry.domain.keys import site_stream
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.registry.ports import UnknownAccounts

BY = "registry"


async def merge_overtaken(accounts: UnknownAccounts, store: EventStore, now_us: int) -> list[Refused]:
    """Merge every shell that was overtaken; what the register refused. Raises `Retry` when the store is away or busy."""
    entries = ChangeEntry(store)
    refused: list[Refused] = []
    for one in await accounts.overtaken():
        merge = s.Merge(id=one.shell, into=one.site, now_us=now_us)
        wanted = Wanted(stream=site_stream(one.shell), commands=(merge,))
        answer = await entries.run(wanted, by=BY, request="")
        refused += [answer] if isinstance(answer, Refused) else []
    return refused
