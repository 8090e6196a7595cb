"""A machine's clock is set while a process runs."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.ingest.domain.heard import HeardLines
from services.runtime.clock import Clock

SECOND_US, SECOND_NS = 1_000_000, 1_000_000_000
HOUR_S = 3_600


class Machine:
    """What it shows, and the clock of a process on it."""

    def __init__(self) -> None:
        self.wall_ns, self.monotonic_ns = 1_800_000_000 * SECOND_NS, 77 * SECOND_NS
        self.clock = Clock(lambda: self.wall_ns, lambda: self.monotonic_ns)

    def passes(self, seconds: float) -> None:
        self.wall_ns += int(seconds * SECOND_NS)
        self.monotonic_ns += int(seconds * SECOND_NS)

    def is_set(self, seconds: int) -> None:
        self.wall_ns += seconds * SECOND_NS

    def shows_us(self) -> int:
        return self.wall_ns // 1000


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S])
def test_time_goes_to_what_the_machine_shows_by_a_minute_a_minute_and_never_back(step_s: int) -> None:
    machine = Machine()
    machine.is_set(step_s)
    shown = [machine.clock.now_us()]
    for _ in range(HOUR_S // 10):
        machine.passes(10)
        shown.append(machine.clock.now_us())
    assert all(0 <= after - before <= 20 * SECOND_US for before, after in pairwise(shown))
    assert shown[-1] == machine.shows_us()


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, 0])
def test_a_span_is_what_passed_and_both_together_are_the_time(step_s: int) -> None:
    machine = Machine()
    begun = machine.clock.steady_us()
    for seconds in (1, 50, 0.5):
        machine.is_set(step_s)
        machine.passes(seconds)
        assert machine.clock.steady_us() + machine.clock.ahead_us() == machine.clock.now_us()
    assert machine.clock.steady_us() - begun == 51.5 * SECOND_US


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S])
def test_digests_tell_of_the_seconds_that_passed_whatever_the_clock_is_set_to(step_s: int) -> None:
    machine = Machine()
    clock = machine.clock
    heard = HeardLines("run", clock.steady_us())
    machine.is_set(step_s)
    received = 0
    for _ in range(300):
        machine.passes(1)
        heard.hear(0, "a/1", clock.steady_us())
        at = clock.now_us()
        ((digest,), *_) = heard.digests(clock.steady_us(), clock.ahead_us())
        heard.kept(0, digest)
        received += digest.until - digest.since
        assert digest.until + digest.ahead_us - digest.ago_ms[0] * 1000 == pytest.approx(at, abs=2_000)
    assert received == 300 * SECOND_US
