"""The watch's memory in memory: for tests and simulation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.contracts.liveness import LastHeard


class MemoryLastHeardBook:
    """See the port."""

    def __init__(self) -> None:
        self.chunks: Sequence[LastHeard] = ()

    async def load(self) -> Sequence[LastHeard]:
        """See the port."""
        return self.chunks

    async def save(self, chunks: Iterable[LastHeard]) -> None:
        """See the port."""
        self.chunks = list(chunks)

    async def close(self) -> None:
        """Nothing to release."""
