"""Log in, log out, and who sends a cookie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from services.identity.domain.login import RENEW_US, SESSION_US, Named, Person, source_of
from services.identity.ports import Accounts, Changed, Passwords


class WrongLogin(Exception):
    """Unknown username or wrong password: never said which."""


class GivenPassword(Exception):
    """Right, and somebody else knows it, who gave it: no session begins before the person chose their own."""


def token_hash(cookie: str) -> bytes:
    """What the database knows of a cookie."""
    return sha256(cookie.encode()).digest()


class Sessions:
    """The use cases. `clock`: UTC microseconds; `mint`: a fresh secret."""

    def __init__(
        self, accounts: Accounts, passwords: Passwords, *, clock: Callable[[], int], mint: Callable[[], str]
    ) -> None:
        self._accounts, self._passwords = accounts, passwords
        self._clock, self._mint = clock, mint

    async def log_in(self, username: str, password: str, host: str) -> tuple[Person, str]:
        """The person and the cookie. `host`: where the attempt comes from. Raises `WrongLogin`, `GivenPassword`, `Throttled`."""
        name, source = username.strip().lower(), source_of(host)
        await self._accounts.begin_attempt(name, source, self._clock())
        found = await self._accounts.find(name)
        fits = await self._passwords.fits(password, None if found is None else found.hashed)
        if found is None or not fits:
            raise await self._wrong(name)
        if found.given:
            raise GivenPassword
        cookie, now = self._mint(), self._clock()
        try:
            await self._accounts.begin_session(found, source, token_hash(cookie), now, now + SESSION_US)
        except Changed as error:
            raise await self._wrong(name) from error
        return found.person, cookie

    async def _wrong(self, name: str) -> WrongLogin:
        await self._accounts.note_failure(name, self._clock())
        return WrongLogin()

    async def person(self, cookie: str | None) -> Person | None:
        """Who sends this cookie; using a session keeps it alive."""
        if not cookie:
            return None
        now = self._clock()
        found = await self._accounts.of_session(token_hash(cookie), now)
        if found is None:
            return None
        if found[1] - now < RENEW_US:
            await self._accounts.renew(token_hash(cookie), now + SESSION_US)
        return found[0]

    async def people(self) -> Sequence[Named]:
        """Everybody there ever was."""
        return await self._accounts.people()

    async def log_out(self, cookie: str) -> None:
        """End the session, if there is one."""
        await self._accounts.end_session(token_hash(cookie), self._clock())
