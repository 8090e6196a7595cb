"""Accounts as administrators keep them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

ADMINISTRATOR = "administrator"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's account. `provider`, `bureau`: the person sees that one's only; `active`: may log in."""

    id: str
    username: str
    display_name: str
    roles: tuple[str, ...]
    provider: str | None = None
    bureau: str | None = None
    active: bool = True


def is_kept(accounts: Iterable[Account]) -> bool:
    """Whether somebody is left who may keep these accounts: a station must never lock everybody out."""
    return any(one.active and ADMINISTRATOR in one.roles for one in accounts)
