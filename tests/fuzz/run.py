"""Fuzzes one target with atheris: `python -m tests.fuzz.run TARGET [--inputs N] [--seconds S] [--keep]`.

It begins with the kept inputs. An input that breaks the law is left in the present folder as `crash-…`, and the exit
code is not 0. `--into` and `--keep`: what reached something new is put into a folder, and of
that as much is kept as there is room for.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

import atheris
import structlog

from tests.fuzz.law import KEPT, MOST_KEPT, MOST_KEPT_BYTES, Target, asked

with atheris.instrument_imports(include=["services"], enable_loader_override=False):
    from tests.fuzz.targets import TARGETS


def unsaid(*_: object) -> str:
    """To write what a decoder says of each bad input would take most of the time."""
    raise structlog.DropEvent


def fuzz(target: Target, options: list[str]) -> None:
    """Until the options say that it is enough; ends this process."""
    (KEPT / target.name).mkdir(parents=True, exist_ok=True)
    structlog.configure(processors=[unsaid])
    atheris.enabled_hooks.add("RegEx")
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_len={target.most}",
            "-timeout=20",
            "-rss_limit_mb=1500",
            "-print_final_stats=1",
            *options,
        ],
        lambda data: asked(target, data) and None,
        enable_python_coverage=True,
    )
    atheris.Fuzz()


def keep(target: Target, found: Path) -> None:
    """Add what an earlier run put there, the smallest first; what was kept stays."""
    new = sorted((one.read_bytes() for one in found.iterdir()), key=len)
    count, room = (
        MOST_KEPT - len(target.kept),
        MOST_KEPT_BYTES - sum(one.stat().st_size for one in target.kept),
    )
    for data in new[: max(0, count)]:
        room -= len(data)
        if room < 0:
            break
        (KEPT / target.name / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def main() -> None:
    """See above."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("target", choices=sorted(TARGETS))
    reader.add_argument("--inputs", type=int, default=-1)
    reader.add_argument("--seconds", type=int, default=0)
    reader.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="fuzz nothing: keep what is new in this folder"
    )
    reader.add_argument("--into", type=Path, metavar="FOLDER", help="put what reaches something new here")
    asked_for = reader.parse_args()
    target, kept = TARGETS[asked_for.target], str(KEPT / asked_for.target)
    if asked_for.keep:
        keep(target, asked_for.keep)
    else:
        with tempfile.TemporaryDirectory(prefix="jiejing-fuzz-") as made:
            into = str(asked_for.into or made)
            fuzz(target, [f"-runs={asked_for.inputs}", f"-max_total_time={asked_for.seconds}", into, kept])


if __name__ == "__main__":
    main()
