"""Rows on a screen and rows of the state, to be compared: id of an open alarm and offset of its newest decision."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, TypeAlias

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

Rows: TypeAlias = list[tuple[str, int]]
SHOWN = "rows => rows.map(row => [row.dataset.alarm, row.dataset.offset])"
ROW = ".queue .row"


def digest(rows: Rows) -> str:
    """One hash for all of them, in any order; a row that is there twice changes it."""
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


def as_rows(shown: list[list[str]]) -> Rows:
    """What `SHOWN` gives in the browser."""
    return [(alarm, int(offset)) for alarm, offset in shown]


def held(web: str, account: dict[str, str]) -> Rows:
    """The open alarms that the read models have for this person."""
    rows: Rows = []
    with httpx.Client(base_url=web, timeout=10) as client:
        client.post("/api/session", json=account).raise_for_status()
        after: dict[str, str] = {}
        while True:
            page = client.get("/api/alarms", params={"state": "open", "limit": 100, **after}).json()
            rows += [(item["id"], item["offset"]) for item in page["items"]]
            if page["next"] is None:
                return rows
            after = {"after": page["next"]}


def compared(held: Callable[[], Rows], shown: Callable[[], Rows], seconds: float) -> tuple[Rows, Rows]:
    """Rows shown and rows held, of the look at which they agree; of the last one where they never do.

    What agreed is not read again to be judged: the record goes on by itself (a claim falls due half a minute after
    its alarm), so of two readings the later may know more. The state is read first: the screen has had its time.
    """
    end = time.monotonic() + seconds
    while True:
        state, rows = held(), shown()
        if digest(rows) == digest(state) or time.monotonic() >= end:
            return rows, state
        time.sleep(0.2)
