"""An administrator keeps the accounts, and a person chooses a password of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from services.identity.domain.account import Account
from services.identity.domain.login import Person, source_of
from services.identity.ports import Attempts, Changed, Keeping, Passwords


class WrongPassword(Exception):
    """The password that was to be replaced is another one."""


class Keeper:
    """The use cases. `clock`: UTC microseconds; `mint_id`: a fresh id; `mint`: a fresh password."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        accounts: Keeping,
        attempts: Attempts,
        passwords: Passwords,
        *,
        clock: Callable[[], int],
        mint_id: Callable[[], str],
        mint: Callable[[], str],
    ) -> None:
        self._accounts, self._attempts, self._passwords = accounts, attempts, passwords
        self._clock, self._mint_id, self._mint = clock, mint_id, mint

    async def all(self) -> Sequence[Account]:
        """Every account, also of people who may no longer log in."""
        return await self._accounts.all()

    async def make(self, account: Account, by: str) -> tuple[Account, str]:
        """The account with its id, and a password to begin with: nobody is told it again. Raises `Taken`."""
        made = msgspec.structs.replace(account, id=self._mint_id(), username=account.username.lower())
        password = self._mint()
        hashed = await self._passwords.hash(password)
        await self._accounts.make(made, hashed, by, self._clock())
        return made, password

    async def change(self, account: Account, by: str) -> Account:
        """The whole account anew; its username stays. Raises `Unknown`, `LastKeeper`."""
        return await self._accounts.change(account, by, self._clock())

    async def renew_password(self, account: str, by: str) -> str:
        """A password to begin anew with; whoever is logged in with the old one is logged out. Raises `Unknown`."""
        password = self._mint()
        await self._accounts.set_password(account, await self._passwords.hash(password), by, self._clock())
        return password

    async def choose_password(self, person: Person, old: str, new: str, host: str) -> None:
        """A password that only this person knows; all their sessions end. Raises `WrongPassword`, `Throttled`.

        `host`: where it comes from. Guesses count as those at the login do: a session may be somebody else's.
        """
        await self._choose(person.username, person.id, old, new, host)

    async def choose_password_at_login(self, username: str, old: str, new: str, host: str) -> None:
        """The same without a session, which a password that was given does not begin. Raises `WrongPassword`, `Throttled`."""
        name = username.strip().lower()
        await self._choose(name, await self._accounts.id_of(name), old, new, host)

    async def _choose(self, username: str, account: str | None, old: str, new: str, host: str) -> None:
        await self._attempts.begin_attempt(username, source_of(host), self._clock())
        hashed = None if account is None else await self._accounts.password_of(account)
        if not await self._passwords.fits(old, hashed) or account is None or hashed is None:
            await self._attempts.note_failure(username, self._clock())
            raise WrongPassword
        fresh = await self._passwords.hash(new)
        try:
            await self._accounts.replace_password(account, hashed, fresh, self._clock())
        except Changed as error:
            raise WrongPassword from error
