"""Hashes that cost little: what is proved here does not hang on how long a guess takes."""

from __future__ import annotations

from functools import partial

import pytest
from argon2 import PasswordHasher

from services.identity.adapters import argon2_passwords


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    least = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(argon2_passwords, "PasswordHasher", least)
