"""The registrar's sheet (CSV): text in, rows and faults out. Nothing is guessed; a row is right or named.

One row is one account line of a site, with all that is known of site and provider; a site with several lines
has several rows, which must agree. `provider` and `site` are the registrar's own keys.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import cast, get_args

import msgspec

from services.contracts.directory import Filing, FilingState, Line, SiteClass
from services.contracts.liveness import MOST_DELAY_S, MOST_INTERVAL_S
from services.contracts.registry import SiteDetails
from services.registry.domain.keys import provider_id

COLUMNS = (
    "provider", "filing_authority", "filing_state", "filing_date", "site", "name", "site_class", "division",
    "lon", "lat", "bureau", "account_space", "account",
)  # fmt: skip
REFERENCE = "filing_reference"  # may be left out: the authority's number of the filing
INTERVAL, DELAY = "interval_s", "delay_s"  # may be left out: then supervision stays as it is; empty: none

MAX_NAME = 200
MAX_REFERENCE = 100
_KEY = re.compile(r"\S(.{0,98}\S)?")
_DIVISION = re.compile(r"[0-9]{6}([0-9]{6})?")  # GB/T 2260, or with the six digits of town and village
_BUREAU = re.compile(r"[0-9]{6,12}")  # GA/T 380: 12 digits; shorter ones name a higher level
_ACCOUNT = re.compile(r"[0-9A-Za-z._-]{1,32}")  # in capitals afterwards, as receivers hear it
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, where. `reason` has a text in each language (see `fault_texts`); `line` counts from 1."""

    line: int
    column: str
    reason: str
    params: dict[str, str] = msgspec.field(default_factory=dict)


class SheetUnreadable(Exception):
    """No sheet at all: the encoding or the header is not what is asked for."""

    def __init__(self, fault: Fault) -> None:
        """`fault`: why."""
        super().__init__(fault.reason)
        self.fault = fault


class Row(msgspec.Struct, frozen=True, gc=False):
    """One right row. `filing` and `line` are None where the sheet says nothing of them.

    `supervised`: the line with how often it is to be heard, where the sheet has that column.
    """

    number: int
    provider: str
    filing: Filing | None
    site: str
    details: SiteDetails
    line: Line | None
    supervised: Line | None = None


