"""Runs the suites and says what they took. The last line but what was skipped for want of a browser:

`N passed, N failed, N skipped`, alone on its line, over all suites; the exit code is 1 when anything failed.

Most suites wait more than they work, so two share the machine, the longest first; what one of them says is printed when
it has ended. Where processes are killed under load, only what starts no station runs beside, one after the other; these
small suites begin as soon as there is room. A soak has the machine to itself.

What a suite writes lies in memory where there is room for it: Kafka and PostgreSQL wait for the disk at each record, and no
test here takes the power away (ADR 22). Where processes are killed under load, and in a soak, it is the disk.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, NamedTuple

TESTS = Path(__file__).parent
NO_TESTS_COLLECTED = 5
SLOWEST = ("--durations=8", "--durations-min=3")
TOGETHER = 2
LONGEST_FIRST = ("end_to_end", "integration", "properties", "copies", "upgrade")
UNDER_LOAD = "chaos"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30  # a whole run had 0.65 GB there at once
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Outcome(NamedTuple):
    """One suite. `busy`: processor seconds of it and of what it started and saw the end of."""

    suite: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    busy: float = 0.0


def missing_for_the_browser() -> str | None:
    """What the browser tests lack on this machine."""
    if not any(shutil.which(name) for name in BROWSERS):
        return "no chromium"
    fonts = shutil.which("fc-list")
    if (
        fonts is None
        or not subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout.strip()
    ):
        return "no font with Chinese characters"
    return None


def counted(report: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of one JUnit report; errors count as failures."""
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    total, failed, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failed - errors - skipped, failed + errors, skipped


def in_memory(memory: Path = MEMORY) -> Path | None:
    """The folder that is kept in memory, if we may write there, a whole run fits and programs may be run from it."""
    try:
        found = os.statvfs(memory)
        said = Path("/proc/meminfo").read_text(encoding="ascii")
        available = 1024 * int(said.partition("MemAvailable:")[2].split()[0])
    except (OSError, IndexError):  # another system than Linux, or an old one
        return None
    roomy = min(found.f_bavail * found.f_frsize, available) >= ROOM_BYTES
    usable = os.access(memory, os.W_OK | os.X_OK) and not found.f_flag & os.ST_NOEXEC
    return memory if roomy and usable else None


def environment(suite: str, work: Path) -> dict[str, str]:
    """Of a suite: its temporary files lie in `work`, but for what shall wait for a disk."""
    on_disk = suite == UNDER_LOAD or os.environ.get("SOAK")
    return {**os.environ} if on_disk else {**os.environ, "TMPDIR": str(work)}


def run(suite: str, work: Path, output: IO[str] | None = None) -> Outcome:
    """Run one suite; it prints to `output`. A suite that breaks before it reports counts as one failure."""
    folder, report = TESTS / suite, work / f"{suite}.xml"
    if not any(folder.rglob("test_*.py")):
        return Outcome(suite, 0, 0, 0, 0.0)
    print(f"== {suite}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", str(folder), f"--junitxml={report}", *SLOWEST]
    process = subprocess.Popen(
        command,
        cwd=TESTS.parent,
        env=environment(suite, work),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )
    _, status, spent = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    passed, failed, skipped = counted(report) if report.exists() else (0, 0, 0)
    if code not in {0, NO_TESTS_COLLECTED} and not failed:
        failed = 1
    return Outcome(suite, passed, failed, skipped, seconds, spent.ru_utime + spent.ru_stime)


def run_beside_others(suite: str, work: Path) -> Outcome:
    """Run one suite while another runs, and print what it says in one piece."""
    said = work / f"{suite}.txt"
    with said.open("w", encoding="utf-8") as output:
        outcome = run(suite, work, output)
    print(f"== {suite} has ended\n{said.read_text(encoding='utf-8', errors='replace')}", flush=True)
    return outcome


def run_all(suites: list[str], work: Path) -> list[Outcome]:
    """Run them, as many together as may be; the outcomes in the order of `suites`."""
    if os.environ.get("SOAK") or len(suites) == 1:
        return [run(one, work) for one in suites]
    heavy = [one for one in LONGEST_FIRST if one in suites]
    light = [one for one in suites if one not in heavy and one != UNDER_LOAD]
    with ThreadPoolExecutor(TOGETHER) as pool:  # in this order, whenever there is room
        stations = [pool.submit(run_one_by_one, [one], work) for one in heavy]
        small = pool.submit(run_one_by_one, light, work)
        killed = pool.submit(run_one_by_one, [one for one in suites if one == UNDER_LOAD], work, stations)
    outcomes = [outcome for lane in (*stations, small, killed) for outcome in lane.result()]
    return sorted(outcomes, key=lambda one: suites.index(one.suite))


def run_one_by_one(
    suites: list[str], work: Path, behind: Sequence[Future[list[Outcome]]] = ()
) -> list[Outcome]:
    """Run them one after the other, when all that they come `behind` has ended."""
    wait(behind)
    return [run_beside_others(one, work) for one in suites]


def show(outcomes: list[Outcome], unseen: str | None, took_s: float) -> int:
    """Shares, the closing line, and what could not run at all. `took_s`: from the first suite's start to the end."""
    total = sum(one.seconds for one in outcomes) or 1.0
    for one in outcomes:
        print(
            f"{one.suite:<12} {one.seconds:7.1f} s {100 * one.seconds / total:5.1f} %  "
            f"{one.busy:7.1f} s of a processor  {one.passed} passed"
        )
    print(f"{took_s / 60:.1f} min in all")
    passed = sum(one.passed for one in outcomes)
    failed = sum(one.failed for one in outcomes)
    skipped = sum(one.skipped for one in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    if unseen:
        print(f"end_to_end skipped: {unseen}", flush=True)
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """`run_suites.py [--soak] SUITE…`."""
    suites = [one for one in arguments if not one.startswith("-")]
    if "--soak" in arguments:
        os.environ["SOAK"] = "1"
    unseen = missing_for_the_browser() if "end_to_end" in suites else None
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jiejing-tests-", dir=in_memory()) as work:
        Path(work).chmod(0o711)  # the database may run as another user
        outcomes = run_all([one for one in suites if not (unseen and one == "end_to_end")], Path(work))
    if unseen:
        outcomes.append(Outcome("end_to_end", 0, 0, 1, 0.0))
    return show(outcomes, unseen, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
