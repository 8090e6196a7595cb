"""What `up` tells the person who started it about logging in."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.settings import Settings
from services.station.adapters.secret_files import accounts, ensure_secrets
from services.station.up import welcome


def told(settings: Settings, *, is_first: bool, made: set[str]) -> str:
    said: list[str] = []
    welcome(settings, said.append, is_first=is_first, made=made)
    return "\n".join(said)


def passwords(settings: Settings) -> set[str]:
    return {one["password"] for one in accounts(settings).values()}


def test_the_password_of_an_account_that_was_made_is_told_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    is_first = ensure_secrets(settings)
    [password] = passwords(settings)
    assert password in told(settings, is_first=is_first, made={"administrator"})
    assert password not in told(settings, is_first=ensure_secrets(settings), made=set())


@pytest.mark.parametrize("demo", [False, True])
def test_over_a_copy_without_its_secrets_no_password_is_told_that_nobody_has(
    tmp_path: Path, *, demo: bool
) -> None:
    settings = Settings(data_dir=tmp_path, demo=demo)
    said = told(settings, is_first=ensure_secrets(settings), made=set())
    assert [password for password in passwords(settings) if password in said] == []
    assert "the passwords that they had" in said
