"""Lines in a dict: what the Kafka reader fills and tests write by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.topics import line_key

if TYPE_CHECKING:
    from services.contracts.directory import LineAssigned


class MemoryLineDirectory:
    """The newest assignment of each line, by the registry's position."""

    def __init__(self) -> None:
        self._lines: dict[str, LineAssigned] = {}
        self._spaces: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def site_of(self, account_space: str, account: str) -> str | None:
        """See the port."""
        assigned = self._lines.get(line_key(account_space, account)) or self._elsewhere(account)
        return None if assigned is None else assigned.site

    def _elsewhere(self, account: str) -> LineAssigned | None:
        keys = self._spaces.get(account, set())
        return self._lines[next(iter(keys))] if len(keys) == 1 else None

    def assign(self, line: LineAssigned) -> None:
        """Note an assignment; one of a lower or equal position does nothing."""
        key = line_key(line.account_space, line.account)
        held = self._lines.get(key)
        if held is None or held.position < line.position:
            self._lines[key] = line
            self._spaces.setdefault(line.account, set()).add(key)

    def forget(self, key: str) -> None:
        """Drop the line named `account_space/account`."""
        if (dropped := self._lines.pop(key, None)) is not None:
            self._spaces[dropped.account].discard(key)
