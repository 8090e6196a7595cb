"""The contracts as TypeScript, so that the screens are checked against what the server says.

JSON Schema of the structs comes from msgspec; what is below turns it into types. The result is committed and
compared: `python -m services.contracts.schema` writes it, `--check` fails when it is out of date. The other way round,
the pages' words for events are kept beside the contracts, for documents that are written without a page.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

import msgspec

from services.contracts import (
    alarm,
    commands,
    directory,
    envelope,
    guard,
    interruption,
    people,
    police_track,
    signals,
    views,
    why,
)

Schema: TypeAlias = Mapping[str, Any]

PAGES = Path(__file__).parents[2] / "frontend" / "src"
TARGET = PAGES / "generated" / "contracts.ts"
EVENT_WORDS = Path(__file__).parent / "event_words.json"
REF = "#/$defs/"
ROOTS: Mapping[str, object] = {
    "FeedFrame": views.FeedFrame,
    "Event": envelope.Event,
    "Answer": envelope.Answer,
    "Resume": views.Resume,
    "InterruptionView": interruption.InterruptionView,
    "WindowView": interruption.WindowView,
    "AlarmWhy": why.AlarmWhy,
}
WORDS: Mapping[str, object] = {
    "AlarmClass": alarm.AlarmClass,
    "Outcome": alarm.Outcome,
    "VerificationResult": commands.VerificationResult,
    "EvidenceKind": commands.EvidenceKind,
    "EvidenceFinding": commands.EvidenceFinding,
    "GuardStep": guard.GuardStep,
    "GuardStage": guard.GuardStage,
    "GuardFinding": guard.GuardFinding,
    "ReportAtOnceRule": commands.ReportAtOnceRule,
    "FilingState": directory.FilingState,
    "SiteClass": directory.SiteClass,
    "Qualifier": signals.Qualifier,
    "UserCode": signals.UserCode,
    "AlarmState": views.AlarmState,
    "EscalationState": views.EscalationState,
    "Disposition": commands.Disposition,
    "Mark": police_track.Mark,
    "ReturnReason": police_track.ReturnReason,
    "Role": people.Role,
    "RuleId": why.RuleId,
    "FactClass": interruption.FactClass,
    "WindowKind": interruption.WindowKind,
    "Finding": interruption.Finding,
    "SystemKind": interruption.SystemKind,
    "Why": interruption.Why,
}
HEAD = "// Written by `python -m services.contracts.schema` from services/contracts. Do not edit."


def typescript() -> str:
    """The whole file: closed words first, then every struct, then the unions."""
    schemas, components = msgspec.json.schema_components(ROOTS.values(), ref_template=REF + "{name}")
    parts = [HEAD]
    parts += [_words(name, get_args(literal)) for name, literal in WORDS.items()]
    parts += [_interface(name, components[name]) for name in sorted(components)]
    unions = [(name, schema) for name, schema in zip(ROOTS, schemas, strict=True) if "$ref" not in schema]
    parts += [f"export type {name} = {_type(schema)};" for name, schema in unions]
    return "\n\n".join(parts) + "\n"


def event_words() -> str:
    """What the pages call each event, by its tag and by language, as JSON."""
    tags = {str(one.__struct_config__.tag).replace(".", "_"): one for one in get_args(envelope.Event)}
    said: dict[str, dict[str, str]] = {}
    for path in sorted((PAGES / "words").glob("*.ts")):
        for word, text in re.findall(
            r'^ +(\w+_v\d+): (".*"),$', path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if word in tags:
                tag = str(tags[word].__struct_config__.tag)
                said.setdefault(tag, {})[path.stem[:2]] = json.loads(text)
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _words(name: str, words: Iterable[str]) -> str:
    listed = ", ".join(json.dumps(word) for word in words)
    return (
        f"export const {name}Words = [{listed}] as const;\nexport type {name} = (typeof {name}Words)[number];"
    )


def _interface(name: str, schema: Schema) -> str:
    required = frozenset(schema.get("required", ()))
    lines = [_comment(schema), f"export interface {name} {{"]
    for field, shape in schema.get("properties", {}).items():
        lines.append(
            f"  {field}: {_type(shape)};"
            if _always(field, shape, required)
            else f"  {field}?: {_type(shape)};"
        )
    return "\n".join(line for line in [*lines, "}"] if line)


def _always(field: str, shape: Schema, required: frozenset[str]) -> bool:
    """Msgspec writes defaults too (no struct omits them), so a field with a default is always there."""
    return field in required or "default" in shape


def _comment(schema: Schema) -> str:
    lines = [line.strip() for line in str(schema.get("description", "")).splitlines()]
    body = " ".join(line for line in lines if line)
    return f"/** {body} */" if body else ""


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REF)
    if "enum" in schema:
        return _enumeration(schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    return _plain(schema)


def _enumeration(values: Iterable[object]) -> str:
    words = frozenset(values)
    named = [name for name, literal in WORDS.items() if frozenset(get_args(literal)) == words]
    return named[0] if named else " | ".join(sorted(json.dumps(word) for word in words))


def _plain(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return f"Record<string, {_type(schema.get('additionalProperties', {}))}>"
    names = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    return names.get(str(kind), "unknown")


def _array(schema: Schema) -> str:
    return f"readonly ({_type(schema.get('items') or {})})[]"


def main(arguments: list[str] | None = None) -> int:
    """Write or compare. Exit codes: 0 done, 1 out of date."""
    parser = argparse.ArgumentParser(description="The contracts as TypeScript.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args(arguments).check
    made = ((TARGET, typescript()), (EVENT_WORDS, event_words()))
    return max(put(target, text, check=check, command="services.contracts.schema") for target, text in made)


def put(target: Path, text: str, *, check: bool, command: str) -> int:
    """Write `text` to `target`, or say whether it is there already."""
    if not check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{target.name} is out of date: run python -m {command}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
