"""`jiejing simulate`: the whole system on simulated time, from one seed (ADR 16)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from services.simulation.episode import Ran

SEEDS = Path("tests/properties/simulation/seeds")
FAILED = 1


def simulate(
    seed: Annotated[int, typer.Option(help="All chance comes from it: the same seed, the same trace.")] = 1,
    steps: Annotated[int, typer.Option(help="At least so many.", min=1)] = 20_000,
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="A seed that was kept.")] = None,
    keep: Annotated[Path, typer.Option(metavar="DIR", help="Where a seed that fails is kept.")] = SEEDS,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Run the whole system on simulated time; exit code 1 when something was violated."""
    from services.simulation import episode
    from services.simulation.kept import KeptSeed
    from services.simulation.plants import PLANTS

    kept = KeptSeed(seed=seed, steps=episode.STEPS, violation="") if replay is None else KeptSeed.read(replay)
    if replay is None:
        ran = episode.simulate(seed, steps)
    else:
        ran = episode.live(kept.seed, kept.steps, PLANTS[kept.plant] if kept.plant else None)
    if as_json:
        print(json.dumps(msgspec.to_builtins(ran), ensure_ascii=False))
    else:
        _show(ran)
    if ran.violation is not None:
        folder = keep if keep.is_dir() else Path()
        file = msgspec.structs.replace(kept, seed=ran.seed, violation=ran.violation).write(folder)
        typer.echo(f"kept in {file}; again: jiejing simulate --replay {file}", err=True)
        raise typer.Exit(FAILED)


def _show(ran: Ran) -> None:
    for line in ran.last if ran.violation else ():
        print(line)
    print(f"steps {ran.steps} in {ran.episodes} episodes, trace {ran.trace}")
    print("seen: " + ", ".join(f"{kind} {count}" for kind, count in sorted(ran.seen.items())))
    if ran.violation:
        print(f"VIOLATED with episode seed {ran.seed}: {ran.violation}")
