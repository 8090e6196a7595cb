"""How a command of ours ends: done, or with one sentence and its exit code."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from services.runtime.settings_file import WrongSetting
from services.station.errors import Misused, in_one_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
MISUSED = 2


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """An error that a person can mend is one sentence, any other keeps its trace."""
    try:
        yield
    except (Misused, WrongSetting) as problem:
        _end(str(problem), MISUSED)
    except Exception as problem:
        sentence = in_one_sentence(problem)
        if sentence is None:
            raise
        _end(sentence, FAILED)


def _end(sentence: str, code: int) -> None:
    sys.stderr.write(f"jiejing: {sentence}\n")
    sys.exit(code)
