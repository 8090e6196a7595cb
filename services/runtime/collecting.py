"""The garbage collector, off for a while."""

from __future__ import annotations

import gc


class _Uncollected:
    """A context that several may be in at the same time: with the last of them all is as it was."""

    def __init__(self) -> None:
        self._within, self._was_enabled = 0, False

    def __enter__(self) -> None:
        if not self._within:
            self._was_enabled = gc.isenabled()
            gc.disable()
        self._within += 1

    def __exit__(self, *_: object) -> None:
        self._within -= 1
        if not self._within and self._was_enabled:
            gc.enable()


uncollected = _Uncollected()
