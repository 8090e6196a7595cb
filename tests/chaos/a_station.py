"""The product as a user starts it, for tests that kill its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from services.alarm_router.bootstrap import law_of
from services.runtime.settings import Settings
from services.station.adapters.leash import Kept, running_children
from services.station.processes import WORKERS, expected
from services.station.status import noted_by_up
from tests.chaos.the_clocks import Clocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.law.pack import Law
    from tests.a_line import Line
    from tests.chaos.the_stores import Stores

READY_S, STOP_S = 180.0, 15.0
TAIL_LINES = 12
LISTENING = ("web", "feed", "signals", "dc09")


class Whole:
    """All processes of one data folder, for who watches them. `endpoints`: as `jiejing up` says them."""

    def __init__(self, settings: Settings, said: Path) -> None:
        """`said`: the log of who keeps the processes running."""
        self.settings = settings
        self.endpoints: dict[str, Any] = {}
        self._said = said

    def children(self) -> dict[str, Kept]:
        """Who runs, by name."""
        return {kept.name: kept for kept in running_children(self.settings)}

    def expected(self) -> set[str]:
        """Who must run."""
        return set(expected())

    def law(self) -> Law:
        """What its router decides by."""
        return law_of(self.settings)

    def last_words(self) -> str:
        """Who runs, and the end of what their keeper and each process said."""
        logs = [self._said, *sorted(self.settings.logs_dir.glob("*.log"))]
        said = [
            f"running: {', '.join(f'{one.name} {one.pid}' for one in self.children().values()) or 'nobody'}"
        ]
        for log in logs:
            lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:] if log.exists() else []
            said += [f"--- {log.name}", *(line[:400] for line in lines)]
        return "\n".join(said)


class Station(Whole):
    """`jiejing up --demo` in a folder of its own, on ports of its own that it keeps; its `clocks` can be set wrong."""

    def __init__(
        self,
        folder: Path,
        police: str,
        stores: Stores | None = None,
        told: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`police`: the endpoint of what lies in no known bureau's area. `stores`: it has none of its own.

        `told`: further settings, by the names of their variables.
        """
        super().__init__(Settings(data_dir=folder / "data"), folder / "up.log")
        self._police = json.dumps({"": police})
        self._stores, self._told = stores, told
        self.lines: dict[str, Line] = {} if stores is None else stores.lines
        self.clocks = Clocks(folder / "clocks")
        self.process: subprocess.Popen[bytes] | None = None

    def expected(self) -> set[str]:
        """See `Whole`."""
        return super().expected() if self._stores is None else set(WORKERS)

    def law(self) -> Law:
        """See `Whole`; `up` was told more than our settings say."""
        return law_of(self.settings.model_copy(update={"settle_s": noted_by_up(self.settings).settle_s}))

    def start(self) -> float:
        """Run it; the seconds until it is ready."""
        began = time.monotonic()
        options = [f"--{name}=127.0.0.1:{self._port(name)}" for name in LISTENING]
        if self._stores is not None:
            options += [f"--kafka={self._stores.kafka}", f"--postgres={self._stores.postgres}"]
        command = [
            sys.executable,
            "-m",
            "services.station",
            "up",
            "--demo",
            f"--data={self.settings.data_dir}",
        ]
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                [*command, *options], stdin=subprocess.DEVNULL, stdout=said, stderr=said, process_group=0,
                env={**os.environ, **self.clocks.environment(), **self._told, "JIEJING_DEMO_TRAFFIC": "false",
                     "JIEJING_POLICE_ENDPOINTS": self._police},
            )  # fmt: skip
        file = self.settings.run_dir / "endpoints.json"
        while not self._is_ready(file):
            if self.process.poll() is not None or time.monotonic() - began > READY_S:
                pytest.fail(
                    f"`up` wrote no {file.name} in {time.monotonic() - began:.0f} s.\n{self.last_words()}"
                )
            time.sleep(0.1)
        self.endpoints = json.loads(file.read_text())
        return time.monotonic() - began

    def _port(self, name: str) -> str:
        """The port of the first start, so that panels find it again; a free one at first."""
        return str(self.endpoints[name]).rpartition(":")[2].split("/")[0] if self.endpoints else "0"

    def _is_ready(self, file: Path) -> bool:
        """A file that an earlier start left carries an earlier time."""
        if not file.exists():
            return False
        return bool(json.loads(file.read_text())["ready_at"] != self.endpoints.get("ready_at"))

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail(f"Ctrl-C did not end the station within {STOP_S:.0f} s.\n{self.last_words()}")
