"""Secrets of one data folder: made at the first start, readable by their owner only."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from services.runtime.line_keys import ensure_line_key
from services.station.adapters.kept_file import write_whole

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
        write_whole(settings.accounts_file, json.dumps({**known, **fresh}, indent=1))
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
        write_whole(path, value + "\n")
