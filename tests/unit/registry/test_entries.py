"""Given what was said of an entry, when a registrar says something, then these events follow."""

from __future__ import annotations

import pytest

from services.contracts.directory import Filing, Line, lies_in
from services.contracts.envelope import Already, Refused
from services.contracts.registry import (
    BureauSet,
    Callee,
    Contract,
    ProviderRegistered,
    ProviderRenamed,
    SiteCallListSet,
    SiteContractSet,
    SiteDetails,
    SiteEvent,
    SiteLineAssigned,
    SiteLineReleased,
    SiteMerged,
    SiteRegistered,
)
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s

DETAILS = SiteDetails(name="仓库", provider="p", site_class="other", division="350102", bureau="350102000000")
REGISTERED = SiteRegistered(at_us=1, site="s", key="S1", details=DETAILS)
LINE = Line(account_space="default", account="3501")
ASSIGNED = SiteLineAssigned(at_us=1, site="s", account_space="default", account="3501")
CONTRACT = Contract(id="c", number="HT-1", services=("alarm_operation",), begins="2026-01-01")
CALLED = (Callee(person="li"),)
KNOWN = ProviderRegistered(at_us=1, provider="p", key="p", name="安居")


def test_a_provider_is_renamed_once() -> None:
    rename = p.Rename(name="安澜", now_us=2)
    answer, events = p.decide(p.PROVIDER.fold([KNOWN]), rename)
    assert events == (ProviderRenamed(at_us=2, provider="p", name="安澜"),)
    state = p.PROVIDER.fold([KNOWN, *events])
    assert isinstance(state, p.Known) and state.name == "安澜"
    answer, events = p.decide(state, rename)
    assert (answer, events) == (Already(), ())


def test_nobody_is_renamed_or_filed_who_is_not_registered() -> None:
    for command in (
        p.Rename(name="安澜", now_us=2),
        p.SetFiling(filing=Filing(authority="甲", state="filed"), now_us=2),
    ):
        assert p.decide(p.Unknown(), command) == (Refused(reason="provider.unknown"), ())


SAID: list[tuple[s.Command, SiteEvent]] = [
    (s.ReleaseLine(line=LINE, now_us=2), SiteLineReleased(at_us=2, site="s", account_space="default", account="3501")),
    (s.SetContract(contract=CONTRACT, now_us=2), SiteContractSet(at_us=2, site="s", contract=CONTRACT)),
    (s.SetCallList(people=CALLED, now_us=2), SiteCallListSet(at_us=2, site="s", people=CALLED)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "event"), SAID)
def test_a_registered_site_takes_it_once(command: s.Command, event: SiteEvent) -> None:
    given = s.SITE.fold([REGISTERED, ASSIGNED])
    _, events = s.decide(given, command)
    assert events == (event,)
    assert s.decide(s.SITE.fold(events, given), command) == (Already(), ())


@pytest.mark.parametrize("command", [command for command, _ in SAID])
def test_a_site_that_is_unknown_or_merged_takes_nothing(command: s.Command) -> None:
    assert s.decide(s.Unknown(), command) == (Refused(reason="site.unknown"), ())
    merged = s.SITE.fold([SiteMerged(at_us=1, site="s", into="t")])
    assert s.decide(merged, command) == (Refused(reason="site.merged", params={"into": "t"}), ())


def test_a_released_line_is_gone_and_may_be_assigned_again() -> None:
    released = s.SITE.fold([REGISTERED, ASSIGNED, SiteLineReleased(at_us=2, site="s", account_space="default", account="3501")])  # fmt: skip
    assert isinstance(released, s.Known) and released.lines == ()
    _, events = s.decide(released, s.AssignLine(line=LINE, now_us=3))
    assert len(events) == 1


def test_contracts_are_corrected_by_their_id_and_stand_in_the_order_in_which_they_began() -> None:
    earlier = Contract(id="d", number="HT-0", services=("design",), begins="2024-01-01")
    ended = Contract(
        id="c", number="HT-1", services=("alarm_operation",), begins="2026-01-01", ends="2026-06-30"
    )
    said = [SiteContractSet(at_us=2, site="s", contract=one) for one in (CONTRACT, earlier, ended)]
    site = s.SITE.fold([REGISTERED, *said])
    assert isinstance(site, s.Known)
    assert site.contracts == (earlier, ended)


def test_a_bureau_is_said_whole_and_its_area_has_no_order() -> None:
    said = b.SetBureau(id="350102000000", name="鼓楼分局", divisions=("350103", "350102"), now_us=2)
    _, events = b.decide(b.Bureau(), said)
    assert events == (
        BureauSet(at_us=2, bureau="350102000000", name="鼓楼分局", divisions=("350102", "350103")),
    )
    again = b.SetBureau(id="350102000000", name="鼓楼分局", divisions=("350102", "350103"), now_us=3)
    assert b.decide(b.BUREAU.fold(events), again) == (Already(), ())


def test_the_bureau_with_the_narrowest_area_is_proposed_first() -> None:
    province = b.Bureau("350000000000", "省厅", ("350000",))
    district = b.Bureau("350102000000", "鼓楼分局", ("350102",))
    city = b.Bureau("350100000000", "市局", ("350100",))
    elsewhere = b.Bureau("210000000000", "别省", ("210000",))
    assert b.competent([province, elsewhere, district, city], "350102") == [district, city, province]
    assert b.competent([elsewhere], "350102") == []


@pytest.mark.parametrize(
    ("division", "area", "lies"),
    [
        ("350102", "350102", True),
        ("350102", "350100", True),
        ("350102", "350000", True),
        ("350102001000", "350102", True),
        ("350102", "350200", False),
        ("350100", "350102", False),
        ("351002", "350100", False),
    ],
)
def test_a_division_lies_in_the_areas_above_it(division: str, area: str, lies: bool) -> None:
    assert lies_in(division, area) is lies
