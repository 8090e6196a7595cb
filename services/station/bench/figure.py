"""What a bench says."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value beside its yardstick of the same run.

    `yardstick_value`: None where the yardstick did not run; there is no ratio then. `cpu_us`: CPU microseconds of the
    measured process for one operation. `load`: how many wanted the machine's cores, in the minute before the end. `done`:
    how many operations it is of, counted where they end, not where they were asked for.
    """

    name: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float | None
    cpu_us: float | None = None
    load: float = 0.0
    done: int = 0

    @property
    def ratio(self) -> float | None:
        """How the value stands to the yardstick."""
        return self.value / self.yardstick_value if self.yardstick_value else None

    def row(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "yardstick": self.yardstick,
            "yardstick_value": _rounded(self.yardstick_value, 3),
            "ratio": _rounded(self.ratio, 4),
            "cpu_us": _rounded(self.cpu_us, 2),
            "load": round(self.load, 1),
            "done": self.done,
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
