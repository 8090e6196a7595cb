"""Why an interruption was judged so: what each rule looked at, taken from the record alone."""

from __future__ import annotations

from services.alarm_router.domain.weighed import Weighed
from services.alarm_router.domain.why import weigh
from services.contracts.codec import decode_decision
from services.law.pack import Law
from services.picture.why import Recorded
from tests.unit.alarm_router.saying import MINUTE, SITE
from tests.unit.alarm_router.test_interruptions import FUSHUN, LAW, QINHUANGDAO, Place, began, settled


def weighed(place: Place, law: Law = LAW) -> list[Weighed]:
    """Every rule that was asked about the place."""
    decisions = [decode_decision(value) for value in place.values]
    record = [Recorded(0, one.lies_at, one.time, event) for one in decisions for event in one.events]
    return list(weigh(record, law))


def of(place: Place, rule: str) -> list[Weighed]:
    return [one for one in weighed(place) if one.rule == rule]


def articles(place: Place, outcome: str) -> set[str]:
    return {one.rule for one in weighed(place) if one.rule.startswith("article.") and one.outcome == outcome}


def test_a_fact_is_what_its_code_says() -> None:
    place = Place(FUSHUN)
    place.says("570", "3")
    (fact,) = of(place, "interruption.fact")
    assert (fact.inputs, fact.outcome, fact.recomputed) == (
        {"code": "570", "qualifier": "new"},
        "bypass",
        "bypass",
    )


def test_what_is_no_fact_was_looked_at_too() -> None:
    place = Place(FUSHUN)
    place.says("401")
    (fact,) = of(place, "interruption.fact")
    assert (fact.inputs, fact.outcome, fact.spoke) == ({"code": "401", "qualifier": "new"}, "none", False)


def test_it_is_covered_by_the_windows_that_were_there_when_it_was_decided() -> None:
    place = Place(FUSHUN)
    window = place.opened()
    fact = began(place.says("301")).fact
    place.opened()
    (covered,) = of(place, "interruption.window")
    assert (covered.inputs["fact"], covered.inputs["received_at"]) == ("power", fact.received_at)
    (named,) = covered.inputs["windows"]
    assert (named["id"], named["provider"]) == (window.window, "provider")
    assert covered.outcome == covered.recomputed == "covered"


def test_one_entered_afterwards_is_told_from_one_that_was_not_there() -> None:
    place = Place(FUSHUN)
    received = place.now
    place.says("301", received_at=received)
    place.opened(from_us=received - MINUTE)
    place.says("137", "4", received_at=received)
    assert [one.outcome for one in of(place, "interruption.window")] == ["uncovered", "entered_afterwards"]


def test_it_waits_while_it_settles_and_as_long_as_a_window_covers_what_goes_on() -> None:
    place = Place(FUSHUN)
    window = place.opened()
    first = began(place.says("570", "3"))
    place.says("301")
    place.says("301", restore=True)
    place.passes(window.until_us - place.now)
    waits, settles = of(place, "interruption.settling")
    assert (waits.outcome, waits.spoke, settles.outcome, settles.spoke) == ("waits", False, "settled", True)
    assert (settles.inputs["at"], settles.inputs["ends"]) == (
        window.until_us,
        {"bypass/570/3": window.until_us},
    )
    assert settles.inputs["interruption"]["id"] == first.interruption


def test_every_clause_of_the_place_was_asked_and_one_speaks() -> None:
    place = Place(FUSHUN)
    place.says("301")
    judged = settled(place.passes(10 * MINUTE))
    (judgement,) = of(place, "interruption.judgement")
    assert (judgement.outcome, judgement.inputs["anew"]) == ("lead/article", False)
    assert judgement.inputs["at"] == judgement.recorded.time
    assert articles(place, "named") == {"article.LN-2015:21(2)"}
    here = {one.id for one in judged.packs}
    asked = {f"article.{pack.id}:" for pack in LAW.packs if pack.id in here and pack.clauses}
    assert {name.partition(":")[0] + ":" for name in articles(place, "not_named")} == asked


def test_what_is_covered_asked_no_clause() -> None:
    place = Place(FUSHUN)
    place.opened()
    place.says("306")
    place.passes(10 * MINUTE)
    (judgement,) = of(place, "interruption.judgement")
    assert judgement.outcome == "covered/window"
    assert articles(place, "named") == articles(place, "not_named") == set()


def test_judged_anew_it_is_judged_by_what_was_learnt_in_that_decision() -> None:
    shell = Place("")
    shell.says("301")
    shell.passes(10 * MINUTE)
    shell.known(QINHUANGDAO, "other")
    first, anew = of(shell, "interruption.judgement")
    assert (first.outcome, anew.outcome) == ("notice/site_unknown", "lead/article")
    assert (first.inputs["anew"], anew.inputs["anew"]) == (False, True)
    known = {name: anew.inputs["interruption"][name] for name in ("subject", "site_class", "division")}
    assert known == {"subject": SITE, "site_class": "other", "division": QINHUANGDAO}


def test_what_other_packs_judged_is_not_asked_again_by_ours() -> None:
    place = Place(FUSHUN)
    place.says("301")
    place.passes(10 * MINUTE)
    rules = {one.rule for one in weighed(place, Law())}
    assert "interruption.judgement" not in rules
    assert "interruption.settling" in rules
