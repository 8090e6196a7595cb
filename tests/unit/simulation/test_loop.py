"""Time on the virtual loop: hours pass in no time, in their order, and whoever waits for nothing is found out."""

from __future__ import annotations

import asyncio

import pytest

from services.simulation.loop import Deadlock, run


def test_hours_pass_at_once_and_in_their_order() -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(sleeper("late", 7_200), sleeper("early", 3_600), sleeper("first", 0.001))

    run(main())
    assert [name for name, _ in woken] == ["first", "early", "late"]
    assert [at for _, at in woken] == pytest.approx([0.001, 3_600, 7_200])


def test_a_time_limit_is_reached_without_waiting() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(86_400):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(86_400)


def test_what_nobody_will_ever_wake_is_found_out() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(main())
