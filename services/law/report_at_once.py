"""When an alarm is to be reported to the police at once: a pack of rules, and whether an alarm meets one.

`met` is all there is to it: the router asks it when it decides, and whoever explains the decision asks it again with
the inputs that were recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec

from services.contracts.alarm import AlarmClass
from services.contracts.commands import EvidenceKind, ReportAtOnceRule
from services.contracts.interruption import PackRef
from services.contracts.suggestion import RuleInputs

SECOND_US: Final = 1_000_000


class ClassRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="when", tag="class"):
    """Met by the alarm's class alone."""

    id: ReportAtOnceRule
    article: str
    classes: frozenset[AlarmClass]

    def told_by(self, _: RuleInputs) -> bool:
        """Whether the inputs say it; the class is asked before."""
        return True


class ZonesRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="when", tag="zones"):
    """Met by two zones in succession."""

    id: ReportAtOnceRule
    article: str
    within_seconds: int
    classes: frozenset[AlarmClass] = frozenset()

    def told_by(self, inputs: RuleInputs) -> bool:
        """Whether the inputs say it; the class is asked before."""
        return _in_succession(inputs, self.within_seconds * SECOND_US)


class EvidenceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="when", tag="evidence"):
    """Met by what a verification stands on."""

    id: ReportAtOnceRule
    article: str
    kind: EvidenceKind
    found: frozenset[str]
    classes: frozenset[AlarmClass] = frozenset()

    def told_by(self, inputs: RuleInputs) -> bool:
        """Whether the inputs say it; the class is asked before."""
        return any(one.kind == self.kind and one.found in self.found for one in inputs.evidence)


class GuardRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="when", tag="guard"):
    """Met by what a guard found."""

    id: ReportAtOnceRule
    article: str
    found: frozenset[str]
    classes: frozenset[AlarmClass] = frozenset()

    def told_by(self, inputs: RuleInputs) -> bool:
        """Whether the inputs say it; the class is asked before."""
        return inputs.guard in self.found


Rule: TypeAlias = ClassRule | ZonesRule | EvidenceRule | GuardRule


class AtOncePack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A pack of report-at-once rules. `binding_in`: divisions (GB/T 2260) where they are the police's own word.

    `digest`: of the file, set when it is read.
    """

    id: str
    version: int
    issued: str
    binding_in: tuple[str, ...] = ()
    zh: str
    en: str
    rules: tuple[Rule, ...] = ()
    digest: str = ""

    @property
    def ref(self) -> PackRef:
        """How a decision names it."""
        return PackRef(id=self.id, version=self.version, digest=self.digest)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that name."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


NO_RULES: Final = AtOncePack(id="none", version=0, issued="", zh="", en="")


def met(rule: Rule, inputs: RuleInputs) -> bool:
    """Whether the inputs meet the rule."""
    return (not rule.classes or inputs.class_ in rule.classes) and rule.told_by(inputs)


def newly_met(pack: AtOncePack, inputs: RuleInputs, before: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that the inputs meet, without those that were met `before`."""
    return tuple([rule for rule in pack.rules if met(rule, inputs) and rule.id not in before])


def _in_succession(inputs: RuleInputs, within_us: int) -> bool:
    """Whether two signals of different zones came close enough together; a signal without a zone tells nothing."""
    placed = [one for one in inputs.signals if one.zone]
    return any(
        one.zone != other.zone and abs(one.received_at - other.received_at) <= within_us
        for one in placed
        for other in placed
    )
