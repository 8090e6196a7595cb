"""Rules of the tree."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BANNED_NAMES = {"utils", "util", "common", "helpers", "misc", "base", "manager", "data", "info"}
DRAWS = re.compile(r"\b(datetime\.(now|utcnow)|time\.time(_ns)?|uuid4|uuid1|os\.environ|os\.getenv)\b")
MAY_DRAW = ("services/runtime/", "services/station/")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def sources() -> Iterator[tuple[str, str]]:
    for name in tracked():
        if name.startswith("services/") and name.endswith(".py"):
            yield name, (ROOT / name).read_text(encoding="utf-8")


def test_nothing_is_called_utils_or_common() -> None:
    assert [name for name in tracked() if Path(name).stem in BANNED_NAMES and name.endswith(".py")] == []


def test_time_ids_and_the_environment_are_drawn_in_the_runtime_only() -> None:
    offenders = [
        f"{name}: {match.group()}"
        for name, text in sources()
        if not name.startswith(MAY_DRAW) and not name.endswith("settings.py")
        for match in DRAWS.finditer(text)
    ]
    assert offenders == []


def test_domain_code_neither_waits_nor_logs() -> None:
    banned = {"asyncio", "logging", "structlog", "socket", "threading", "os", "time", "random", "secrets"}
    offenders = [
        f"{name}: {module}"
        for name, text in sources()
        if "/domain/" in name
        for node in ast.walk(ast.parse(text))
        for module in imported(node)
        if module.split(".")[0] in banned
    ]
    assert offenders == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_kafka_clients_are_stopped_by_let_go_only() -> None:
    stops = re.compile(r"(consumer|producer)\.stop\(\)")
    bench = "services/station/bench/"  # its broker is there as long as it runs
    assert [name for name, text in sources() if stops.search(text) and not name.startswith(bench)] == []


def test_who_waits_for_a_time_does_so_with_asyncio_timeout() -> None:
    """`wait_for` of Python 3.11 swallows the cancellation that comes together with what it waits for."""
    assert [name for name, text in sources() if "asyncio.wait_for(" in text] == []


def test_no_process_waits_for_postgresql_without_end() -> None:
    """What is run by hand, or before the processes are started, has somebody who waits."""
    opened = re.compile(r"asyncpg\.(?:connect|create_pool)\((.*?)\)", re.DOTALL)
    by_hand = re.compile(r"services/station/|.*_cli\.py|services/runtime/migrations\.py")
    assert [
        name
        for name, text in sources()
        if not by_hand.match(name)
        for how in opened.findall(text)
        if "command_timeout" not in how
    ] == []


@pytest.mark.parametrize("most", [400])
def test_no_module_is_longer_than_the_models(most: int) -> None:
    long = [
        name
        for name, text in sources()
        if text.count("\n") > most and not name.startswith("services/contracts/")
    ]
    assert long == []


def test_lock_files_hold_no_addresses() -> None:
    locks = [
        name
        for name in tracked()
        if name.endswith((".lock", "lock.json", ".lock.toml")) or name.startswith("requirements")
    ]
    assert locks
    assert [name for name in locks if "://" in (ROOT / name).read_text(encoding="utf-8")] == []


def test_the_licence_is_apache() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
