"""Problem documents (RFC 9457) of the desk: a stable type, and what to do, in the caller's language.

The reasons are the core's refusals and the gateway's own; `{name}` is filled from the refusal's parameters.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Language: TypeAlias = Literal["zh", "en"]


class Problem(Exception):
    """A request that is not done. `reason` is stable; `status` is HTTP's."""

    def __init__(self, status: int, reason: str, **params: str) -> None:
        """`params`: what a person needs to know, shown beside the text."""
        super().__init__(reason)
        self.status, self.reason, self.params = status, reason, params


class Text(NamedTuple):
    """What it is, and what to do."""

    title: str
    what_to_do: str


_UNKNOWN = {
    "zh": Text("请求未被接受", "请刷新后重试；仍不行请告知班长。"),
    "en": Text(
        "The request was not accepted", "Reload and try again; if it persists tell the shift supervisor."
    ),
}
TEXTS: dict[str, dict[Language, Text]] = {
    "not_found": {
        "zh": Text("没有这条记录，或不在您的可见范围", "请核对编号；如应可见，请联系管理员核对您的范围。"),
        "en": Text(
            "No such record, or not in your scope", "Check the number; ask an administrator about your scope."
        ),
    },
    "login.needed": {
        "zh": Text("请先登录", "请登录后重试。"),
        "en": Text("Login needed", "Log in and try again."),
    },
    "origin.foreign": {
        "zh": Text("请求来自其他网站的页面", "请在本系统的页面中操作。"),
        "en": Text("A page of another site sent this", "Act on this system's own pages."),
    },
    "body.invalid": {
        "zh": Text("提交的内容不符合要求", "请按 errors 中的提示更正。"),
        "en": Text("The request does not have the right form", "Correct what `errors` names."),
    },
    "cursor.invalid": {
        "zh": Text("翻页标记无效", "请从第一页重新打开列表。"),
        "en": Text("The page mark is not valid", "Open the list again from its first page."),
    },
    "key.invalid": {
        "zh": Text("Idempotency-Key 无效", "请使用新生成的 uuid7，且时间不得超前 10 秒以上。"),
        "en": Text("The Idempotency-Key is not valid", "Use a fresh uuid7, not more than 10 s ahead."),
    },
    "ticket.unknown": {
        "zh": Text("该指令未进入记录", "它不会再生效；如仍需要，请重新操作。"),
        "en": Text(
            "The command did not enter the record", "It will not take effect; act again if still needed."
        ),
    },
    "inbox.away": {
        "zh": Text("暂时无法写入记录", "指令未发出。请按纸质预案处理并稍后重试。"),
        "en": Text(
            "The record cannot be written just now", "Nothing was sent. Work by telephone and try again."
        ),
    },
    "database.away": {
        "zh": Text("数据库暂时不可用", "信号接收与判定不受影响。请几秒后重试；其间以实时屏为准。"),
        "en": Text(
            "The database is away",
            "Receiving goes on. Try again in a few seconds; the live screen is current.",
        ),
    },
    "alarm.not_open": {
        "zh": Text("报警已结束", "请查看其历史；如有新情况，请处理新的报警。"),
        "en": Text(
            "The alarm is no longer open", "See its history; handle a new alarm if something new happened."
        ),
    },
    "alarm.claimed_by_other": {
        "zh": Text("已由 {holder} 接警", "请处理下一条；需要接手时请联系班长。"),
        "en": Text("{holder} has claimed it", "Take the next one; ask the shift supervisor to hand it over."),
    },
    "alarm.not_claimed": {
        "zh": Text("尚未接警", "请先接警。"),
        "en": Text("Nobody has claimed it", "Claim it first."),
    },
    "alarm.not_yours": {
        "zh": Text("由 {holder} 处理中", "请由接警人或班长操作。"),
        "en": Text("{holder} is working on it", "Leave it to them or to the shift supervisor."),
    },
    "alarm.not_verified": {
        "zh": Text("尚未核实", "请先记录核实结果及依据。"),
        "en": Text("Not yet verified", "Record what the verification found first."),
    },
    "alarm.verified_false": {
        "zh": Text("已核实为误报", "如情况有变，请重新核实。"),
        "en": Text("Verified as a false alarm", "Verify again if things have changed."),
    },
    "alarm.rule_needed": {
        "zh": Text("未查明的报警须注明立即报告的情形", "请选择适用的情形。"),
        "en": Text("An undetermined alarm needs a report-at-once rule", "Choose the rule that applies."),
    },
    "alarm.already_escalated": {
        "zh": Text("已报告公安机关", "无需重复报告；请查看该报告。"),
        "en": Text("Already reported to the police", "See that escalation."),
    },
    "alarm.evidence_needed": {
        "zh": Text("核实须有依据", "请至少记录一项依据。"),
        "en": Text("A verification needs evidence", "Record at least one piece of evidence."),
    },
    "escalation.unknown": {
        "zh": Text("没有这份报告", "请核对编号。"),
        "en": Text("No such escalation", "Check its number."),
    },
    "escalation.signed_for": {
        "zh": Text("已由 {by} 签收", "无需重复签收。"),
        "en": Text("{by} has signed for it", "Nothing more to do."),
    },
    "role.missing": {
        "zh": Text("您的岗位不能进行此操作", "需要的岗位：{role}。"),
        "en": Text("Your role may not do this", "It takes the role {role}."),
    },
    "scope.not_visible": {
        "zh": Text("不在您的可见范围", "请联系管理员核对您的范围。"),
        "en": Text("Not in your scope", "Ask an administrator about your scope."),
    },
    "too_late": {
        "zh": Text("指令已过时效", "请查看现状后重新操作。"),
        "en": Text("The command came too late", "Look at how things stand and act again."),
    },
    "internal": {
        "zh": Text("系统未能处理，已通知班长", "请按纸质预案处理。"),
        "en": Text("The system could not handle it; a supervisor was told", "Work by telephone."),
    },
}


def document(problem: Problem, language: Language) -> dict[str, object]:
    """The problem document."""
    text = TEXTS.get(problem.reason, _UNKNOWN)[language]
    return {
        "type": f"urn:jiejing:{problem.reason}",
        "title": _filled(text.title, problem.params),
        "status": problem.status,
        "detail": _filled(text.title, problem.params),
        "what_to_do": _filled(text.what_to_do, problem.params),
        "params": problem.params,
    }


def language_of(accept: str, asked: str | None) -> Language:
    """The language: what `?lang=` says, else the first known one of Accept-Language, else Chinese."""
    for part in [asked or "", *accept.split(",")]:
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh"


class _Kept(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _filled(text: str, params: dict[str, str]) -> str:
    return text.format_map(_Kept(params))
