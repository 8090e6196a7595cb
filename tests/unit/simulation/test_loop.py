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


def test_timers_of_one_instant_run_in_the_order_in_which_they_were_set() -> None:
    async def main() -> list[int]:
        ran: list[int] = []
        loop = asyncio.get_running_loop()
        for number in range(20):
            loop.call_at(5.0, ran.append, number)
        await asyncio.sleep(5)
        return ran

    assert run(main()) == list(range(20))


def test_a_timer_that_was_cancelled_is_not_waited_for() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(50, pytest.fail, "it ran").cancel()
        ready = loop.call_soon(pytest.fail, "it ran")
        ready.cancel()
        assert ready.cancelled()
        await asyncio.sleep(1)
        woken = asyncio.Event()
        loop.call_later(100, woken.set)
        await woken.wait()
        return loop.time()

    assert run(main()) == pytest.approx(101)


def test_where_all_timers_were_cancelled_nobody_will_ever_wake_anybody() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(50, pytest.fail, "it ran").cancel()
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(main())


def test_an_error_in_a_callback_is_told_and_the_others_run_on() -> None:
    async def main() -> list[object]:
        told: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        loop.call_later(1, [].pop)
        loop.call_later(1, told.append, "the other")
        await asyncio.sleep(2)
        return told

    error, other = run(main())
    assert isinstance(error, IndexError)
    assert other == "the other"
