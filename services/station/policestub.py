"""`jiejing policestub`: a police endpoint that fails on purpose, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.runtime.settings import Address
from services.station.errors import Misused

if TYPE_CHECKING:
    from services.police_link.adapters.police_stub import PoliceStub


def policestub(
    incidents: Annotated[Path, typer.Argument(help="File of the incidents it opens, a line each.")],
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where it listens; port 0 takes a free one.")
    ] = "127.0.0.1:0",
    faults: Annotated[
        str,
        typer.Option(
            help="One for each POST, in turn, with commas between: none, timeout_before, timeout_after, 5xx, 4xx, "
            "reset, hang, duplicate, late."
        ),
    ] = "none",
) -> None:
    """Play a police endpoint for tests and demonstrations until Ctrl-C; prints its address as JSON.

    Name it in police_endpoints, or as police_test_endpoint for drills. It opens an incident for whatever is sent, so
    two lines with one id mean that somebody sent it twice. PUT /fault/MODE ends the turns.
    """
    from services.police_link.adapters.police_stub import MODES, PoliceStub

    turns = [mode for asked in faults.split(",") for mode in MODES if mode == asked]
    if len(turns) != len(faults.split(",")):
        raise Misused(f"--faults takes {', '.join(MODES)}")
    asyncio.run(_serve(PoliceStub(incidents, turns), Address.parse(listen)))


async def _serve(stub: PoliceStub, address: Address) -> None:
    from services.police_link.adapters.police_stub import PREFIX, serve

    runner, port = await serve(stub, address.host, address.port)
    sys.stdout.write(json.dumps({"address": f"http://{address.host}:{port}{PREFIX}"}) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
