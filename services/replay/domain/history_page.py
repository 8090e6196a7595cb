"""The history of one alarm or interruption as a page to read: no script, no link to anywhere, for a screen or a printer.

It is written from the same records that lie beside it; they are the proof, this is for the eye.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.contracts.history import RecordRow
    from services.contracts.interruption import InterruptionView, Judgement
    from services.contracts.views import AlarmView

PAGE = "history.html"
SHANGHAI = timezone(timedelta(hours=8))
_FRAME = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{number}</title><style>
body {{ font: 14px/1.5 "Noto Sans SC", sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #999; padding: .25rem .5rem; text-align: left; vertical-align: top; }}
td.at {{ font-family: monospace; white-space: nowrap; }}
td.said {{ overflow-wrap: anywhere; }}
</style></head><body>
<h1>{title}</h1>
<table>{facts}</table>
<h2>全部事件 · Every event</h2>
<p>█████：此处有文字，已封存，不随文件外传。 Free text stands here; it is sealed and does not leave with the file.</p>
<table><thead><tr><th>位置 place</th><th>时间 time (+08:00)</th><th>事项 what</th><th>内容 content</th></tr></thead>
<tbody>{rows}</tbody></table>
<p>本页供阅读；证明在同一文件夹：<code>python verify.py</code>。 This page is for reading; the proof lies beside it.</p>
</body></html>
"""
_NOT_SHOWN = frozenset({"type", "alarm", "number", "subject"})


def alarm_page(
    view: AlarmView, rows: Sequence[RecordRow], words: Mapping[str, Mapping[str, str]], made_at: int
) -> str:
    """The whole page; `words`: what events are called, by tag and language."""
    title = f"报警 {view.number} 的记录 · Record of alarm {view.number}"
    return _page(view.number, title, _facts(view, made_at), rows, words)


def interruption_page(
    view: InterruptionView, rows: Sequence[RecordRow], words: Mapping[str, Mapping[str, str]], made_at: int
) -> str:
    """The same of an interruption: facts, and what they were judged to be."""
    title = f"中断 {view.number} 的记录 · Record of interruption {view.number}"
    return _page(view.number, title, _facts_of_an_interruption(view, made_at), rows, words)


def _page(
    number: str,
    title: str,
    facts: Iterator[tuple[str, str]],
    rows: Sequence[RecordRow],
    words: Mapping[str, Mapping[str, str]],
) -> str:
    table = "".join(f"<tr><th>{name}</th><td>{escape(said)}</td></tr>" for name, said in facts)
    told = "".join(_row(row, words.get(row.type, {})) for row in rows)
    return _FRAME.format(number=escape(number), title=escape(title), facts=table, rows=told)


def _facts_of_an_interruption(view: InterruptionView, made_at: int) -> Iterator[tuple[str, str]]:
    yield "场所 site", f"{view.site_name} {view.site}".strip()
    yield "单位 provider", f"{view.provider_name} {view.provider or ''}".strip()
    yield "事实 facts", "; ".join(f"{one.fact} {one.code}" for one in view.facts)
    yield "收到 received", _clock(view.received_at)
    yield "恢复 restored", "—" if view.restored_at is None else _clock(view.restored_at)
    yield "判断 finding", "—" if view.judged is None else f"{view.judged.finding}, {view.judged.why}"
    yield (
        "线索由人核查，不是结论 a lead is for a person to check",
        "—" if view.judged is None else _cited(view.judged),
    )
    yield "导出时间 made", _clock(made_at)


def _cited(judged: Judgement) -> str:
    cited = (
        f"{one.pack}:{one.article}" + (f"({one.clause})" if one.clause else "") for one in judged.candidates
    )
    return ", ".join(cited) or "—"


def _facts(view: AlarmView, made_at: int) -> Iterator[tuple[str, str]]:
    yield "场所 site", f"{view.site_name} {view.site}".strip()
    yield "账号 account", f"{view.account_space} {view.account}"
    yield "单位 provider", f"{view.provider_name} {view.provider or ''}".strip()
    yield "代码 code", f"{view.code} ({view.class_}), {view.priority}"
    yield "收到 received", _clock(view.received_at)
    yield "状态 state", f"{view.state}, {view.tracks.verification}, {view.tracks.escalation}"
    yield "公安机关警情编号 police incident", view.police_incident_no or "—"
    yield "导出时间 made", _clock(made_at)


def _row(row: RecordRow, words: Mapping[str, str]) -> str:
    called = " · ".join(words[language] for language in ("zh", "en") if language in words) or row.type
    cells = (f"{row.partition}·{row.offset}", _clock(row.time))
    by = "" if row.by is None else f" — {escape(row.by)}"
    at = "".join(f'<td class="at">{cell}</td>' for cell in cells)
    said = escape("; ".join(_said(row.event if row.event is not None else row.answer)))
    return f'<tr>{at}<td>{escape(called)}{by}</td><td class="said">{said}</td></tr>\n'


def _said(event: Mapping[str, Any]) -> Iterator[str]:
    for name, value in event.items():
        if name in _NOT_SHOWN or value in (None, "", [], ()):
            continue
        yield f"{name}: {_clock(value) if _is_time(name, value) else _flat(value)}"


def _is_time(name: str, value: object) -> bool:
    return isinstance(value, int) and (name.endswith(("_at", "_due")) or name == "panel_time")


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_flat(one)}" for name, one in value.items() if one is not None) + ")"
    return ", ".join(map(_flat, value)) if isinstance(value, list | tuple) else str(value)


def _clock(at: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
