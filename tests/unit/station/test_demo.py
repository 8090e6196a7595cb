"""The demo looks like a centre: its register is right, its days are quiet and always the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.alarm_router.domain.codes import class_of, why_logged
from services.ingest.panel import ScenarioUnreadable, scenario
from services.registry.domain.sheet import read_sheet
from services.registry.handlers.import_sheet import gather
from services.station.demo.day import quiet_day
from services.station.demo.sites import DISTRICTS, POLL_S, sheet, sites
from services.station.demo.worker import _next

DATE = "2026-11-21"


def test_the_register_has_200_sites_of_three_providers_and_no_fault() -> None:
    read = read_sheet(sheet())
    assert read.faults == ()
    assert gather(read.rows).faults == []
    assert (
        len(read.rows) == len({row.site for row in read.rows}) == len({row.line for row in read.rows}) == 200
    )
    assert len({row.details.name for row in read.rows}) == 200
    states = {row.provider: row.filing.state if row.filing else "none" for row in read.rows}
    assert len(states) == 3
    assert states["沈阳恒安技防工程有限公司"] == "none"
    assert {district.division[:2] for district in DISTRICTS} == {"35", "21", "13"}


def test_some_panels_are_supervised_and_the_rest_is_left_alone() -> None:
    intervals = Counter(row.supervised.interval_s for row in read_sheet(sheet()).rows if row.supervised)
    assert set(intervals) == {None, POLL_S}
    assert 20 < intervals[POLL_S] < 80
    assert intervals[POLL_S] == sum(site.supervised for site in sites())


def test_the_example_sheet_says_of_its_sites_what_the_demo_says() -> None:
    example = read_sheet((Path(__file__).parents[3] / "docs/example-sites.csv").read_bytes())
    assert example.faults == ()
    known = {(row.site, row.line): row.details for row in read_sheet(sheet()).rows}
    assert all(known[row.site, row.line] == row.details for row in example.rows)


def test_the_panel_of_the_readme_reports_for_a_site_of_the_demo() -> None:
    assert scenario("burglary").account in {site.account for site in sites()}


def test_a_day_is_always_the_same_and_mostly_logged() -> None:
    day = [due for site in sites() for due in quiet_day(site, DATE)]
    assert day == [due for site in sites() for due in quiet_day(site, DATE)]
    qualifiers = {"1": "new", "3": "restore"}
    raised = [
        due
        for due in day
        if why_logged(due.data[1:4], qualifiers[due.data[0]]) is None  # type: ignore[arg-type]  # two of the words
    ]
    assert 400 < len(day) < 1000
    assert 60 < len(raised) < 180
    assert "unknown_code" not in {class_of(due.data[1:4]) for due in raised}
    assert Counter(due.data[:4] for due in day)["1602"] == 200, "each panel tests once a day"


def test_whoever_starts_at_noon_goes_on_with_the_afternoon() -> None:
    noon = datetime(2026, 11, 21, 4, tzinfo=UTC)
    for site in sites()[:20]:
        at, data = _next(site, noon)
        assert at > noon.timestamp()
        again, other = _next(site, datetime.fromtimestamp(at, UTC))
        assert (again, other) != (at, data)
        assert again >= at


@pytest.mark.parametrize("content", ["title = '金行'".encode("gb18030"), b"title =", b"title = 'a'"])
def test_a_scenario_that_nobody_can_read_is_told_as_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(ScenarioUnreadable, match=r"mine\.toml"):
        scenario(str(tmp_path / "mine.toml"))
