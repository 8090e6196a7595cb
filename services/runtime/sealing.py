"""Free text under a key of its subject (AES-256-GCM). Erasing the key erases the text; every proof still holds.

The box is nonce (12 bytes) + ciphertext + tag (16 bytes); the key's name is authenticated with it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.contracts.stored import Sealed
from services.runtime.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

KEY_BYTES = 32
NONCE_BYTES = 12
_log = structlog.get_logger()

_MAKE = """
with made as (
    insert into sealing.key (subject, id, key) values ($1, $2, $3) on conflict (subject) do nothing returning id, key
)
select id, key from made union all select id, key from sealing.key where subject = $1 limit 1
"""


def seal(name: str, key: bytes, text: str) -> Sealed:
    """The text under the key of this name."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return Sealed(key=name, box=nonce + AESGCM(key).encrypt(nonce, text.encode(), name.encode()))


def unseal(key: bytes, sealed: Sealed) -> str:
    """What the text says. Raises ValueError when the box was altered or the key is another one."""
    nonce, body = sealed.box[:NONCE_BYTES], sealed.box[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, body, sealed.key.encode()).decode()
    except InvalidTag as error:
        raise ValueError("the sealed text was altered, or the key is another one") from error


class Sealing:
    """The keys in PostgreSQL. Nothing is cached, so that an erased key is gone at once."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: the database that holds `sealing.key`."""
        self._pool = pool

    async def seal(self, subject: str, text: str) -> Sealed:
        """Seal under the subject's key, which is made when it is first needed."""
        name, key = uuid7(), secrets.token_bytes(KEY_BYTES)
        row = await self._pool.fetchrow(_MAKE, subject, name, key)
        if row is None:  # somebody else made it between our two looks
            row = await self._pool.fetchrow("select id, key from sealing.key where subject = $1", subject)
        return seal(row["id"], row["key"], text)

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        """What each says; left out is a text whose key was erased, or which its key does not open (restored keys)."""
        wanted = list(sealed)
        if not wanted:
            return {}
        names = list({one.key for one in wanted})
        rows = await self._pool.fetch("select id, key from sealing.key where id = any($1)", names)
        keys: dict[str, bytes] = {row["id"]: row["key"] for row in rows}
        opened: dict[Sealed, str] = {}
        for one in wanted:
            if one.key in keys:
                try:
                    opened[one] = unseal(keys[one.key], one)
                except ValueError as error:
                    _log.error("sealed text does not open", key=one.key, why=str(error))
        return opened
