"""`jiejing registry …`: wired into the command line by the station."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from services.picture.instant import NotAnInstant
from services.registry.handlers.say_again import NothingToSay
from services.registry.importer_cli import (
    FAILED,
    MISUSED,
    Clash,
    DatabaseAway,
    import_file,
    report_json,
    report_text,
    say_entry_again,
)
from services.registry.reading_cli import Kind, entries, in_a_line
from services.runtime.settings import read_settings

registry_app = typer.Typer(
    help="登记库：单位、场所与账号。The register: providers, sites and account lines.", no_args_is_help=True
)


@registry_app.callback()
def registry() -> None:
    """登记库：单位、场所与账号。The register: providers, sites and account lines."""


@registry_app.command("import")
def import_(  # noqa: PLR0913 - options of a command line
    file: Annotated[Path, typer.Argument(help="CSV（UTF-8 或 GB18030）")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入。Check only.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="数据目录。The data folder of a running station.")
    ] = None,
    postgres: Annotated[str | None, typer.Option("--postgres", help="数据库 URL。Instead of --data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出报告。")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh | en")] = "zh",
) -> None:
    """导入单位、场所与账号；有一行有误则全部不导入。Import a sheet: all of it or nothing.

    密钥不在表格里：导入后由登记员在场所的“账号”处填写；巡检间隔可用 interval_s 与 delay_s 两列。Keys of lines are no
    columns of the sheet, which lies about in clear: a registrar types them at the site's lines, and they are sealed.
    Intervals may be: interval_s, delay_s.

    Exit codes: 0 done, 1 nothing imported, 2 misused.
    """
    language = "en" if lang.startswith("en") else "zh"
    try:
        code, report = import_file(file, _dsn(data, postgres), dry_run=dry_run, progress=_say_progress)
    except Clash as error:
        typer.echo(f"表格与已有登记冲突，未导入任何内容 (nothing was imported): {error}", err=True)
        typer.echo(
            "请核对原登记，更正表格后重试 (check that entry, correct the sheet, then try again)", err=True
        )
        raise typer.Exit(FAILED) from error
    except DatabaseAway as error:
        typer.echo(f"登记库暂不可用，未导入任何内容 (nothing was imported): {error}", err=True)
        typer.echo("请确认已执行 jiejing up，然后重试 (is the station up? then try again)", err=True)
        raise typer.Exit(FAILED) from error
    text = report_json(report, language) if as_json else report_text(report, language)
    typer.echo(text, err=code != 0 and not as_json)
    raise typer.Exit(code)


@registry_app.command("say-again")
def say_again(
    of: Annotated[str, typer.Argument(metavar="ID", help="场所或单位的编号。A site's or provider's id.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="数据目录。The data folder of a running station.")
    ] = None,
    postgres: Annotated[str | None, typer.Option("--postgres", help="数据库 URL。Instead of --data.")] = None,
) -> None:
    """将一条登记以新位置再次下发（`jiejing mend` 跳过它之后）。Say an entry again, after `jiejing mend`.

    Exit codes: 0 said, 1 not, 2 misused.
    """
    try:
        position = asyncio.run(say_entry_again(_dsn(data, postgres), of))
    except NothingToSay as error:
        typer.echo(f"登记库没有 {of} (the register knows no such site or filed provider)", err=True)
        raise typer.Exit(FAILED) from error
    except DatabaseAway as error:
        typer.echo(f"登记库暂不可用 (the register is away): {error}", err=True)
        raise typer.Exit(FAILED) from error
    typer.echo(f"已以位置 {position} 再次下发 (said again at position {position})")


@registry_app.command("list")
def list_(
    kind: Annotated[Kind, typer.Argument(help="providers | sites | bureaus")],
    at: Annotated[str, typer.Option("--at", help="时点：ISO 8601（带时区）。As of an instant.")] = "",
    data: Annotated[
        Path | None, typer.Option("--data", help="数据目录。The data folder of a running station.")
    ] = None,
    postgres: Annotated[str | None, typer.Option("--postgres", help="数据库 URL。Instead of --data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。")] = False,
) -> None:
    """列出登记，可指定时点；不含联络人。The register, as it is or was at an instant, without people.

    Exit codes: 0 done, 1 not, 2 misused.
    """
    try:
        found = asyncio.run(entries(_dsn(data, postgres), kind, at))
    except NotAnInstant as error:
        typer.echo(f"“{at}”不是时刻 (is no instant): 2026-11-20T08:00:00+08:00", err=True)
        raise typer.Exit(MISUSED) from error
    except DatabaseAway as error:
        typer.echo(f"登记库暂不可用 (the register is away): {error}", err=True)
        raise typer.Exit(FAILED) from error
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for form in found:
        typer.echo(in_a_line(kind, form))


def _dsn(data: Path | None, postgres: str | None) -> str:
    """The database: as named, or of the station that runs on `data`, or of the settings."""
    settings = read_settings(data_dir=data)
    endpoints = settings.run_dir / "endpoints.json"
    if postgres is not None:
        return postgres
    if endpoints.exists():
        return str(json.loads(endpoints.read_text(encoding="utf-8"))["postgres"])
    if data is None:
        return settings.postgres
    typer.echo(f"{endpoints} 不存在：请先执行 jiejing up --data {data} (no station ran there)", err=True)
    raise typer.Exit(MISUSED)


def _say_progress(phase: str, done: int, total: int) -> None:
    if total > 10_000:
        typer.echo(f"{phase} {done}/{total}", err=True)
