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

    def __len__(self) -> int:
        return len(self._lines)

    def site_of(self, account_space: str, account: str) -> str | None:
        """The site's id, or None for an account that nobody registered."""
        assigned = self._lines.get(line_key(account_space, account))
        return None if assigned is None else assigned.site

    def assign(self, line: LineAssigned) -> None:
        """Note an assignment; one of a lower or equal position does nothing."""
        key = line_key(line.account_space, line.account)
        held = self._lines.get(key)
        if held is None or held.position < line.position:
            self._lines[key] = line

    def forget(self, key: str) -> None:
        """Drop the line named `account_space/account`."""
        self._lines.pop(key, None)
