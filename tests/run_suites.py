"""Runs the suites in order and says what they took. The last line but what was skipped for want of a browser:

`N passed, N failed, N skipped`, alone on its line, over all suites; the exit code is 1 when anything failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
NO_TESTS_COLLECTED = 5
SLOWEST = ("--durations=8", "--durations-min=3")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Outcome(NamedTuple):
    """One suite."""

    suite: str
    passed: int
    failed: int
    skipped: int
    seconds: float


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


def run(suite: str, reports: Path, arguments: list[str]) -> Outcome:
    """Run one suite. A suite that breaks before it reports counts as one failure."""
    folder, report = TESTS / suite, reports / f"{suite}.xml"
    if not any(folder.rglob("test_*.py")):
        return Outcome(suite, 0, 0, 0, 0.0)
    print(f"== {suite}", flush=True)
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        str(folder),
        f"--junitxml={report}",
        *SLOWEST,
        *arguments,
    ]
    code = subprocess.run(command, cwd=TESTS.parent, check=False).returncode
    seconds = time.monotonic() - began
    passed, failed, skipped = counted(report) if report.exists() else (0, 0, 0)
    if code not in {0, NO_TESTS_COLLECTED} and not failed:
        failed = 1
    return Outcome(suite, passed, failed, skipped, seconds)


def show(outcomes: list[Outcome], unseen: str | None) -> int:
    """Shares, the closing line, and what could not run at all."""
    total = sum(one.seconds for one in outcomes) or 1.0
    for one in outcomes:
        print(f"{one.suite:<12} {one.seconds:7.1f} s {100 * one.seconds / total:5.1f} %  {one.passed} passed")
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
    with tempfile.TemporaryDirectory(prefix="jiejing-reports-") as reports:
        outcomes = [run(one, Path(reports), []) for one in suites if not (unseen and one == "end_to_end")]
    if unseen:
        outcomes.append(Outcome("end_to_end", 0, 0, 1, 0.0))
    return show(outcomes, unseen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
