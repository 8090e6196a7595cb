"""The station's disk fills up to its last byte under load, and somebody makes space; see `tests.chaos.a_schedule`.

Kafka, PostgreSQL, the spool, the logs and what the supervisor notes all lie on it. It is a tmpfs: what the disk does not
take is refused at once, and a page of a file that was never written is refused when it is first touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.station.adapters.data_folder import NEEDED_BYTES
from tests.chaos.a_blow import HELD_S, Blow, Filled
from tests.chaos.a_disk import small_disk
from tests.chaos.a_police import Police
from tests.chaos.a_schedule import SOAK, asked_for, survives
from tests.chaos.a_station import Station

DISK_BYTES = 2 * NEEDED_BYTES  # `up` begins only where half of it is free
LONG_S = 60.0  # the processes that end begin anew, and end again
BLOWS: tuple[Blow, ...] = (Filled(HELD_S), Filled(HELD_S, no_new_log=True), Filled(LONG_S))


@pytest.fixture
def on_a_small_disk(folder: Path, police: Police) -> Iterator[Station]:
    station = Station(folder, police.address)
    with small_disk(station.settings.data_dir, DISK_BYTES):
        try:
            station.start()
            yield station
        finally:
            station.stop()


@pytest.mark.skipif(not SOAK, reason="a station and minutes of its own: make soak")
async def test_the_disk_may_be_full_under_load(
    on_a_small_disk: Station, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    await survives(on_a_small_disk, asked_for(BLOWS), police, capsys)
