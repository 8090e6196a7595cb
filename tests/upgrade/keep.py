"""What a release leaves for every later version to read: `python -m tests.upgrade.keep`, once; it takes some minutes.

Writes into `kept/VERSION` what is not there. What was never released may be made anew: it is deleted before, and what
`reasons` has of it. Then the release's commit is written into the file `previous`, by hand; from there on no byte changes.

    inbox.jsonl.gz, events.jsonl.gz   one partition, played by the simulation (`kept_record`)
    seen.json, state.json             what people saw of it, and what its router knew (`kept_state`)
    copy.tar.gz                       `jiejing backup` of a station that lived a short life (`a_kept_day`)
    copy.json                         the same of that, for each partition (`kept_copy`)
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from tests.upgrade import a_kept_day, kept_copy, kept_record, kept_state
from tests.upgrade.kept_record import KEPT

if __name__ == "__main__":
    made = KEPT / version("jiejing")
    if not made.exists():
        kept_record.write(made)
    if not (made / kept_state.FILE).exists():
        kept_state.write(made)
    if not (made / kept_copy.FILE).exists():
        with a_kept_day.lived() as copy:
            kept_copy.write(made, copy)
    sys.stdout.write(f"{made.name}: {', '.join(sorted(one.name for one in made.iterdir()))}\n")
