"""What the shipped packs say: which articles become candidates, where, for whom, since when."""

from __future__ import annotations

from datetime import date
from typing import get_args

import msgspec
import pytest

from services.contracts.directory import SiteClass
from services.contracts.interruption import FactClass, Judgement, SystemKind
from services.law import document
from services.law.pack import Codes, Law, judge, legal_day, passed_over, stack_for
from services.law.shelf import PACKS, PackUnreadable, read_pack, shipped

LAW = shipped()
NOW = 1_800_000_000_000_000
TIELING, QINHUANGDAO, PUTIAN, BEIJING = "211202", "130302", "350302", "110101"
POWER: Codes = {"power": ("301",)}


def judged(
    division: str | None,
    site_class: SiteClass | None,
    codes: Codes = POWER,
    kind: SystemKind = "intrusion_alarm",
) -> Judgement:
    return judge(LAW, division, site_class, kind, codes, NOW)


def refs(judgement: Judgement) -> list[str]:
    return [f"{one.pack}:{one.article}({one.clause})" for one in judgement.candidates]


class TestTheBarbersPowerCut:
    def test_in_tieling_it_is_a_notice_since_the_article_covers_public_areas_and_key_units(self) -> None:
        found = judged(TIELING, "other")
        assert (found.finding, found.why, found.candidates) == ("notice", "class_not_named", ())

    def test_in_qinhuangdao_article_19_4_is_a_candidate_since_it_covers_every_installed_system(self) -> None:
        found = judged(QINHUANGDAO, "other")
        assert (found.finding, found.why, refs(found)) == ("lead", "article", ["QHD-2018:19(4)"])

    def test_in_putian_there_is_none(self) -> None:
        found = judged(PUTIAN, "other")
        assert (found.finding, found.why, found.candidates) == ("notice", "class_not_named", ())


def looked_at(judgement: Judgement, codes: Codes = POWER, law: Law = LAW) -> list[str]:
    return [f"{one.pack}:{one.article}({one.clause})" for one in passed_over(law, judgement, "other", codes)]


class TestWhatWasLookedAtAndDoesNotApply:
    def test_in_putian_it_is_article_15_7_which_covers_public_areas_and_key_units(self) -> None:
        (one,) = passed_over(LAW, judged(PUTIAN, "other"), "other", POWER)
        assert (one.pack, one.article, one.clause) == ("FJ-2015", "15", "7")
        assert one.classes == ("public_area", "key_unit")
        assert one.facts == ("power",)

    def test_a_lead_passes_over_nothing(self) -> None:
        assert looked_at(judged(QINHUANGDAO, "other")) == []
        assert looked_at(judged(PUTIAN, "key_unit")) == []

    def test_where_no_article_speaks_of_such_facts_there_is_none_to_name(self) -> None:
        codes: Codes = {"silence": ("silence",)}
        assert looked_at(judged(BEIJING, "other", codes), codes) == []

    def test_a_pack_of_another_version_is_not_quoted_for_the_one_that_was_asked(self) -> None:
        newer = [msgspec.structs.replace(pack, digest="0" * 16) for pack in LAW.packs]
        assert looked_at(judged(PUTIAN, "other"), law=Law(packs=tuple(newer))) == []


@pytest.mark.parametrize(
    ("division", "site_class", "codes", "expected"),
    [
        ("210402", "key_unit", {"silence": ("silence",)}, ["LN-2015:21(2)"]),
        ("210402", "key_unit", {"tamper": ("137",)}, ["LN-2015:21(1)", "LN-2015:21(2)"]),
        ("210402", "public_area", {"programming": ("306",)}, ["LN-2015:21(4)"]),
        ("210402", "other", {"programming": ("621",)}, ["CN-BA-2022:25(2)"]),
        ("350102", "key_unit", {"bypass": ("570",)}, ["FJ-2015:15(7)"]),
        ("350102", "key_unit", {"tamper": ("137",)}, ["FJ-2015:15(1)", "FJ-2015:15(7)"]),
        ("130302", "other", {"programming": ("306",)}, ["QHD-2018:19(2)", "QHD-2018:19(5)"]),
    ],
)
def test_the_candidates_of_a_place_and_a_fact(
    division: str, site_class: SiteClass, codes: Codes, expected: list[str]
) -> None:
    assert refs(judged(division, site_class, codes)) == expected


