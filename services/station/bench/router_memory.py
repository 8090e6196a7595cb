"""`router.memory`: bytes that an idle site costs the router, a million of them in one partition's state.

In a process of its own the machine decides the registry's entries one after the other, as in service; the figure is
what the process holds in memory more than before. Each site has one line that is watched, as a polled panel's is.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator

import msgspec
import psutil

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.domain.watch import Watch
from services.contracts.codec import encode
from services.contracts.directory import Line, ProviderSet, SiteEntry, SiteSet
from services.contracts.topics import shell_site
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.station.bench.beside import run_beside
from services.station.bench.broker import Bench
from services.station.bench.figure import Figure
from services.station.bench.running import LOG_ID
from services.station.bench.workload import BUREAU, PROVIDERS, SPACE, provider, signal

SITES = 1_000_000
LIVED_SITES = 10_000
LIVED_SIGNALS = 32  # more of a line are not remembered
POLL_S = 90
LIMIT_S = 900.0


class Held(msgspec.Struct):
    """What one site costs: bytes in memory, bytes of its entry, CPU microseconds to decide what there is of it.

    `done`: so many sites are held, or so many signals remembered.
    """

    done: int
    memory: float
    entry: float
    cpu_us: float


async def router_memory(bench: Bench) -> list[Figure]:
    """Of sites that were only registered; then of sites whose lines remember all that a line ever does."""
    sites = SITES // 10 if bench.quick else SITES
    fresh = await held(sites)
    lived = await held(LIVED_SITES // 10 if bench.quick else LIVED_SITES, signals=LIVED_SIGNALS)
    return [
        _figure("router.memory", f"bytes/site, {sites:,} sites", fresh),
        _figure("router.memory.lived", f"bytes/site, {LIVED_SIGNALS} signals of each", lived),
    ]


async def held(sites: int, *, signals: int = 0) -> Held:
    """Decide so many sites, and so many signals of each, in a process of its own."""
    said = await run_beside("services.station.bench.router_memory", sites, signals, limit_s=LIMIT_S)
    return msgspec.json.decode(said, type=Held)


def _figure(name: str, unit: str, found: Held) -> Figure:
    yardstick = "its registry entry as JSON"
    return Figure(name, found.memory, unit, yardstick, found.entry, found.cpu_us, done=found.done)


def _hold(sites: int, signals: int) -> Held:
    """What the process of its own does."""
    at = now_us()
    owned: Partition[State] = Partition(AlarmRouter(), 0, code_version())
    owned.fold(Record(0, at, encode(genesis(0, LOG_ID, at, code_version()))))
    before, cpu = _resident(), time.process_time()
    for source, value in enumerate(_inbox(sites, signals, at)):
        owned.decide(Record(source, at, value))
    watch = Watch()
    for _ in watch.follow(owned.state.silence, at):
        pass
    assert len(owned.state.sites) == len(watch) == sites
    cpu_us = (time.process_time() - cpu) * 1e6 / sites
    remembered = sum(len(line.recent) for line in owned.state.lines.known.values())
    done = remembered if signals else len(owned.state.sites)
    return Held(done, (_resident() - before) / sites, len(encode(_site(0, at).site)), cpu_us)


def _resident() -> int:
    gc.collect()
    rss: int = psutil.Process().memory_info().rss
    return rss


def _inbox(sites: int, signals: int, at: int) -> Iterator[bytes]:
    """The register, then everybody's signals by turns: opened in the morning, closed in the evening."""
    for number in range(PROVIDERS):
        yield encode(ProviderSet(sender="bench", sent_at=at, position=number + 1, provider=provider(number)))
    for number in range(sites):
        yield encode(_site(number, at))
    run = uuid7(at)
    for turn in range(signals):
        for number in range(sites):
            yield encode(signal(run, f"{number:07}", turn, at, ("OP", "CL")[turn % 2]))


def _site(number: int, at: int) -> SiteSet:
    account = f"{number:07}"
    entry = SiteEntry(
        id=shell_site(SPACE, account),
        provider=f"provider-{number % PROVIDERS}",
        site_class="key_unit",
        division="210102",
        bureau=BUREAU,
        lines=(Line(account_space=SPACE, account=account, interval_s=POLL_S),),
    )
    return SiteSet(sender="bench", sent_at=at, position=PROVIDERS + number + 1, site=entry)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_hold(int(sys.argv[1]), int(sys.argv[2]))))
