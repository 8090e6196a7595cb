"""Options that several commands have, so that they read alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Data: TypeAlias = Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")]
KafkaUrl: TypeAlias = Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A Kafka of your own.")]
PostgresUrl: TypeAlias = Annotated[str | None, typer.Option(metavar="URL", help="A PostgreSQL of your own.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="For machines.")]
Reason: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", help="Why; it stands in the record for ever.")
]
