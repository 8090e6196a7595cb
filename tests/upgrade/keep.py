"""What a release leaves for every later version to read: `python -m tests.upgrade.keep`, once.

Writes `kept/VERSION` (of a version that was never released it is deleted before). Then its commit is written into the file
`previous`, by hand. From there on no byte of it changes.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from tests.upgrade import kept_record, kept_state
from tests.upgrade.kept_record import KEPT

if __name__ == "__main__":
    made = KEPT / version("jiejing")
    kept_record.write(made)
    kept_state.write(made)
    sys.stdout.write(f"{made.name}: {dict(kept_record.said(kept_record.read(made).events))}\n")
