"""Lines in a dict: what the Kafka reader fills and tests write by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.directory import LineReleased
from services.contracts.topics import line_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.contracts.directory import LineAssigned, LineRecord


class MemoryLineDirectory:
    """The newest assignment of each line, by the registry's position."""

    def __init__(self, lines: Iterable[LineAssigned] = ()) -> None:
        self._lines: dict[str, LineAssigned] = {}
        self._spaces: dict[str, set[str]] = {}
        self._released: dict[str, int] = {}
        for line in lines:
            self.assign(line)

    def __len__(self) -> int:
        return len(self._lines)

    def assigned(self) -> Sequence[LineAssigned]:
        """Every line that is somebody's."""
        return tuple(self._lines.values())

    def site_of(self, account_space: str, account: str) -> str | None:
        """See the port."""
        assigned = self.line_of(account_space, account)
        return None if assigned is None else assigned.site

    def line_of(self, account_space: str, account: str) -> LineAssigned | None:
        """See the port."""
        return self._lines.get(line_key(account_space, account)) or self._elsewhere(account)

    def _elsewhere(self, account: str) -> LineAssigned | None:
        keys = self._spaces.get(account, set())
        return self._lines[next(iter(keys))] if len(keys) == 1 else None

    def note(self, line: LineRecord) -> None:
        """Note that a line was assigned or released; what has a lower or equal position does nothing."""
        if isinstance(line, LineReleased):
            self._release(line)
        else:
            self.assign(line)

    def assign(self, line: LineAssigned) -> None:
        """Note an assignment."""
        key = line_key(line.account_space, line.account)
        if self._is_news(key, line.position):
            self._released.pop(key, None)
            self._lines[key] = line
            self._spaces.setdefault(line.account, set()).add(key)

    def _release(self, line: LineReleased) -> None:
        key = line_key(line.account_space, line.account)
        if self._is_news(key, line.position):
            self._released[key] = line.position
            self.forget(key)

    def _is_news(self, key: str, position: int) -> bool:
        held = self._lines.get(key)
        return position > (self._released.get(key, 0) if held is None else held.position)

    def forget(self, key: str) -> None:
        """Drop the line named `account_space/account`."""
        if (dropped := self._lines.pop(key, None)) is not None:
            self._spaces[dropped.account].discard(key)