class Sheet(msgspec.Struct, frozen=True):
    """What was read."""

    encoding: str
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def decode(content: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, or GB18030 as Chinese office programs write it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise SheetUnreadable(Fault(1, "", "file.not_text"))
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030"), "GB18030"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SheetUnreadable(Fault(line, "", "file.encoding")) from error


def read_sheet(content: bytes) -> Sheet:
    """All rows that are right and all faults. Raises `SheetUnreadable` before the first row."""
    text, encoding = decode(content)
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, cells in _records(text, faults):
        row = _row(number, cells, faults)
        if row is not None:
            rows.append(row)
    return Sheet(encoding, tuple(rows), tuple(faults))


def _records(text: str, faults: list[Fault]) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = _header(next(_safely(reader, faults), (1, []))[1])
    for number, cells in _safely(reader, faults):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            params = {"found": str(len(cells)), "wanted": str(len(header))}
            faults.append(Fault(number, "", "row.columns", params))
            continue
        yield number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _safely(reader: Iterator[list[str]], faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins; a broken quotation ends the reading."""
    lines = cast("_Lines", reader)
    while True:
        number = lines.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(Fault(number, "", "row.unreadable", {"why": str(error)}))
            return


class _Lines(Iterator[list[str]]):
    line_num: int


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    missing = [name for name in COLUMNS if name not in names]
    known = (*COLUMNS, REFERENCE, INTERVAL, DELAY)
    surplus = [name for name in names if name not in known or names.count(name) > 1]
    if missing or surplus:
        params = {"missing": ",".join(missing), "surplus": ",".join(dict.fromkeys(surplus))}
        raise SheetUnreadable(Fault(1, "", "file.header", params))
    return names


def _row(number: int, cells: Mapping[str, str], faults: list[Fault]) -> Row | None:
    before = len(faults)

    def wrong(column: str, reason: str, **params: str) -> None:
        faults.append(Fault(number, column, reason, {"value": cells.get(column, ""), **params}))

    _required(cells, wrong)
    filing = _filing(cells, wrong)
    lon, lat = _place(cells, wrong)
    line = _line(cells, wrong)
    supervised = _supervised(cells, line, wrong)
    if len(faults) > before:
        return None
    details = SiteDetails(
        name=cells["name"],
        provider=provider_id(cells["provider"]),
        site_class=cast("SiteClass", cells["site_class"]),
        division=cells["division"],
        bureau=cells["bureau"],
        lon=lon,
        lat=lat,
    )
    return Row(number, cells["provider"], filing, cells["site"], details, line, supervised)


Wrong = Callable[..., None]


def _required(cells: Mapping[str, str], wrong: Wrong) -> None:
    for column in ("provider", "site"):
        if not _KEY.fullmatch(cells[column]):
            wrong(column, "value.missing" if not cells[column] else "value.too_long", most="100")
    if not 0 < len(cells["name"]) <= MAX_NAME:
        wrong("name", "value.missing" if not cells["name"] else "value.too_long", most=str(MAX_NAME))
    if cells["site_class"] not in get_args(SiteClass):
        wrong("site_class", "value.choice", choices=", ".join(get_args(SiteClass)))
    if not _DIVISION.fullmatch(cells["division"]):
        wrong("division", "division.digits")
    if not _BUREAU.fullmatch(cells["bureau"]):
        wrong("bureau", "bureau.digits")


def _filing(cells: Mapping[str, str], wrong: Wrong) -> Filing | None:
    authority, state, since = cells["filing_authority"], cells["filing_state"], cells["filing_date"]
    reference = cells.get(REFERENCE, "")
    if state not in get_args(FilingState):
        wrong("filing_state", "value.choice", choices=", ".join(get_args(FilingState)))
        return None
    if since and not _is_date(since):
        wrong("filing_date", "date.iso")
    if len(authority) > MAX_NAME:
        wrong("filing_authority", "value.too_long", most=str(MAX_NAME))
    if len(reference) > MAX_REFERENCE:
        wrong(REFERENCE, "value.too_long", most=str(MAX_REFERENCE))
    if not authority and (since or reference or state not in {"none", "not_required_here"}):
        wrong("filing_authority", "filing.authority")
    if not authority and state == "none":
        return None
    return Filing(
        authority=authority,
        state=cast("FilingState", state),
        since=since or None,
        reference=reference or None,
    )


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _place(cells: Mapping[str, str], wrong: Wrong) -> tuple[float | None, float | None]:
    if not cells["lon"] and not cells["lat"]:
        return None, None
    lon, lat = (_degrees(cells, "lon", 180, wrong), _degrees(cells, "lat", 90, wrong))
    return lon, lat


def _degrees(cells: Mapping[str, str], column: str, most: int, wrong: Wrong) -> float | None:
    value = float(cells[column]) if _DEGREES.fullmatch(cells[column]) else math.nan
    if abs(value) <= most:
        return value
    wrong(column, "degrees.range", most=str(most))
    return None


def _line(cells: Mapping[str, str], wrong: Wrong) -> Line | None:
    space, account = cells["account_space"], cells["account"]
    if not space and not account:
        return None
    for column in ("account_space", "account"):
        if not _ACCOUNT.fullmatch(cells[column]):
            wrong(column, "account.form")
    return Line(account_space=space, account=account.upper())


def _supervised(cells: Mapping[str, str], line: Line | None, wrong: Wrong) -> Line | None:
    if not (cells.get(INTERVAL) or cells.get(DELAY)):
        return line if INTERVAL in cells else None
    interval_s = _seconds(cells, INTERVAL, 1, MOST_INTERVAL_S, wrong)
    delay_s = _seconds(cells, DELAY, 0, MOST_DELAY_S, wrong) if cells.get(DELAY) else 0
    if line is None:
        wrong("account", "account.form")
        return None
    return msgspec.structs.replace(line, interval_s=interval_s, delay_s=delay_s)


def _seconds(cells: Mapping[str, str], column: str, least: int, most: int, wrong: Wrong) -> int:
    text = cells.get(column, "")
    value = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
    if not least <= value <= most:
        wrong(column, "seconds.range", least=str(least), most=str(most))
    return value
