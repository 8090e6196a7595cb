"""Whose sessions have not ended: identity's published view. A look here does not keep them alive."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from services.contracts.stored import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

COOKIE = "jiejing_session"
_QUERY = """
select token_hash, person_id, roles, provider, bureau from identity_api.session
where token_hash = any($1::bytea[]) and expires_at > now()
"""


def token_hash(cookie: str) -> bytes:
    """What the database knows of a cookie."""
    return sha256(cookie.encode()).digest()


class PostgresSessions:
    """Sessions that have not ended, with the roles as they are now."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def people(self, hashes: Iterable[bytes]) -> dict[bytes, Actor]:
        """Who is behind these sessions; ended ones are left out."""
        rows = await self._pool.fetch(_QUERY, list(hashes))
        return {
            bytes(row["token_hash"]): Actor(
                id=row["person_id"], roles=tuple(row["roles"]), provider=row["provider"], bureau=row["bureau"]
            )
            for row in rows
        }
