"""`jiejing config check`: the settings as they count here, and whether a station could work with them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from services.runtime.settings import Settings, read_settings

FAILED = 1
LISTENING = ("web", "feed", "signals", "dc09")

config_app = typer.Typer(help="Settings: jiejing.toml and JIEJING_* variables.", no_args_is_help=True)


@config_app.callback()
def config() -> None:
    """Settings: jiejing.toml and JIEJING_* variables; a variable wins over the file."""


@config_app.command()
def check(
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings in TOML; default DATA/jiejing.toml if it is there."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print the settings that count, as a jiejing.toml, without secrets.

    Exit codes: 0 a station can work with them, 1 it cannot, 2 a key is unknown or a value cannot be read.
    """
    settings = read_settings(config=config, data_dir=data)
    faults = list(faults_of(settings))
    if as_json:
        found = {"settings": effective(settings), "faults": faults}
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{key} = {_toml(value)}\n" for key, value in effective(settings).items())
        sys.stderr.writelines(f"jiejing: {fault}\n" for fault in faults)
    if faults:
        raise typer.Exit(FAILED)


def effective(settings: Settings) -> dict[str, Any]:
    """Every setting that has a value, as it is written in a file."""
    shown = settings.model_dump(mode="json", exclude_none=True, exclude={"config"})
    return {key: _masked(value) for key, value in shown.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    return masked(value) if isinstance(value, str) else value


def _toml(value: Any) -> str:
    """A value in TOML, which is JSON but for its tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def masked(url: str) -> str:
    """An address without its password."""
    without_login = re.sub(r"(?<=://)([^:/@?]*):[^@/?]*@", r"\1:***@", url)
    return re.sub(r"(?i)((?:ssl)?password=)[^&]*", r"\1***", without_login)


def faults_of(settings: Settings) -> Iterator[str]:
    """What is well written and cannot work here."""
    wanted = Counter(getattr(settings, name) for name in LISTENING)
    for address, times in wanted.items():
        if times > 1 and address.port:
            names = " and ".join(name for name in LISTENING if getattr(settings, name) == address)
            yield f"{names} are both at {address}: give each its own"
    if beyond := [one for one in settings.router_partitions if not 0 <= one < settings.partitions]:
        yield f"router_partitions names {beyond}, and there are only 0 to {settings.partitions - 1}"
    there = next(one for one in (settings.data_dir, *settings.data_dir.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield f"cannot write to {there}: choose another data_dir"
