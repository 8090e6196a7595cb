"""Topics and partitions. `infra/kafka/topics.toml` is the source; a test compares it with this."""

from __future__ import annotations

from uuid import UUID, uuid5
from zlib import crc32

INBOX = "alarm.inbox"
EVENTS = "alarm.events"
DIRECTORY = "registry.directory"
LIVENESS = "system.liveness"
LAST_HEARD = "system.last_heard"
REGISTRY_EVENTS = "registry.events"
POLICE_ORDERS = "police.orders"
PARTITIONS = 12

_OF_A_PARTITION = {f"partition/{partition}": partition for partition in range(PARTITIONS)}
_SHELL_SITES = UUID("5a2b3c7e-6f1d-5c84-9b0a-7d2e4f6a8c10")


def partition_of(subject: str) -> int:
    """The partition of a subject, always passed explicitly; fixed for ever with the number of partitions.

    What a partition says of itself (a record that nobody can read, a clock that runs ahead) lies in that one, so that
    what a person does about it comes to where it is held.
    """
    own = _OF_A_PARTITION.get(subject)
    return crc32(subject.encode()) % PARTITIONS if own is None else own


def subject_of_partition(partition: int) -> str:
    """The subject of what a partition says of itself."""
    return f"partition/{partition}"


def shell_site(account_space: str, account: str) -> str:
    """The site of an account nobody registered: two receivers of one line make one."""
    return str(uuid5(_SHELL_SITES, f"{account_space}/{account}"))


def line_key(account_space: str, account: str) -> str:
    """How a line is named in keys and signal ids."""
    return f"{account_space}/{account}"


def topic_of(log: str, generation: int) -> str:
    """Where a generation of a log lies; the first under the log's own name."""
    return log if generation == 1 else f"{log}.{generation}"


def inbox_of(log: str) -> str | None:
    """The inbox beside a log of which there may be several generations; None: of this topic there is one.

    A generation's inbox is made last, when its record is whole: before that nobody knows of the generation.
    """
    if log.endswith(INBOX):
        return log
    return log.removesuffix(EVENTS) + INBOX if log.endswith(EVENTS) else None
