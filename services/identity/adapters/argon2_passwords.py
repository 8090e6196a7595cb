"""`Passwords` by argon2id, off the event loop and at most two at once (64 MiB each)."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.runtime.ids import secret


class Argon2Passwords:
    """argon2id with the library's defaults (RFC 9106, low-memory profile)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobodys = ""
        self._gate = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        """See the port."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        """See the port."""
        if not self._nobodys:  # whoever is asked about first: an unknown name takes as long as a known one
            self._nobodys = await self.hash(secret())
        async with self._gate:
            right = await asyncio.to_thread(self._verify, password, hashed or self._nobodys)
        return right and hashed is not None

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
