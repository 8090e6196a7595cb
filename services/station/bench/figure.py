"""What a bench says."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value beside its yardstick of the same run.

    `ratio` is value ÷ yardstick value. `cpu_us`: CPU microseconds of the measured process for one operation.
    """

    name: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    cpu_us: float | None = None

    @property
    def ratio(self) -> float:
        """How the value stands to the yardstick."""
        return self.value / self.yardstick_value if self.yardstick_value else 0.0

    def row(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "yardstick": self.yardstick,
            "yardstick_value": round(self.yardstick_value, 3),
            "ratio": round(self.ratio, 4),
            "cpu_us": None if self.cpu_us is None else round(self.cpu_us, 2),
        }


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
