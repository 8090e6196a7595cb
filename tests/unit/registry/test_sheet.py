"""The registrar's sheet: what is right, and how each wrong thing is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.registry
from services.contracts.directory import Filing, Line
from services.ingest.domain.dc09_stream import Dc09Stream, FrameReceived
from services.ingest.domain.report import reports_of
from services.ingest.panel import contact_id_frame
from services.registry.domain.fault_texts import fault_text, reasons
from services.registry.domain.sheet import COLUMNS, Sheet, SheetUnreadable, read_sheet
from services.registry.handlers.import_sheet import gather

RIGHT = dict(
    zip(
        COLUMNS,
        "安居报警,福州市公安局,filed,2024-05-31,S1,一号库,key_unit,350102,119.3,26.08,350102000000,default,1001".split(
            ","
        ),
        strict=True,
    )
)


def sheet(*rows: dict[str, str]) -> bytes:
    return "\n".join([",".join(COLUMNS), *(",".join(row.values()) for row in rows)]).encode()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("provider", "", "value.missing"),
        ("filing_authority", "", "filing.authority"),
        ("filing_state", "suspended", "value.choice"),
        ("filing_date", "2024-02-30", "date.iso"),
        ("filing_date", "31/05/2024", "date.iso"),
        ("site", "", "value.missing"),
        ("name", "长" * 201, "value.too_long"),
        ("site_class", "bank", "value.choice"),
        ("division", "35010", "division.digits"),
        ("division", "３５０１０２", "division.digits"),
        ("lon", "181", "degrees.range"),
        ("lon", "", "degrees.range"),
        ("lat", "nan", "degrees.range"),
        ("bureau", "12345", "bureau.digits"),
        ("account_space", "", "account.form"),
        ("account", "10 01", "account.form"),
    ],
)
def test_a_wrong_value_is_named_with_line_and_column(column: str, value: str, reason: str) -> None:
    (fault,) = read_sheet(sheet(RIGHT, RIGHT | {column: value})).faults
    assert (fault.line, fault.column, fault.reason) == (3, column, reason)
    assert all(fault_text(fault, language)[1] for language in ("zh", "en"))


def test_a_row_after_a_text_with_line_breaks_keeps_its_line_number() -> None:
    (_, second) = read_sheet(sheet(RIGHT | {"name": '"一\n号\n库"'}, RIGHT)).rows
    assert second.number == 5


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file.header"),
        (b"provider,site\n", "file.header"),
        (b"PK\x03\x04\0", "file.not_text"),
        ("provider".encode("utf-16"), "file.not_text"),
        (b"a\n\xff\xff", "file.encoding"),
    ],
)
def test_what_is_no_sheet_is_refused_whole(content: bytes, reason: str) -> None:
    with pytest.raises(SheetUnreadable) as caught:
        read_sheet(content)
    assert caught.value.fault.reason == reason
    assert fault_text(caught.value.fault, "zh")


def test_rows_that_contradict_each_other_are_faults() -> None:
    other_site = RIGHT | {"site": "S2"}
    other_name = RIGHT | {"name": "二号库", "account": "1002", "filing_state": "changed"}
    faults = gather(read_sheet(sheet(RIGHT, other_site, other_name)).rows).faults
    assert [(f.line, f.reason) for f in faults] == [
        (3, "line.taken_in_file"),
        (4, "filing.differs"),
        (4, "site.differs"),
    ]


def test_every_reason_has_its_texts_in_both_languages() -> None:
    assert reasons("zh") == reasons("en")
    root = Path(next(iter(services.registry.__path__)))
    code = "".join(
        (root / name).read_text()
        for name in ("domain/sheet.py", "handlers/import_sheet.py", "importer_cli.py")
    )
    said = set(
        re.findall(
            r'"((?:file|row|value|division|bureau|date|filing|degrees|account|site|line|seconds)\.[a-z_]+)"',
            code,
        )
    )
    assert said == set(reasons("zh"))


def test_a_filing_that_is_not_required_is_known_without_an_authority() -> None:
    row = {**RIGHT, "filing_authority": "", "filing_state": "not_required_here", "filing_date": ""}
    [read] = read_sheet(sheet(row)).rows
    assert read.filing == Filing(authority="", state="not_required_here")
    [none] = read_sheet(sheet({**row, "filing_state": "none"})).rows
    assert none.filing is None


def test_a_filing_may_carry_its_reference() -> None:
    header = ",".join([*COLUMNS, "filing_reference"])
    text = f"{header}\n{','.join(RIGHT.values())},闽公技备2024-17"
    [read] = read_sheet(text.encode()).rows
    assert read.filing is not None
    assert read.filing.reference == "闽公技备2024-17"


def test_an_account_is_registered_as_receivers_hear_it() -> None:
    [row] = read_sheet(sheet(RIGHT | {"account": "12ab"})).rows
    panel = contact_id_frame("12ab", 1, "1130 01 003", 0)
    heard = [
        report.account
        for event in Dc09Stream().receive(panel)
        if isinstance(event, FrameReceived)
        for report in reports_of(event.frame)
    ]
    assert row.line is not None
    assert [row.line.account] == heard


def supervision(interval_s: str, delay_s: str, **changed: str) -> Sheet:
    header = ",".join([*COLUMNS, "interval_s", "delay_s"])
    return read_sheet(f"{header}\n{','.join((RIGHT | changed).values())},{interval_s},{delay_s}".encode())


@pytest.mark.parametrize(
    ("interval_s", "delay_s", "wanted"), [("90", "40", (90, 40)), ("90", "", (90, 0)), ("", "", (None, 0))]
)
def test_a_row_may_say_how_often_its_line_is_to_be_heard(
    interval_s: str, delay_s: str, wanted: tuple[int | None, int]
) -> None:
    [row] = supervision(interval_s, delay_s).rows
    assert row.supervised is not None
    assert (row.supervised.interval_s, row.supervised.delay_s) == wanted
    assert row.line == Line(account_space="default", account="1001")


def test_a_sheet_without_the_column_says_nothing_of_supervision() -> None:
    [row] = read_sheet(sheet(RIGHT)).rows
    assert row.supervised is None


@pytest.mark.parametrize(
    ("interval_s", "delay_s", "column"),
    [("0", "", "interval_s"), ("1.5", "", "interval_s"), ("", "5", "interval_s"), ("9999999", "", "interval_s"),
     ("90", "-1", "delay_s"), ("90", "90000", "delay_s")],
)  # fmt: skip
def test_seconds_that_cannot_be_are_named(interval_s: str, delay_s: str, column: str) -> None:
    (fault,) = supervision(interval_s, delay_s).faults
    assert (fault.column, fault.reason) == (column, "seconds.range")


def test_only_a_line_is_supervised() -> None:
    (fault,) = supervision("90", "", account_space="", account="").faults
    assert (fault.column, fault.reason) == ("account", "account.form")


def test_two_rows_of_one_line_must_agree_on_its_interval() -> None:
    [row] = supervision("90", "").rows
    [other] = supervision("60", "").rows
    assert [fault.reason for fault in gather([row, other]).faults] == ["line.differs"]
