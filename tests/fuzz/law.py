"""What a target is: a decoder, with the law that it keeps whatever bytes come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

KEPT = Path(__file__).parent / "kept"  # inputs that each reach something that no other one reaches
MOST_KEPT = 50
MOST_KEPT_BYTES = 200_000


class Target(NamedTuple):
    """`law` is called with any bytes, and breaks its law by raising. `most`: bytes that an input is worth having."""

    name: str
    law: Callable[[bytes], None]
    most: int = 1024

    @property
    def kept(self) -> list[Path]:
        """The inputs that `make test` plays again."""
        return sorted((KEPT / self.name).iterdir())


class Answered(Exception):
    """The decoder said no with an error that it has in its words; there is nothing more to ask of it."""


@contextmanager
def only(*errors: type[Exception]) -> Iterator[None]:
    """Any of these is an answer; everything else breaks the law."""
    try:
        yield
    except errors as error:
        raise Answered from error


def asked(target: Target, data: bytes) -> bool:
    """Whether these bytes were decoded; False: they were refused as they should be."""
    try:
        target.law(data)
    except Answered:
        return False
    return True


def drawn(data: bytes, of: int) -> tuple[int, bytes]:
    """The first byte as a choice among so many, and the rest."""
    return (data[0] % of, data[1:]) if data else (0, b"")
