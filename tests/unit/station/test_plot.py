"""What is drawn of a bench can be read: by people, by programs, and without colours."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from services.station.bench.cli import GROWTH
from services.station.bench.growth import MEASURED
from services.station.bench.plot import Curve, Plot, svg

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Plot(
    "rates",
    "a < b",
    "sites",
    (10, 1_000, 50_000),
    "records/s",
    [Curve("decided", [20_000.0, 10_000.0, 500.5]), Curve("passed", [5.0, 5.0, 5.0])],
)


def drawn() -> ET.Element:
    return ET.fromstring(svg(PLOT, "2026-11-22, load 3.0"))


def test_values_stand_at_their_points_and_in_the_description() -> None:
    words = [text.text for text in drawn().iter(f"{SVG}text")]
    assert {"20,000", "10,000", "500", "1,000", "a < b", "2026-11-22, load 3.0"} <= set(words)
    described = drawn().findtext(f"{SVG}desc")
    assert (
        described
        == "decided: 20,000 at 10, 10,000 at 1,000, 500 at 50,000; passed: 5 at 10, 5 at 1,000, 5 at 50,000"
    )


def test_a_higher_value_is_drawn_higher_from_zero_at_the_foot() -> None:
    first, second, third, *_ = (float(one.attrib["cy"]) for one in drawn().iter(f"{SVG}circle"))
    foot = max(float(one.attrib["y1"]) for one in drawn().iter(f"{SVG}line"))
    assert first < second < third < foot
    assert foot - first == pytest.approx(2 * (foot - second), abs=0.2)


def test_curves_differ_without_colours_too() -> None:
    dashes = {one.attrib["stroke-dasharray"] for one in drawn().iter(f"{SVG}path")}
    assert len(dashes) == len(PLOT.curves)


def test_everything_that_may_be_drawn_is_measured() -> None:
    assert tuple(MEASURED) == GROWTH
