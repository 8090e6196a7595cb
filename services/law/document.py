"""The packs as a page for people: docs/law.md, from the files that decide.

`python -m services.law.document` writes it; `--check` fails when it is out of date.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from services.contracts.schema import put
from services.law.pack import RANKS, Clause, Law, Pack
from services.law.shelf import shipped

TARGET = Path(__file__).parents[2] / "docs" / "law.md"
HEAD = """# Rule packs for interruptions

Written by `python -m services.law.document` from `services/law/packs`. Do not edit.

A pack says where an instrument applies, since when, and which of its clauses may apply to which facts at which class of
site. That mapping is this product's proposal for a person to check: a candidate article is a lead, never a finding. No
penalty stands in a pack. Each judgement in the record names every pack it asked, by version and digest.

An interruption is judged {settle} s after its first fact. What a maintenance window covers, decided before the
fact was received, is no lead; where no article applies it is a notice under the contract."""


def markdown(law: Law) -> str:
    """The whole document, highest rank first."""
    packs = sorted(law.packs, key=lambda pack: (RANKS.index(pack.rank), pack.id))
    head = HEAD.format(settle=law.settle_us // 1_000_000)
    return "\n".join([head, *(line for pack in packs for line in _chapter(pack))]) + "\n"


def _chapter(pack: Pack) -> Iterator[str]:
    place = f"divisions {pack.division}…" if pack.division else "nationwide"
    ended = "" if pack.until is None else f" until {pack.until}"
    yield from ("", f"## {pack.id} {pack.zh}", "", pack.en + ".", "")
    yield f"{pack.rank.replace('_', ' ')}, {place}, in force from {pack.in_force}{ended}; version {pack.version}, digest `{pack.digest}`."
    if pack.not_loaded:
        yield f"Not loaded: {'、'.join(pack.not_loaded)}."
    yield from ("", "| article | classes of site | systems | facts | words |", "|---|---|---|---|---|")
    yield from (_row(pack, clause) for clause in pack.clauses)


def _row(pack: Pack, clause: Clause) -> str:
    item = f"({clause.clause})" if clause.clause else ""
    facts = ", ".join(clause.facts) + (f" (codes {', '.join(clause.codes)})" if clause.codes else "")
    words = f"「{clause.zh}」 {clause.en}" if clause.quoted else f"{clause.zh} {clause.en}"
    cells = (
        f"{pack.id}:{clause.article}{item}",
        ", ".join(clause.classes),
        ", ".join(clause.kinds),
        facts,
        words,
    )
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> int:
    """Write or compare. Exit codes: 0 done, 1 out of date."""
    parser = argparse.ArgumentParser(description="The rule packs as a page.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    return put(
        TARGET,
        markdown(shipped()),
        check=parser.parse_args(arguments).check,
        command="services.law.document",
    )


if __name__ == "__main__":
    raise SystemExit(main())