@pytest.mark.parametrize("fact", get_args(FactClass))
def test_every_fact_has_a_candidate_at_a_key_unit_of_liaoning(fact: FactClass) -> None:
    found = judged("210102", "key_unit", {fact: ("0",)})
    assert found.finding == "lead"
    assert all(fact in one.facts for one in found.candidates)


@pytest.mark.parametrize("fact", get_args(FactClass))
def test_no_fact_has_one_where_no_rules_are_loaded(fact: FactClass) -> None:
    found = judged(BEIJING, "key_unit", {fact: ("0",)})
    assert (found.finding, found.why) == ("notice", "no_local_rules")


def test_video_rules_make_no_candidate_for_an_intrusion_alarm() -> None:
    assert refs(judged("210102", "public_area")) == ["LN-2015:21(2)"]
    video = refs(judged("210102", "public_area", kind="video"))
    assert video == ["CN-799-2025:23(6)", "LN-2015:21(2)", "LNV-2008:15(6)"]


def test_a_site_that_nobody_registered_is_a_notice_that_says_so() -> None:
    assert judged(None, None).why == "site_unknown"


def test_an_instrument_holds_from_its_first_day_on() -> None:
    before, after = date(2018, 1, 31), date(2018, 2, 1)
    assert "QHD-2018" not in [pack.id for pack in stack_for(LAW, QINHUANGDAO, before)]
    assert "QHD-2018" in [pack.id for pack in stack_for(LAW, QINHUANGDAO, after)]


def test_an_instrument_that_was_repealed_holds_no_more() -> None:
    ended = tuple(msgspec.structs.replace(pack, until=date(2020, 1, 1)) for pack in LAW.packs)
    assert stack_for(msgspec.structs.replace(LAW, packs=ended), TIELING, date(2020, 1, 1)) == ()


def test_a_legal_day_begins_at_midnight_in_shanghai() -> None:
    midnight = 1_517_414_400_000_000  # 2018-02-01 00:00 there
    assert [legal_day(midnight - 1), legal_day(midnight)] == [date(2018, 1, 31), date(2018, 2, 1)]


def test_the_stack_goes_from_the_highest_rank_down() -> None:
    stack = [pack.id for pack in stack_for(LAW, TIELING, date(2026, 1, 1))]
    assert stack == ["CN-799-2025", "CN-BA-2022", "LN-2015", "LNV-2008"]


def test_the_screens_are_told_what_is_not_loaded_over_qinhuangdao() -> None:
    (pack,) = [pack for pack in LAW.packs if pack.id == "QHD-2018"]
    assert "河北省的上位规定" in pack.not_loaded


def test_a_decision_names_every_pack_it_asked_by_version_and_digest() -> None:
    found = judged(TIELING, "other")
    assert [one.id for one in found.packs] == ["CN-799-2025", "CN-BA-2022", "LN-2015", "LNV-2008"]
    assert all(one.version >= 1 and len(one.digest) == 16 for one in found.packs)


def test_another_byte_is_another_digest() -> None:
    value = (PACKS / "ln-2015.toml").read_bytes()
    assert read_pack(value).digest != read_pack(value + b"\n").digest


def test_no_pack_says_a_word_of_penalties() -> None:
    texts = [path.read_text("utf-8") for path in PACKS.glob("*.toml")]
    bare = [
        text.replace("治安管理处罚法", "") for text in texts
    ]  # the name of an instrument that is not loaded
    assert not any(word in text for text in bare for word in ("罚", "元", "违法", "penalt", "fine "))


def test_a_wrong_word_in_a_pack_is_refused_by_name() -> None:
    value = (PACKS / "ln-2015.toml").read_bytes().replace(b'"tamper"', b'"vandalism"', 1)
    with pytest.raises(PackUnreadable, match="vandalism"):
        read_pack(value)


def test_the_page_about_the_packs_is_what_the_packs_say() -> None:
    assert document.main(["--check"]) == 0
