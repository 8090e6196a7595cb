"""The catalogue of events: every tagged record of the topics and the feed, from the structs and their docstrings.

`python -m services.contracts.catalogue` writes docs/event-catalogue.md; `--check` fails when it is out of date.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec

from services.contracts import directory, envelope, liveness, police, registry, upcasting, views
from services.contracts.schema import put

TARGET = Path(__file__).parents[2] / "docs" / "event-catalogue.md"
CHAPTERS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("Inbox", "Topic `alarm.inbox`: everything that may change anything.", get_args(envelope.InboxRecord)),
    (
        "Superseded",
        "Topic `alarm.inbox`: what earlier versions wrote there, read for ever as today's (`services/contracts/upcasting.py`).",
        get_args(upcasting.Superseded),
    ),
    ("Decision", "Topic `alarm.events`: one record per decided inbox record.", (envelope.Decision,)),
    ("Answers", "Field `answer` of a decision.", get_args(envelope.Answer)),
    ("Events", "Field `events` of a decision: what happened.", get_args(envelope.Event)),
    ("Directory", "Topic `registry.directory`: read by ingest.", get_args(directory.LineRecord)),
    (
        "Register",
        "The register's event store and its copy, topic `registry.events`, a `registry.record.v1` for each event.",
        (registry.RegistryRecord, *get_args(registry.RegistryEvent)),
    ),
    (
        "Liveness",
        "Topics `system.liveness` and `system.last_heard`: who was heard, and the watch's memory of it.",
        (liveness.HeardDigest, liveness.LastHeard),
    ),
    (
        "Police",
        "Topic `police.orders`, the body of a delivery, its answer, and the answer to a question for the status.",
        (police.PoliceOrder, police.EscalationNotice, police.NoticeTaken, police.NoticeStatus),
    ),
    ("Feed", "Frames of the websocket; not stored.", get_args(views.FeedFrame)),
)
HEAD = """# Catalogue of events

Written by `python -m services.contracts.catalogue` from `services/contracts`. Do not edit.

Every record is JSON, closed to unknown fields. Times are UTC microseconds. A field with `=` may be absent when read and has that value then.
A published tag never changes by a byte: a new shape is a new tag."""


def markdown() -> str:
    """The whole document."""
    return "\n".join([HEAD, *(line for chapter in CHAPTERS for line in _chapter(*chapter))]) + "\n"


def _chapter(title: str, about: str, structs: tuple[Any, ...]) -> Iterator[str]:
    yield from ("", f"## {title}", "", about)
    for struct in structs:
        yield from _entry(struct)


def _entry(struct: type[msgspec.Struct]) -> Iterator[str]:
    yield from ("", f"### `{struct.__struct_config__.tag}`", "", _about(struct))
    rows = [_row(field) for field in msgspec.structs.fields(struct)]
    if rows:
        yield from ("", "| field | type | default |", "|---|---|---|", *rows)


def _about(struct: type[msgspec.Struct]) -> str:
    lines = inspect.cleandoc(struct.__doc__ or "").splitlines()
    return "\n".join(lines)


def _row(field: msgspec.structs.FieldInfo) -> str:
    return f"| `{field.encode_name}` | {_kind(field.type)} | {_default(field)} |"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return f"`= {field.default!r}`"
    if field.default_factory is not msgspec.NODEFAULT:
        return f"`= {field.default_factory()!r}`"
    return ""


def _kind(kind: Any) -> str:
    words = get_args(kind)
    if get_origin(kind) is Annotated:
        return _kind(words[0])
    if words and all(isinstance(word, str) for word in words):
        return " \\| ".join(f"`{word}`" for word in words)
    if words:
        return _compound(kind, words)
    return "null" if kind is type(None) else str(getattr(kind, "__name__", kind))


def _compound(kind: Any, parts: tuple[Any, ...]) -> str:
    named = getattr(kind, "__origin__", None)
    if named is tuple:
        return f"list of {_kind(parts[0])}"
    if named is dict:
        return f"map of {_kind(parts[0])} to {_kind(parts[1])}"
    return " \\| ".join(_kind(part) for part in parts)


def main(arguments: list[str] | None = None) -> int:
    """Write or compare. Exit codes: 0 done, 1 out of date."""
    parser = argparse.ArgumentParser(description="The catalogue of events.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    return put(
        TARGET, markdown(), check=parser.parse_args(arguments).check, command="services.contracts.catalogue"
    )


if __name__ == "__main__":
    raise SystemExit(main())
