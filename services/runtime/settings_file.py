"""`jiejing.toml`: the same keys as the variables, without the prefix and in lower case."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NAME = "jiejing.toml"


class WrongSetting(Exception):
    """A setting that nobody can follow: an unknown key, a value of the wrong kind, a file that cannot be read."""


def unknown(key: str, known: Collection[str], where: str) -> WrongSetting:
    """What to say of a key that no setting reads; a slip of the fingers must not pass silently."""
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
    return WrongSetting(f"unknown setting {key} in {where}: did you mean {nearest[0]}? Correct or remove it")


def file_of(told: Mapping[str, object], default_folder: Path) -> Path | None:
    """The file that was named, else the one in the data folder if there is one."""
    if told.get("config"):
        return Path(str(told["config"]))
    path = Path(str(told.get("data_dir") or default_folder)) / NAME
    return path if path.exists() else None


def read_file(path: Path, known: Collection[str]) -> dict[str, object]:
    """What the file says, every key known. Raises `WrongSetting`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise WrongSetting(f"cannot read {path}: {problem.strerror}") from problem
    except (
        ValueError,
        RecursionError,
    ) as problem:  # no TOML, no UTF-8, a number or a nesting beyond all measure
        raise WrongSetting(f"{path} is not TOML: {problem}") from problem
    for key in content:
        if key not in known:
            raise unknown(key, known, str(path))
    return content
