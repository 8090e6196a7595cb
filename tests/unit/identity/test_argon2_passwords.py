"""What a password becomes."""

from __future__ import annotations

from services.identity.adapters.argon2_passwords import Argon2Passwords


async def test_a_hash_costs_what_rfc_9106_asks_where_memory_is_scarce() -> None:
    assert (await Argon2Passwords().hash("one")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_it_fits_its_own_password_only_and_nobodys_fits_nothing() -> None:
    passwords = Argon2Passwords()
    hashed = await passwords.hash("one")
    assert await passwords.fits("one", hashed)
    assert not await passwords.fits("two", hashed)
    assert not await passwords.fits("one", None)
    assert not await passwords.fits("one", "no hash")
