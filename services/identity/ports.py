"""What identity needs from the outside. Times are UTC microseconds.

Errors, by what the caller does: `Throttled` wait; `Taken`, `Unknown`, `Changed` and `LastKeeper` refuse; anything the database
says is retried by the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from services.identity.domain.account import Account
from services.identity.domain.login import Named, Person


class Checked(msgspec.Struct, frozen=True):
    """An active person, the hash of the password, and whether somebody else gave it, who knows it too."""

    person: Person
    hashed: str
    given: bool


class Throttled(Exception):
    """Too many failures for this username from this source."""

    def __init__(self, wait_us: int) -> None:
        """`wait_us`: until the next attempt is taken."""
        super().__init__("too many failed logins")
        self.wait_us = wait_us


class Taken(Exception):
    """Somebody has this username, or had it: the record names people for ever."""


class Unknown(Exception):
    """There is no such account."""


class Changed(Exception):
    """The account is not active any more, or has another password than the one that was looked at."""


class LastKeeper(Exception):
    """Nobody would be left who may keep accounts."""


class Attempts(Protocol):
    """How often a password was guessed, by the name and the source."""

    async def begin_attempt(self, username: str, source: str, now_us: int) -> None:
        """Count an attempt as failed until a session begins here, or a password is set. Raises `Throttled`; one at a time per username."""
        ...

    async def note_failure(self, username: str, now_us: int) -> None:
        """Audit a failed login."""
        ...


class Accounts(Attempts, Protocol):
    """People, their sessions, their failed attempts and the audit of both."""

    async def find(self, username: str) -> Checked | None:
        """The active person of that name; None: there is none."""
        ...

    async def people(self) -> Sequence[Named]:
        """Every person there ever was: the record names people by id only."""
        ...

    async def begin_session(
        self, checked: Checked, source: str, token_hash: bytes, now_us: int, expires_us: int
    ) -> None:
        """Begin it, forget this source's failures and the expired sessions, audit it: one transaction.

        `checked`: as `find` said when the password fitted. Raises `Changed`.
        """
        ...

    async def of_session(self, token_hash: bytes, now_us: int) -> tuple[Person, int] | None:
        """Whose session, and when it ends; None if it does not exist or has ended."""
        ...

    async def renew(self, token_hash: bytes, expires_us: int) -> None:
        """Let it end later."""
        ...

    async def end_session(self, token_hash: bytes, now_us: int) -> None:
        """End it, if it is there; audited."""
        ...


class Keeping(Protocol):
    """Accounts as administrators keep them. `by`: the person who changes them; every change is audited with it."""

    async def all(self) -> Sequence[Account]:
        """Every account by username."""
        ...

    async def make(self, account: Account, hashed: str, by: str, now_us: int) -> None:
        """Keep it, with a password that was given. Raises `Taken`."""
        ...

    async def change(self, account: Account, by: str, now_us: int) -> Account:
        """Replace what is kept but the username; as it is kept now. Raises `Unknown`, `LastKeeper`."""
        ...

    async def id_of(self, username: str) -> str | None:
        """Whose username it is; None: no active account's."""
        ...

    async def password_of(self, account: str) -> str | None:
        """The hash; None: no active account."""
        ...

    async def set_password(self, account: str, hashed: str, by: str, now_us: int) -> None:
        """Replace it by one that was given, forget what was guessed, and end all sessions of that person. Raises `Unknown`."""
        ...

    async def replace_password(self, account: str, old: str, hashed: str, now_us: int) -> None:
        """Replace it by the person's own, and so on, if `old` is still the password's hash and the account active. Raises `Changed`."""
        ...


class Passwords(Protocol):
    """Slow one-way hashes."""

    async def hash(self, password: str) -> str:
        """A fresh hash."""
        ...

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether it fits; None costs the same time and never fits, so that names cannot be probed."""
        ...
