"""A sheet from a file into a database, with everything a registrar needs to put it right."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import msgspec

from services.eventsourcing.event_store import AppendRefused, Retry
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.domain.fault_texts import fault_text
from services.registry.domain.sheet import Fault, Sheet, SheetUnreadable, read_sheet
from services.registry.handlers.import_sheet import ImportSheet, Progress, Report
from services.registry.handlers.say_again import SayAgain
from services.runtime.clock import now_us
from services.runtime.postgres_pool import POSTGRES_AWAY

DONE, FAILED, MISUSED = 0, 1, 2
_MINUTES = 10


class DatabaseAway(Exception):
    """The registry's database cannot be used now; nothing was imported."""


class Clash(Exception):
    """Something in the sheet collides with what is registered; nothing was imported."""


def import_file(
    path: Path, dsn: str, *, dry_run: bool = False, by: str = "import", progress: Progress = lambda *_: None
) -> tuple[int, Report]:
    """Import `path`: (exit code, report). 0 done, 1 nothing imported, 2 no sheet. Raises `DatabaseAway`, `Clash`."""
    try:
        sheet = read_sheet(path.read_bytes())
    except OSError as error:
        return MISUSED, Report(faults=(Fault(1, "", "file.missing", {"why": error.strerror or str(error)}),))
    except SheetUnreadable as error:
        return MISUSED, Report(faults=(error.fault,))
    if not sheet.rows and not sheet.faults:
        return MISUSED, Report(encoding=sheet.encoding, faults=(Fault(1, "", "file.empty"),))
    report = asyncio.run(_import(sheet, dsn, dry_run=dry_run, by=by, progress=progress))
    return (FAILED if report.faults else DONE), report


async def _import(sheet: Sheet, dsn: str, *, dry_run: bool, by: str, progress: Progress) -> Report:
    try:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2, command_timeout=60 * _MINUTES) as pool:
            importer = ImportSheet(registry_store(pool), PostgresLineBook(pool), progress)
            return await importer.run(sheet, by=by, now_us=now_us(), dry_run=dry_run)
    except AppendRefused as error:
        raise Clash(str(error)) from error
    except (*POSTGRES_AWAY, Retry) as error:
        raise DatabaseAway(str(error)) from error


async def say_entry_again(dsn: str, of: str, *, by: str = "say-again") -> int:
    """The position at which it is said again. Raises `DatabaseAway`, `NothingToSay`."""
    try:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1, command_timeout=60) as pool:
            return await SayAgain(registry_store(pool)).run(of, by=by, now_us=now_us())
    except (*POSTGRES_AWAY, Retry, AppendRefused) as error:
        raise DatabaseAway(str(error)) from error


def report_text(report: Report, language: str) -> str:
    """The report for a person, one fault a line."""
    if report.faults:
        return "\n".join(
            [_fault_line(fault, language) for fault in report.faults] + [_refused(report, language)]
        )
    done = ", ".join(f"{kind} {count}" for kind, count in report.events.items())
    if language == "zh":
        verb = "试运行，将写入" if report.dry_run else "已写入"
        return f"{report.rows} 行（{report.encoding}）。" + (
            f"{verb}：{done}" if done else "与登记一致，无需写入"
        )
    verb = "dry run, would append" if report.dry_run else "appended"
    return f"{report.rows} rows ({report.encoding}). " + (f"{verb}: {done}" if done else "nothing new")


def _fault_line(fault: Fault, language: str) -> str:
    wrong, advice = fault_text(fault, language)
    column = f" {fault.column}" if fault.column else ""
    return (
        f"第 {fault.line} 行{column}：{wrong}。{advice}"
        if language == "zh"
        else (f"line {fault.line}{column}: {wrong}; {advice}")
    )


def _refused(report: Report, language: str) -> str:
    count = len(report.faults)
    return f"{count} 处错误，未导入任何内容" if language == "zh" else f"{count} faults; nothing was imported"


def report_json(report: Report, language: str) -> str:
    """The report for a machine, with each fault's texts."""
    plain = msgspec.to_builtins(report)
    for said, fault in zip(plain["faults"], report.faults, strict=True):
        said["wrong"], said["what_to_do"] = fault_text(fault, language)
    return msgspec.json.encode(plain).decode()
