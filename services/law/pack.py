"""A rule pack as values, the stack of packs over a site, and the articles that facts make candidates.

An article is a candidate when its pack is in force over the site's division, and its clause names the site's class,
the kind of system and the class of the fact. That mapping of facts to clauses is this product's proposal for a person
to check; it is no finding. Nothing is ranked by weight, and no penalty stands in a pack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Literal, TypeAlias

import msgspec

from services.contracts.directory import SiteClass
from services.contracts.interruption import KIND, Candidate, FactClass, Judgement, PackRef, SystemKind, Why
from services.law.report_at_once import NO_RULES, AtOncePack

Rank: TypeAlias = Literal["national_regulation", "regional_law", "provincial_rules", "city_rules"]
Codes: TypeAlias = Mapping[FactClass, Collection[str]]

RANKS: Final[tuple[Rank, ...]] = ("national_regulation", "regional_law", "provincial_rules", "city_rules")
SHANGHAI: Final = timezone(timedelta(hours=8))  # legal days are counted there; no summer time since 1991
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One prohibition. `clause`: the item. `codes`: if any, only facts of these codes.

    `zh`: the instrument's words where `quoted`, else a description; `en` is always a description.
    """

    article: str
    clause: str = ""
    classes: tuple[SiteClass, ...]
    kinds: tuple[SystemKind, ...]
    facts: tuple[FactClass, ...]
    codes: tuple[str, ...] = ()
    quoted: bool = True
    zh: str
    en: str


class PassedOver(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that names such facts and other classes of site: why it is no candidate."""

    pack: str
    article: str
    clause: str
    classes: tuple[SiteClass, ...]
    facts: tuple[FactClass, ...]


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One instrument. `division`: beginning of the GB/T 2260 codes where it applies, "" nationwide.

    `not_loaded`: instruments above or beside it that are not here. `digest`: of the file, set when it is read.
    """

    id: str
    version: int
    rank: Rank
    division: str
    in_force: date
    until: date | None = None
    zh: str
    en: str
    not_loaded: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    digest: str = ""

    @property
    def ref(self) -> PackRef:
        """How a decision names it."""
        return PackRef(id=self.id, version=self.version, digest=self.digest)


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """All packs, and after how long an interruption is judged (practice: an outage shows itself in that time).

    `at_once`: when a report to the police is suggested.
    """

    packs: tuple[Pack, ...] = ()
    at_once: AtOncePack = NO_RULES
    settle_us: int = 600_000_000


def stack_for(law: Law, division: str | None, on: date) -> tuple[Pack, ...]:
    """The packs over a site on a day, highest rank first. A site of no known division is under the national ones."""
    over = [pack for pack in law.packs if (division or "").startswith(pack.division) and _in_force(pack, on)]
    return tuple(sorted(over, key=lambda pack: (RANKS.index(pack.rank), pack.id)))


def legal_day(at_us: int) -> date:
    """The day in Asia/Shanghai of an instant, UTC microseconds."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(SHANGHAI).date()


def judge(  # noqa: PLR0913 - a site and what happened there
    law: Law,
    division: str | None,
    site_class: SiteClass | None,
    kind: SystemKind,
    codes: Codes,
    at_us: int,
) -> Judgement:
    """A lead with its candidate articles, else a notice with the reason. `codes`: of the uncovered facts, by class."""
    stack = stack_for(law, division, legal_day(at_us))
    packs = tuple(pack.ref for pack in stack)
    if site_class is None:
        return Judgement(finding="notice", why="site_unknown", packs=packs)
    found = tuple(_candidates(stack, site_class, kind, codes))
    if found:
        return Judgement(finding="lead", why="article", candidates=found, packs=packs)
    return Judgement(finding="notice", why=_why_none(stack, kind, codes), packs=packs)


def passed_over(
    law: Law, judged: Judgement, site_class: SiteClass | None, codes: Codes
) -> tuple[PassedOver, ...]:
    """The clauses that were looked at and cover no site of this class, of the packs that are here as they were asked."""
    if judged.why != "class_not_named":
        return ()
    return tuple(
        PassedOver(
            pack=pack.id, article=clause.article, clause=clause.clause, classes=clause.classes, facts=facts
        )
        for pack in law.packs
        if pack.ref in judged.packs
        for clause in pack.clauses
        if site_class not in clause.classes and (facts := _named_facts(clause, KIND, codes))
    )


def _candidates(
    stack: tuple[Pack, ...], site_class: SiteClass, kind: SystemKind, codes: Codes
) -> Iterator[Candidate]:
    for pack in stack:
        for clause in pack.clauses:
            facts = _named_facts(clause, kind, codes)
            if facts and site_class in clause.classes:
                yield Candidate(
                    pack=pack.id,
                    article=clause.article,
                    clause=clause.clause,
                    site_class=site_class,
                    kind=kind,
                    facts=facts,
                )


def _named_facts(clause: Clause, kind: SystemKind, codes: Codes) -> tuple[FactClass, ...]:
    if kind not in clause.kinds:
        return ()
    return tuple(
        fact
        for fact in clause.facts
        if fact in codes and (not clause.codes or not set(clause.codes).isdisjoint(codes[fact]))
    )


def _why_none(stack: tuple[Pack, ...], kind: SystemKind, codes: Codes) -> Why:
    if not any(pack.division for pack in stack):
        return "no_local_rules"
    named = any(_named_facts(clause, kind, codes) for pack in stack for clause in pack.clauses)
    return "class_not_named" if named else "no_article"


def _in_force(pack: Pack, on: date) -> bool:
    return pack.in_force <= on and (pack.until is None or on < pack.until)
