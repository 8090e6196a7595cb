"""A sheet into a real PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from services.registry.cli import registry_app
from services.registry.domain.keys import provider_id, site_id
from services.registry.domain.sheet import COLUMNS
from services.registry.importer_cli import DONE, FAILED, MISUSED, DatabaseAway, import_file

HEADER = ",".join(COLUMNS)
ROW = "安居报警,福州市公安局,filed,2024-05-31,S1,福州一号库,key_unit,350102,119.3,26.08,350102000000,default,1001"


@pytest.fixture
def register(database: str) -> str:
    return database


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    async def fetch() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def sheet(folder: Path, *lines: str, encoding: str = "utf-8-sig") -> Path:
    path = folder / "sheet.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_becomes_providers_sites_and_lines(register: str, tmp_path: Path, encoding: str) -> None:
    more = ROW.replace("1001", "1002")
    code, report = import_file(sheet(tmp_path, ROW, more, encoding=encoding), register)
    assert (code, report.position) == (DONE, 5)
    assert rows(register, "select name, provider_name, lon from registry_api.site") == [
        ("福州一号库", "安居报警", 119.3)
    ]
    assert rows(register, "select account_space, account from registry_api.line order by 2") == [
        ("default", "1001"),
        ("default", "1002"),
    ]
    ((filings,),) = rows(register, "select filings from registry_api.provider")
    assert '"since": "2024-05-31"' in filings


def test_the_same_sheet_again_appends_nothing(register: str, tmp_path: Path) -> None:
    path = sheet(tmp_path, ROW)
    import_file(path, register)
    code, report = import_file(path, register)
    assert (code, report.events) == (DONE, {})
    assert rows(register, "select max(position) from registry.event") == [(4,)]


def test_a_corrected_row_appends_the_correction_alone(register: str, tmp_path: Path) -> None:
    import_file(sheet(tmp_path, ROW), register)
    _, report = import_file(
        sheet(tmp_path, ROW.replace("一号库", "二号库").replace("filed", "changed")), register
    )
    assert report.events == {"provider.filing_set.v1": 1, "site.corrected.v1": 1}
    assert rows(register, "select name from registry_api.site") == [("福州二号库",)]
    assert rows(register, "select state from registry.filing") == [("changed",)]


def test_one_bad_row_imports_nothing(register: str, tmp_path: Path) -> None:
    code, report = import_file(
        sheet(tmp_path, ROW, ROW.replace("S1", "S2").replace("key_unit", "bank")), register
    )
    assert code == FAILED
    assert [(fault.line, fault.column) for fault in report.faults] == [(3, "site_class"), (3, "account")][:1]
    assert rows(register, "select * from registry.event") == []


def test_a_dry_run_says_what_it_would_do_and_does_nothing(register: str, tmp_path: Path) -> None:
    code, report = import_file(sheet(tmp_path, ROW), register, dry_run=True)
    assert (code, sum(report.events.values()), report.position) == (DONE, 4, 0)
    assert rows(register, "select * from registry.event") == []


def test_a_line_of_another_site_is_refused_by_name(register: str, tmp_path: Path) -> None:
    import_file(sheet(tmp_path, ROW), register)
    code, report = import_file(sheet(tmp_path, ROW.replace("S1", "S2")), register)
    assert code == FAILED
    assert [(f.reason, f.params) for f in report.faults] == [
        ("line.taken", {"line": "default/1001", "site": "S1"})
    ]


def test_the_record_cannot_be_changed(register: str, tmp_path: Path) -> None:
    import_file(sheet(tmp_path, ROW), register)
    for statement in (
        "update registry.event set by = ''",
        "delete from registry.event",
        "truncate registry.event",
    ):
        with pytest.raises(asyncpg.RaiseError, match="only ever appended"):
            rows(register, statement)


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway):
        import_file(sheet(tmp_path, ROW), f"postgresql://nobody@/x?host={tmp_path}")


def test_a_line_that_is_registered_elsewhere_while_the_sheet_is_read_is_a_fault_of_its_row(
    register: str, tmp_path: Path
) -> None:
    import_file(sheet(tmp_path, ROW.replace("S1", "S0").replace("1001", "1000")), register)
    (tmp_path / "other").mkdir()
    other = sheet(tmp_path / "other", ROW.replace("S1", "S2").replace("一号库", "二号库"))
    was_faster = list[tuple[int, object]]()

    def progress(phase: str, _: int, __: int) -> None:
        if phase == "append" and not was_faster:
            thread = Thread(target=lambda: was_faster.append(import_file(other, register)))
            thread.start()
            thread.join(30)

    code, report = import_file(sheet(tmp_path, ROW), register, progress=progress)
    assert was_faster[0][0] == DONE
    assert code == FAILED
    assert [(fault.line, fault.reason, fault.params["site"]) for fault in report.faults] == [
        (2, "line.taken", "S2")
    ]


def test_a_clash_with_what_is_registered_is_not_told_as_a_database_that_is_away(
    register: str, tmp_path: Path
) -> None:
    import_file(sheet(tmp_path, ROW), register)
    rows(register, "update registry.site set key = 'S2' returning id")
    path = sheet(tmp_path, ROW.replace("S1", "S2").replace("1001", "1002"))
    told = CliRunner().invoke(registry_app, ["import", str(path), "--postgres", register])
    assert told.exit_code == FAILED
    assert "暂不可用" not in told.output and "jiejing up" not in told.output
    assert "Key (key)=(S2) already exists" in told.output
    assert "nothing was imported" in told.output


def test_the_command_line_says_where_what_and_what_to_do(register: str, tmp_path: Path) -> None:
    bad = sheet(tmp_path, ROW.replace("119.3", "hundred"))
    result = CliRunner().invoke(registry_app, ["import", str(bad), "--postgres", register])
    assert result.exit_code == FAILED
    assert "第 2 行 lon：“hundred”不是有效的度数。请填写" in result.output
    missing = CliRunner().invoke(
        registry_app, ["import", str(tmp_path / "no.csv"), "--postgres", register, "--lang=en"]
    )
    assert missing.exit_code == MISUSED
    assert "cannot be read" in missing.output


def test_an_entry_is_said_again_at_a_new_position_and_stays_as_it_was(register: str, tmp_path: Path) -> None:
    import_file(sheet(tmp_path, ROW), register)
    before = (
        rows(register, "select * from registry_api.site"),
        rows(register, "select * from registry_api.provider"),
    )
    runner, at = CliRunner(), [f"--postgres={register}"]
    for position, of in ((5, site_id("S1")), (6, provider_id("安居报警"))):
        said = runner.invoke(registry_app, ["say-again", of, *at])
        assert (said.exit_code, f"position {position}" in said.output) == (DONE, True)
    after = (
        rows(register, "select * from registry_api.site"),
        rows(register, "select * from registry_api.provider"),
    )
    assert after == before
    unknown = runner.invoke(registry_app, ["say-again", "nobody", *at])
    assert (unknown.exit_code, "nobody" in unknown.output) == (FAILED, True)


def test_how_often_a_line_is_to_be_heard_is_imported_and_said_again_only_when_it_changes(
    register: str, tmp_path: Path
) -> None:
    def imported(cell: str) -> dict[str, int]:
        path = tmp_path / "supervised.csv"
        path.write_text(",".join((*COLUMNS, "interval_s")) + f"\n{ROW},{cell}\n", encoding="utf-8")
        code, report = import_file(path, register)
        assert code == DONE
        return report.events

    assert imported("90")["site.line_supervised.v1"] == 1
    assert imported("90") == {}
    assert imported("60") == {"site.line_supervised.v1": 1}
    assert imported("") == {"site.line_supervised.v1": 1}
