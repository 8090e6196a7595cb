"""The one reading of the environment and of `jiejing.toml` into a frozen model that is passed on.

What is typed wins over `JIEJING_*`, that over the file, and the file over the defaults. The file is the one that
`--config` or `JIEJING_CONFIG` names, else `jiejing.toml` in the data folder.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from services.runtime.settings_file import WrongSetting, file_of, read_file, unknown

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PREFIX = "JIEJING_"
NOT_IN_A_FILE = frozenset({"config"})


class Address(NamedTuple):
    """Where a process listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """`HOST:PORT`, with an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def reachable(self) -> Address:
        """Where it is reached from this host: what listens on all interfaces, through the loopback."""
        everywhere = self.host in {"", "0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return self._replace(host="127.0.0.1") if everywhere else self

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `HOST:PORT`, `:PORT` or `PORT`; the host is the loopback when left out."""
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
            message = f"{text!r} is not HOST:PORT: write it like 127.0.0.1:8080 (port 0 takes a free one)"
            raise ValueError(message)
        return cls(host.strip("[]") or "127.0.0.1", int(port))


def _address(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return Address.parse(value) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


# Not JSON: the setting is written as on the command line.
Listen = Annotated[Address, NoDecode, BeforeValidator(_address), PlainSerializer(str, return_type=str)]
Level = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)]


class _File(PydanticBaseSettingsSource):
    """Asked after what was typed and the environment, which may name the file or the folder it lies in."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: the file is read as a whole."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the file says; nothing without one."""
        fields = self.settings_cls.model_fields
        path = file_of(self.current_state, fields["data_dir"].default)
        if path is None:
            return {}
        content = read_file(path, fields.keys() - NOT_IN_A_FILE)
        if "data_dir" in content and not self.current_state.get("config"):
            raise WrongSetting(
                f"data_dir cannot stand in {path}, since that is looked for in it: use --config"
            )
        return content


class DrillWindow(BaseModel):
    """When a bureau has agreed to take drills. `approved_by`: who there said so, as it stands on the paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bureau: str
    begins: AwareDatetime
    ends: AwareDatetime
    approved_by: Annotated[str, Field(min_length=1)]

    def holds(self, bureau: str | None, now_us: int) -> bool:
        """Whether a drill may reach this bureau now."""
        return self.bureau == bureau and self.begins.timestamp() <= now_us / 1e6 < self.ends.timestamp()


class Settings(BaseSettings):
    """All that a process is told. Addresses are `HOST:PORT`, files are derived from `data_dir`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    config: Path | None = None
    data_dir: Path = Path("data")
    kafka: str = "127.0.0.1:9092"
    postgres: str = "postgresql://127.0.0.1:5432/jiejing"
    web: Listen = Address("127.0.0.1", 8080)
    feed: Listen = Address("127.0.0.1", 8082)
    signals: Listen = Address("127.0.0.1", 8081)
    dc09: Listen = Address("127.0.0.1", 10500)
    metrics: Listen = Address("127.0.0.1", 0)
    settle_s: int | None = None
    demo: bool = False
    demo_traffic: bool = True
    partitions: int = 12
    router_partitions: tuple[int, ...] = tuple(range(12))
    account_space: str = "default"
    police_console: str | None = None
    police_endpoints: dict[str, str] = {}
    police_test_endpoint: str | None = None
    police_drill_windows: tuple[DrillWindow, ...] = ()
    log_json: bool = False
    log_level: Level = "info"
    jar_cache: Path | None = None
    frontend: Path = Path(__file__).parents[2] / "frontend"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The first that knows a setting wins; files of other forms are not read."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _File(settings_cls)

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
    def spool_dir(self) -> Path:
        """Signals that wait here while the log is away."""
        return self.data_dir / "spool"

    @property
    def secrets_dir(self) -> Path:
        """Files that only the owner may read."""
        return self.data_dir / "secrets"

    @property
    def signal_token_file(self) -> Path:
        """The bearer token of `POST /v1/signals`, one line."""
        return self.secrets_dir / "signal_token"

    @property
    def link_token_file(self) -> Path:
        """What deliveries prove themselves with to this installation's own police console, one line."""
        return self.secrets_dir / "link_token"

    @property
    def line_key_file(self) -> Path:
        """What the AES keys of panels are sealed with, one line; without it they must be entered again."""
        return self.secrets_dir / "line_key"

    @property
    def console(self) -> str:
        """Where the police console of this installation is reached: as set, else the web process on this host."""
        if self.police_console is not None:
            return self.police_console.rstrip("/")
        return f"http://{self.web.reachable}"

    def drill_may_reach(self, bureau: str | None, now_us: int) -> bool:
        """Whether the bureau has agreed to take drills now; else they reach the test endpoint alone."""
        return any(window.holds(bureau, now_us) for window in self.police_drill_windows)

    @property
    def accounts_file(self) -> Path:
        """First accounts: `{role: {username, password}}`."""
        return self.secrets_dir / "accounts.json"

    @property
    def jars(self) -> Path:
        """The user's cache of Kafka's jars: it survives a data folder."""
        if self.jar_cache is not None:
            return self.jar_cache
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(cache) / "jiejing" / "kafka-4.3.1"

    def environment(self) -> dict[str, str]:
        """The variables that make a child read these same settings, whatever stands in a file."""
        written = {key: value for key, value in os.environ.items() if key.upper() != f"{PREFIX}CONFIG"}
        written["PYTHONUNBUFFERED"] = "1"
        for name, value in self.model_dump(mode="json", exclude_none=True, exclude={"config"}).items():
            text = value if isinstance(value, str) else json.dumps(value)
            written[PREFIX + name.upper()] = text
        return written


def read_settings(**typed: object) -> Settings:
    """Settings from all sources, paths made absolute; `None` is not typed. Raises `WrongSetting`."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for key in sorted(os.environ):
        if key.upper().startswith(PREFIX) and key.upper() not in known:
            raise unknown(key, known, "the environment")
    try:
        found = Settings(**{key: value for key, value in typed.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as problem:
        first = problem.errors()[0]
        raise WrongSetting(
            f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
        ) from problem
    except SettingsError as problem:
        raise WrongSetting(f"the environment is not readable: {problem}") from problem
    return found.model_copy(update={key: path.resolve() for key, path in found if isinstance(path, Path)})
