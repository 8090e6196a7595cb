"""A station of the running code in which some processes are those of the previous version, until each is renewed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO, TYPE_CHECKING

from services.runtime.health import clear_ready, is_ready
from services.runtime.settings import PREFIX, Address, Settings
from services.station.adapters.child import Child
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.embedded_postgres import (
    ensure_database,
    postgres_dsn,
    prepare_postgres,
    remove_socket_folder,
)
from services.station.adapters.ports import choose
from services.station.processes import WORKERS, service_child
from services.station.supervisor import Supervisor
from services.station.up import endpoints, furnish_apart
from tests.chaos.a_station import LISTENING, Whole
from tests.chaos.the_record import decided_again

if TYPE_CHECKING:
    from services.station.adapters.leash import Kept
    from tests.upgrade.the_previous import Previous

SETTLE_S = 15
FURNISH_S = 120.0
Renew = Callable[[str], "Kept"]


@dataclass(frozen=True, kw_only=True)
class Replaced(Child):
    """A process of the previous version until `renewed` is set; whoever is started after that is today's."""

    today: Child
    renewed: Event

    def start(self, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """See `Child`."""
        return self.today.start(output) if self.renewed.is_set() else super().start(output)


class MixedStation(Whole):
    """One data folder, begun by the previous version. Its stores and ports are its own."""

    def __init__(self, folder: Path, previous: Previous, police: str) -> None:
        """`police`: the endpoint of all bureaus."""
        settings = Settings(
            data_dir=folder / "data",
            demo=True,
            demo_traffic=False,
            settle_s=SETTLE_S,
            police_endpoints={"": police},
        )
        listening = choose((name, Address("127.0.0.1", 0)) for name in LISTENING)
        super().__init__(settings.model_copy(update=listening), folder / "supervisor.log")
        self._previous = previous

    @contextlib.asynccontextmanager
    async def running(self, old: Collection[str]) -> AsyncIterator[Renew]:
        """Everything, the processes `old` of the previous version. What is given ends one: its successor is today's.

        Where all are old, nothing here is today's yet: `furnish` comes before the first successor.
        """
        make_folders(self.settings)
        with contextlib.ExitStack() as left:
            left.callback(remove_socket_folder, self.settings)
            async with Supervisor(self.settings, self._say) as supervisor:
                await self._with_stores(supervisor)
                if set(old) < set(WORKERS):
                    await self.furnish()
                renewed = {name: Event() for name in old}
                await supervisor.start([self._child(name, renewed.get(name)) for name in WORKERS])

                def renew(name: str) -> Kept:
                    kept = self.children()[name]
                    renewed[name].set()
                    os.kill(kept.pid, signal.SIGTERM)
                    return kept

                yield renew

    async def furnish(self) -> None:
        """`jiejing furnish` of today's version."""
        await furnish_apart(self.settings, self._say)

    def has_successor(self, ended: Kept) -> bool:
        """Whether another process has its name, and is ready."""
        now = self.children().get(ended.name)
        return now is not None and now.pid != ended.pid and is_ready(self.settings, now.name, now.pid)

    def decided_otherwise(self) -> dict[str, int]:
        """What `jiejing shadow` of today's version lists, by version. That its own decisions differ is a fault, and fails."""
        told = decided_again(f"--kafka={self.settings.kafka}", environment=self.settings.environment())
        differ: dict[str, int] = told["differ"]
        return differ

    def is_too_old(self, name: str) -> bool:
        """Whether the process came upon a tag that it does not know, and said so."""
        log = self.settings.logs_dir / f"{name}.log"
        return log.exists() and "unknown tag" in log.read_text(encoding="utf-8", errors="replace")

    def told_previous(self) -> dict[str, str]:
        """What a person tells the previous version: what was set here, and nothing that is younger than it."""
        told = {PREFIX + name.upper() for name in self.settings.model_fields_set}
        environment = self.settings.environment()
        return {key: value for key, value in environment.items() if key in told or not key.startswith(PREFIX)}

    async def _with_stores(self, supervisor: Supervisor) -> None:
        is_first = ports_of(self.settings) is None
        await supervisor.start(await asyncio.to_thread(self._stores))
        ports = ports_of(self.settings)
        assert ports is not None
        stores = {"kafka": f"127.0.0.1:{ports.broker}", "postgres": postgres_dsn(self.settings)}
        self.settings = self.settings.model_copy(update=stores)
        await ensure_database(self.settings)
        if is_first:
            await asyncio.to_thread(self._begin)
        self.endpoints = endpoints(self.settings)

    def _stores(self) -> list[Child]:
        return [prepare_postgres(self.settings), prepare_kafka(self.settings)]

    def _begin(self) -> None:
        """Schemas, topics and the first records are the previous version's."""
        told = subprocess.run(
            self._previous.argv("services.station", "furnish"),
            env=self._previous.environment(self.told_previous()),
            cwd="/", capture_output=True, timeout=FURNISH_S, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout + told.stderr

    def _child(self, name: str, renewed: Event | None) -> Child:
        clear_ready(self.settings, name)
        today = service_child(name, self.settings)
        if renewed is None:
            return today
        return Replaced(
            name=name,
            argv=self._previous.argv("services.station", "run", name),
            environment=self._previous.environment(self.told_previous()),
            log=today.log,
            ready=today.ready,
            today=today,
            renewed=renewed,
        )

    def _say(self, line: str) -> None:
        with self._said.open("a", encoding="utf-8") as said:
            said.write(f"{line}\n")
