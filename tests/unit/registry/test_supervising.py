"""How often a line is to be heard: said for a line that the site has, and told with the site's entry."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.directory import Line
from services.contracts.envelope import Already, Refused
from services.contracts.registry import SiteDetails, SiteEvent
from services.registry.domain import site as s

LINE = Line(account_space="default", account="2001")
DETAILS = SiteDetails(name="n", provider="p", site_class="other", division="350102", bureau="350102000000")


def known() -> s.Site:
    enter = s.Enter(id="site-a", key="a", details=DETAILS, now_us=1)
    return told(told(s.Unknown(), enter)[0], s.AssignLine(line=LINE, now_us=1))[0]


def told(site: s.Site, command: s.Command) -> tuple[s.Site, tuple[SiteEvent, ...]]:
    _, events = s.decide(site, command)
    return s.SITE.fold(events, site), tuple(events)


def test_a_line_is_supervised_as_said_and_repeating_it_says_nothing() -> None:
    wanted = replace(LINE, interval_s=90, delay_s=10)
    site, events = told(known(), s.Supervise(line=wanted, now_us=2))
    assert len(events) == 1
    assert isinstance(site, s.Known)
    assert s.entry(site).lines == (wanted,)
    assert s.decide(site, s.Supervise(line=wanted, now_us=3)) == (Already(), ())
    assert s.decide(site, s.AssignLine(line=LINE, now_us=3)) == (Already(), ())
    site, _ = told(site, s.Supervise(line=LINE, now_us=4))
    assert isinstance(site, s.Known)
    assert s.entry(site).lines == (LINE,)


def test_only_a_line_of_the_site_can_be_supervised() -> None:
    other = Line(account_space="default", account="2002", interval_s=90)
    answer, events = s.decide(known(), s.Supervise(line=other, now_us=2))
    assert (answer, tuple(events)) == (Refused(reason="line.unknown"), ())
    answer, _ = s.decide(s.Unknown(), s.Supervise(line=other, now_us=2))
    assert answer == Refused(reason="site.unknown")
    answer, _ = s.decide(s.Merged("site-b", "site-a"), s.Supervise(line=other, now_us=2))
    assert isinstance(answer, Refused) and answer.reason == "site.merged"
