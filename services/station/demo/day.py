"""A quiet day of one panel, derived from its account and the date: whoever asks again gets the same day.

So a demo that was stopped goes on with what is due, and nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from services.station.demo.sites import SEED, DemoSite, Kind

MINUTE = 60
DAY = 86_400
# Disarmed and armed at, seconds of the day in Asia/Shanghai; None: never closed.
_HOURS: dict[Kind, tuple[int, int] | None] = {
    "bank": (7 * 3600 + 3000, 18 * 3600 + 1200),
    "jeweller": (9 * 3600, 21 * 3600 + 1800),
    "shop": (8 * 3600 + 1800, 21 * 3600),
    "pharmacy": (8 * 3600, 22 * 3600),
    "school": (6 * 3600 + 3000, 18 * 3600),
    "museum": (8 * 3600 + 2400, 17 * 3600 + 1800),
    "petrol": None,
    "hospital": None,
    "office": (8 * 3600, 19 * 3600),
}
ALARM_SHARE = 0.45  # of panels and days: about ninety alarms a day on two hundred sites
TROUBLE_SHARE = 0.12
RESTART_SHARE = 0.05


class Due(NamedTuple):
    """`at`: seconds of the day in Asia/Shanghai. `data`: Contact ID, "1401 01 002"."""

    at: int
    data: str


def quiet_day(site: DemoSite, date: str) -> list[Due]:
    """What the panel says on a date ("2026-11-21"), in order, one event a second at most."""
    chance = Random(f"{SEED}/{site.account}/{date}")  # noqa: S311 - a picture, not a secret
    said = [*_hours(site, chance), _test_report(chance), *_seldom(site, chance)]
    return list({due.at: due for due in sorted(said) if 0 <= due.at < DAY}.values())


def _hours(site: DemoSite, chance: Random) -> Iterator[Due]:
    hours = _HOURS[site.kind]
    if hours is None:
        return
    user = chance.randint(1, 6)
    yield Due(int(hours[0] + chance.gauss(0, 12 * MINUTE)), f"1401 01 {user:03}")
    yield Due(int(hours[1] + chance.gauss(0, 15 * MINUTE)), f"3401 01 {chance.randint(1, 6):03}")


def _test_report(chance: Random) -> Due:
    return Due(chance.randrange(DAY), "1602 00 000")


def _seldom(site: DemoSite, chance: Random) -> Iterator[Due]:
    if chance.random() < ALARM_SHARE:
        yield from _alarm(site, chance)
    if chance.random() < TROUBLE_SHARE:
        at = chance.randrange(DAY - 3600)
        code = chance.choice(("301", "302", "384"))
        yield Due(at, f"1{code} 00 000")
        yield Due(at + chance.randint(5, 55) * MINUTE, f"3{code} 00 000")
    if chance.random() < RESTART_SHARE:  # the panel starts again: it says so, and its zones are whole
        at = chance.randrange(DAY - 60)
        yield Due(at, "1305 00 000")
        yield Due(at + 8, "3130 01 001")


def _alarm(site: DemoSite, chance: Random) -> Iterator[Due]:
    at, zone = chance.randrange(DAY - 1800), chance.randint(1, 8)
    code = "122" if site.kind in {"bank", "petrol", "pharmacy"} and chance.random() < 0.2 else "130"
    yield Due(at, f"1{code} 01 {zone:03}")
    if code == "130":
        yield Due(at + chance.randint(40, 900), f"3130 01 {zone:03}")
