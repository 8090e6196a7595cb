"""Write `kafka_jars.lock.toml`: every jar of one Kafka release, with its SHA-256 and size; and the lock of the bench.

Run by hand when the release changes. The lock carries coordinates and sums only, no addresses, so that
a user's mirror serves as well as the public repository.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext

KAFKA = "4.3.1"
SCALA_BINARY = "2.13"
STATION = Path(__file__).parents[2] / "services/station"
# Kafka Streams needs these beside Kafka's own; RocksDB only for stores, and the bench has none. The compiler (EPL-2.0) is
# a tool of the bench.
STREAMS = [("org.apache.kafka", "kafka-streams", KAFKA), ("org.eclipse.jdt", "ecj", "3.46.0")]


def coordinates(maven: MavenContext) -> list[tuple[str, str, str]]:
    """The broker, what it needs at run time, and the bridge without which its logs vanish."""
    broker = maven.project("org.apache.kafka", f"kafka_{SCALA_BINARY}").at_version(KAFKA)
    _, nodes = maven.pom_dependency_list(broker.pom())
    jars = [(node.dep.groupId, node.dep.artifactId, node.dep.version) for node in nodes]
    log4j = next(version for _, artifact, version in jars if artifact == "log4j-core")
    bridge = ("org.apache.logging.log4j", "log4j-slf4j-impl", log4j)
    return [("org.apache.kafka", f"kafka_{SCALA_BINARY}", KAFKA), *jars, bridge]


def entry(maven: MavenContext, jar: tuple[str, str, str]) -> str:
    """One line of the lock."""
    group, artifact, version = jar
    content = maven.project(group, artifact).at_version(version).artifact().resolve().read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return f'"{group}:{artifact}:{version}" = {{ sha256 = "{digest}", size = {len(content)} }}'


def write(maven: MavenContext, jars: list[tuple[str, str, str]], target: Path, what: str) -> None:
    """Resolve, hash and write one lock."""
    with ThreadPoolExecutor(8) as pool:
        lines = sorted(pool.map(lambda jar: entry(maven, jar), jars))
    head = f"# Made by infra/kafka/lock_jars.py. {what}\n[jars]\n"
    target.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target.name}: {len(lines)} jars\n")


def main() -> int:
    """Write both locks."""
    with tempfile.TemporaryDirectory() as cache:
        maven = MavenContext(repo_cache=Path(cache), local_repos=[], timeout=30)
        broker = f"Apache Kafka {KAFKA}: the class path, in this order."
        write(maven, coordinates(maven), STATION / "kafka_jars.lock.toml", broker)
        bench = (
            "The bench's alone, beside Kafka's: Kafka Streams, and the Eclipse compiler (EPL-2.0), a tool."
        )
        write(maven, STREAMS, STATION / "bench/streams_jars.lock.toml", bench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
