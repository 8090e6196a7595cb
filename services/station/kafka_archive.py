"""The broker's classes, loaded and linked beforehand: a start takes half of the work and a third of the time.

The JVM notes which classes a broker needs that starts once, in a folder that is gone afterwards, and makes an archive
of them (JEP 483). It lies beside the jars, made once for each user; the JVM sees by itself whether it fits, and goes
without one that does not. The wheel's JVM has none, not even of its own classes. Whatever goes wrong here, a broker
starts all the same, only slower.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import archive_of, prepare_kafka
from services.station.adapters.leash import Leash

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from services.runtime.settings import Settings
    from services.station.adapters.child import Child

LONGEST_S = 180.0  # a quiet machine takes ten; a busy one is late, not wrong
STEP_S = 0.05


async def ensure_archive(settings: Settings, say: Callable[[str], None]) -> None:
    """Make it unless it is there. Raises `StationError` only where no broker could be prepared at all."""
    archive = archive_of(settings)
    if archive.exists():
        return
    say("preparing Kafka, once for this user (65 MB): from then on it starts faster")
    with tempfile.TemporaryDirectory(prefix="jiejing-archive-", ignore_cleanup_errors=True) as folder:
        apart = settings.model_copy(update={"data_dir": Path(folder)})
        make_folders(apart)
        try:
            async with asyncio.timeout(LONGEST_S):
                made = await _made(apart)
        except TimeoutError:
            made = None
        if made is None:
            say("Kafka could not be prepared: it starts slower, and this is tried again the next time")
        else:
            await asyncio.to_thread(_keep, made, archive)


async def _made(apart: Settings) -> Path | None:
    """The archive of a broker that ran in a folder of its own, or None when the JVM made none."""
    noted, made = apart.data_dir / "noted", apart.data_dir / "made"
    await _note(apart, f"-XX:AOTConfiguration={noted}")
    told = ("-XX:AOTMode=create", f"-XX:AOTConfiguration={noted}", f"-XX:AOTCache={made}")
    maker = await asyncio.to_thread(prepare_kafka, apart, archive=told)
    with _on_a_leash(apart, maker) as process:
        while process.poll() is None:
            await asyncio.sleep(STEP_S)
    return made if made.exists() else None


async def _note(apart: Settings, configuration: str) -> None:
    """Start a broker and stop it; at its end the JVM notes the classes that it used."""
    child = await asyncio.to_thread(prepare_kafka, apart, archive=("-XX:AOTMode=record", configuration))
    with _on_a_leash(apart, child) as process:
        while process.poll() is None and not await child.ready(process.pid):
            await asyncio.sleep(STEP_S)
        process.send_signal(child.stop)
        while process.poll() is None:
            await asyncio.sleep(STEP_S)


@contextlib.contextmanager
def _on_a_leash(apart: Settings, child: Child) -> Iterator[subprocess.Popen[bytes]]:
    """It ends with the block, and with us however we end."""
    leash, process = Leash(apart), child.start()
    leash.take(child, process.pid)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        leash.release(child.name)
        leash.close()


def _keep(made: Path, archive: Path) -> None:
    """Put it beside the jars, whole, in the place of what an older JVM or other jars had."""
    for older in archive.parent.glob("classes-*.aot"):
        older.unlink(missing_ok=True)
    draft = archive.with_suffix(f".{os.getpid()}")
    shutil.copyfile(made, draft)
    draft.replace(archive)
