"""`jiejing up` beside a Kafka and a PostgreSQL that somebody else runs, and what it leaves of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from services.station.adapters.embedded_postgres import database_answers
from services.station.adapters.kafka_topics import is_writable
from services.station.processes import WORKERS

if TYPE_CHECKING:
    from pathlib import Path

READY_S, SEEN_S, STOP_S = 240.0, 60.0, 60.0
FREE = [f"--{name}=127.0.0.1:0" for name in ("web", "feed", "signals", "dc09")]


def jiejing(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "services.station", *arguments]


def last_lines(data: Path) -> str:
    """What each process said last."""
    logs = sorted((data / "logs").glob("*.log"))
    return "\n".join(f"--- {log.stem}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


def until_ready(process: subprocess.Popen[str], data: Path) -> dict[str, Any]:
    file, began = data / "run" / "endpoints.json", time.monotonic()
    while not file.exists():
        if process.poll() is not None or time.monotonic() - began > READY_S:
            process.kill()
            pytest.fail(f"`up` did not become ready: {process.communicate()[0]}\n{last_lines(data)}")
        time.sleep(0.1)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def post_a_signal(endpoints: dict[str, Any], account: str) -> None:
    body = {
        "id": "1",
        "receiver": "own",
        "account": account,
        "code": "130",
        "panel_time": "2026-01-01T00:00:00Z",
    }
    token = {"Authorization": f"Bearer {endpoints['signal_token']}"}
    answer = httpx.post(f"{endpoints['signals']}/v1/signals", json=body, headers=token, timeout=30)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


def alarms(endpoints: dict[str, Any]) -> list[dict[str, Any]]:
    """The open alarms that the operator sees, once there is one."""
    with httpx.Client(base_url=endpoints["web"], timeout=30) as desk:
        desk.post("/api/session", json=endpoints["accounts"]["operator"]).raise_for_status()
        until = time.monotonic() + SEEN_S
        while not (found := desk.get("/api/alarms", params={"state": "open"}).json()["items"]):
            assert time.monotonic() < until, "the signal is not on the desk"
            time.sleep(0.2)
    items: list[dict[str, Any]] = found
    return items


def looked_at(data: Path) -> dict[str, Any]:
    done = subprocess.run(jiejing("status", "--json", f"--data={data}"), capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def shows_figures(process: dict[str, Any]) -> bool:
    if process["figures"] is None:
        return False
    ready, shown = (
        httpx.get(f"http://{process['figures']}{path}", timeout=5) for path in ("/readyz", "/metrics")
    )
    return ready.is_success and "process_cpu_seconds_total" in shown.text


async def test_up_works_on_stores_of_somebody_else_and_lets_them_be(
    kafka: str, bare_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEJING_DEMO_TRAFFIC", "false")
    command = jiejing(
        "up", "--demo", f"--data={tmp_path}", f"--kafka={kafka}", f"--postgres={bare_database}", *FREE
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        endpoints = until_ready(process, tmp_path)
        assert (endpoints["kafka"], endpoints["postgres"]) == (kafka, bare_database)
        post_a_signal(endpoints, "4711")
        assert [one["account"] for one in alarms(endpoints)] == ["4711"]
        found = looked_at(tmp_path)
        assert (found["whole"], found["missing"]) == (True, [])
        assert {one["name"]: one["pid"] is None for one in found["processes"]} == {
            "kafka": True, "postgres": True, **dict.fromkeys(WORKERS, False)
        }  # fmt: skip
        assert {one["name"] for one in found["processes"] if shows_figures(one)} == set(WORKERS)
        assert not (tmp_path / "kafka").exists() and not (tmp_path / "postgres").exists()
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=STOP_S)
    assert process.returncode == 0, said
    assert await is_writable(kafka) and await database_answers(bare_database)


@pytest.mark.parametrize("store", ["kafka", "postgres"])
def test_a_store_that_does_not_answer_is_said_in_one_sentence(
    store: str, kafka: str, database: str, tmp_path: Path
) -> None:
    urls = {"kafka": kafka, "postgres": database}
    urls[store] = {"kafka": "127.0.0.1:1", "postgres": "postgresql://127.0.0.1:1/none"}[store]
    options = [f"--{name}={url}" for name, url in urls.items()]
    command = jiejing("up", "--no-demo", f"--data={tmp_path}", *options, *FREE)
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "is it running?" in done.stderr.splitlines()[-1]
