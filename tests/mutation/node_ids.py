"""A plugin of pytest for mutmut 3.7, which asks a test for `_nodeid`; pytest 9.2 calls it `nodeid` only.

Later versions of mutmut do without, and want a click that Faust forbids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give it the name that mutmut reads."""
    item._nodeid = item.nodeid  # type: ignore[attr-defined]  # see above
