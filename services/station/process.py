"""`python -m services.station.process NAME`: one process, without the command line, which takes a second to load."""

from __future__ import annotations

import sys

from services.runtime.settings import read_settings
from services.station.ending import in_words
from services.station.processes import run_process


def main() -> None:
    """Run it until it is told to end; its settings are those of the environment."""
    with in_words():
        run_process(sys.argv[1], read_settings())


if __name__ == "__main__":
    main()
