"""The one reading of the environment: `JIEJING_*` into a frozen model that is passed on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, PlainSerializer
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "JIEJING_"


class Address(NamedTuple):
    """Where a process listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """`HOST:PORT`, with an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `HOST:PORT`, `:PORT` or `PORT`; the host is the loopback when left out."""
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
            message = f"{text!r} is not HOST:PORT: write it like 127.0.0.1:8080 (port 0 takes a free one)"
            raise ValueError(message)
        return cls(host.strip("[]") or "127.0.0.1", int(port))


def _address(value: object) -> object:
    return Address.parse(value) if isinstance(value, str) else value


# Not JSON: the setting is written as on the command line.
Listen = Annotated[Address, NoDecode, BeforeValidator(_address), PlainSerializer(str, return_type=str)]


class Settings(BaseSettings):
    """All that a process is told. Addresses are `HOST:PORT`, files are derived from `data_dir`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    data_dir: Path = Path("data")
    kafka: str = "127.0.0.1:9092"
    postgres: str = "postgresql://127.0.0.1:5432/jiejing"
    web: Listen = Address("127.0.0.1", 8080)
    feed: Listen = Address("127.0.0.1", 8082)
    signals: Listen = Address("127.0.0.1", 8081)
    dc09: Listen = Address("127.0.0.1", 10500)
    demo: bool = False
    partitions: int = 12
    router_partitions: tuple[int, ...] = tuple(range(12))
    account_space: str = "default"
    log_json: bool = False
    log_level: str = "info"
    jar_cache: Path | None = None
    frontend: Path = Path(__file__).parents[2] / "frontend"

    @property
    def frontend_dist(self) -> Path:
        """The built pages; absent when nobody built them."""
        return self.frontend / "dist"

    @property
    def run_dir(self) -> Path:
        """Files of the running station: lock, ready marks, endpoints."""
        return self.data_dir / "run"

    @property
    def logs_dir(self) -> Path:
        """One log file per process."""
        return self.data_dir / "logs"

    @property
    def secrets_dir(self) -> Path:
        """Files that only the owner may read."""
        return self.data_dir / "secrets"

    @property
    def spool_dir(self) -> Path:
        """Where ingest keeps what the broker has not taken yet."""
        return self.data_dir / "spool"

    @property
    def signal_token_file(self) -> Path:
        """The bearer token of `POST /v1/signals`, one line."""
        return self.secrets_dir / "signal_token"

    @property
    def accounts_file(self) -> Path:
        """First accounts: `{role: {username, password}}`."""
        return self.secrets_dir / "accounts.json"

    @property
    def cookie_key_file(self) -> Path:
        """The secret of the web session, hexadecimal, one line."""
        return self.secrets_dir / "cookie_key"

    @property
    def jars(self) -> Path:
        """The user's cache of Kafka's jars: it survives a data folder."""
        if self.jar_cache is not None:
            return self.jar_cache
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(cache) / "jiejing" / "kafka-4.3.1"

    def environment(self) -> dict[str, str]:
        """The variables that make a child read these same settings."""
        written = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name, value in self.model_dump(mode="json", exclude_none=True).items():
            text = value if isinstance(value, str) else _json(value)
            written[PREFIX + name.upper()] = text
        return written


def _json(value: object) -> str:
    return str(list(value) if isinstance(value, (list, tuple)) else value).lower()


def unknown_keys() -> list[str]:
    """`JIEJING_*` variables that no setting reads: a typing error that must not pass silently."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(key for key in os.environ if key.upper().startswith(PREFIX) and key.upper() not in known)
