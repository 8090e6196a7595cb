"""Proves a command that starts the product: `prove_up.py FOLDER COMMAND…`, from outside, with Python alone.

The command runs in FOLDER as at a terminal. It must say in `data/run/endpoints.json` that it is ready, serve the
page, let the demo operator in, and end within 10 s of Ctrl-C with nothing left running. Exit codes: 0 proved,
1 not, 2 misused.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

READY_SECONDS = 400.0  # on a new machine the set-up, Kafka's jars and the pages come first
END_SECONDS = 10.0
ANSWER_SECONDS = 10.0
STEP_SECONDS = 0.05
MISUSED = 2
DEFAULTS = {"WEB": 8080, "FEED": 8082, "SIGNALS": 8081, "DC09": 10500}


class NotProved(Exception):
    """What did not hold, in one sentence."""


def ports_of(environment: dict[str, str], say: Callable[[str], None]) -> dict[str, str]:
    """The environment as it is, or with free ports where another program holds one of the default ones."""
    taken = [port for port in DEFAULTS.values() if _is_taken(port)]
    if not taken:
        return environment
    say(f"the default ports {taken} are held by another program: free ones are used instead")
    return {**environment, **{f"JIEJING_{name}": "127.0.0.1:0" for name in DEFAULTS}}


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def processes() -> Iterator[tuple[int, int, str]]:
    """Everybody alive as (pid, parent, when it started); who only waits to be buried is not."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    yield int(entry.name), int(fields[1]), fields[19]


def family(root: int) -> dict[int, str]:
    """The process and all below it: pid → when it started."""
    alive = list(processes())
    found = {pid: started for pid, _, started in alive if pid == root}
    grown = -1
    while grown != len(found):
        grown = len(found)
        found |= {pid: started for pid, parent, started in alive if parent in found}
    return found


def left_of(before: dict[int, str], folder: Path) -> list[str]:
    """The command lines of those of `before` who still run, and of whoever names the folder."""
    left = [pid for pid, _, started in processes() if before.get(pid) == started or _names(pid, folder)]
    return [_line(pid) for pid in left if pid != os.getpid()]


def _names(pid: int, folder: Path) -> bool:
    return f"{folder}/data" in _line(pid)


def _line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def ask(address: str, method: str, path: str, body: object = None, cookie: str = "") -> tuple[Any, str]:
    """The answer's body and the cookie that came with it; raises `NotProved` for anything but 200."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        headers = {"Content-Type": "application/json", "Cookie": cookie}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read().decode()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise NotProved(f"{method} {path} answered {answer.status}: {content[:300]}")
    return content, (answer.getheader("Set-Cookie") or "").split(";")[0]


def log_in(endpoints: dict[str, Any]) -> None:
    """The page is there, and the operator gets in."""
    page, _ = ask(endpoints["web"], "GET", "/")
    if "<html" not in page.lower():
        raise NotProved(f"{endpoints['web']} serves no page: {page[:200]}")
    _, cookie = ask(endpoints["web"], "POST", "/api/session", endpoints["accounts"]["operator"])
    me = json.loads(ask(endpoints["web"], "GET", "/api/me", cookie=cookie)[0])
    if "operator" not in me["roles"]:
        raise NotProved(f"the demo operator is {me}")


def wait_ready(process: subprocess.Popen[bytes], file: Path) -> dict[str, Any]:
    """What the product says of itself when it is ready."""
    until = time.monotonic() + READY_SECONDS
    while not file.exists():
        if process.poll() is not None:
            raise NotProved(f"it ended by itself with {process.returncode}")
        if time.monotonic() > until:
            raise NotProved(f"no {file.name} after {READY_SECONDS:.0f} s")
        time.sleep(STEP_SECONDS)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def interrupt(process: subprocess.Popen[bytes], folder: Path) -> float:
    """Ctrl-C as a terminal sends it, to the whole group; the seconds until nothing is left."""
    before, began = family(process.pid), time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    while (process.poll() is None or left_of(before, folder)) and time.monotonic() - began < END_SECONDS:
        time.sleep(STEP_SECONDS)
    if process.poll() is None:
        raise NotProved(f"it still runs {END_SECONDS:.0f} s after Ctrl-C")
    if left := left_of(before, folder):
        raise NotProved(f"{END_SECONDS:.0f} s after Ctrl-C these are left: {left}")
    return time.monotonic() - began


def prove(folder: Path, command: list[str], say: Callable[[str], None]) -> None:
    """Raise `NotProved` where something does not hold."""
    file = folder / "data" / "run" / "endpoints.json"
    file.unlink(missing_ok=True)
    began = time.monotonic()
    environment = ports_of(dict(os.environ), say)
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, process_group=0
    )
    family_then = family(process.pid)
    try:
        endpoints = wait_ready(process, file)
        ready = time.monotonic() - began
        log_in(endpoints)
        family_then = family(process.pid)
        ended = interrupt(process, folder)
    finally:
        _end(process, family_then)
    if file.exists():
        raise NotProved(f"{file.name} is still there after the end")
    say(
        f"{' '.join(command)}: ready after {ready:.1f} s, the operator logged in, "
        f"{len(family_then)} processes gone {ended:.1f} s after Ctrl-C"
    )


def _end(process: subprocess.Popen[bytes], family_then: dict[int, str]) -> None:
    """After a failure: whatever it started, and nobody else who got such a number since."""
    mine = {**family_then, **family(process.pid)}
    for pid, _, started in list(processes()):
        if mine.get(pid) == started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    process.wait()


def main(arguments: list[str]) -> int:
    """See the module."""
    if len(arguments) < 2:
        sys.stderr.write("usage: prove_up.py FOLDER COMMAND...\n")
        return MISUSED
    try:
        prove(Path(arguments[0]).resolve(), arguments[1:], partial(print, flush=True))
    except (NotProved, OSError) as problem:
        sys.stderr.write(f"{' '.join(arguments[1:])} is not proved: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
