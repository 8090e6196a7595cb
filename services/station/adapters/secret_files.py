"""Secrets of one data folder: made at the first start, readable by their owner only."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

from services.runtime.line_keys import ensure_line_key

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings

ROLES = (
    "operator",
    "shift_supervisor",
    "engineer",
    "registrar",
    "provider_manager",
    "police",
    "enforcement_officer",
    "inspector",
    "auditor",
    "administrator",
)


def ensure_secrets(settings: Settings) -> bool:
    """Make what is missing; whether this was the first time, so that a password is shown once."""
    settings.secrets_dir.mkdir(parents=True, exist_ok=True)
    settings.secrets_dir.chmod(0o700)
    _keep(settings.signal_token_file, secrets.token_urlsafe(32))
    _keep(settings.link_token_file, secrets.token_urlsafe(32))
    ensure_line_key(settings.line_key_file)
    roles = ROLES if settings.demo else ("administrator",)
    known = accounts(settings)
    fresh = {
        role: {"username": role, "password": secrets.token_urlsafe(12)} for role in roles if role not in known
    }
    if fresh:
        _write(settings.accounts_file, json.dumps({**known, **fresh}, indent=1))
    return "administrator" in fresh


def accounts(settings: Settings) -> dict[str, dict[str, str]]:
    """The first accounts, `{role: {username, password}}`, as far as they were made."""
    if not settings.accounts_file.exists():
        return {}
    found: dict[str, dict[str, str]] = json.loads(settings.accounts_file.read_text(encoding="utf-8"))
    return found


def signal_token(settings: Settings) -> str:
    """The bearer token of the demo's receivers."""
    return settings.signal_token_file.read_text(encoding="ascii").strip()


def _keep(path: Path, value: str) -> None:
    """An empty one is of a disk that was full, or lost its power."""
    if not path.exists() or path.stat().st_size == 0:
        _write(path, value + "\n")


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor with its mode
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
