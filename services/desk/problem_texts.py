"""What the desk says when something is not done: the core's refusals and the gateway's own reasons.

`{name}` is filled from the refusal's parameters; `{x_name}` is the name of the person whose id is `x`.
"""

from __future__ import annotations

from services.runtime.problem import Language, Text

TEXTS: dict[str, dict[Language, Text]] = {
    "not_found": {
        "zh": Text("没有这条记录，或不在您的可见范围", "请核对编号；如应可见，请联系管理员核对您的范围。"),
        "en": Text(
            "No such record, or not in your scope", "Check the number; ask an administrator about your scope."
        ),
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
    "alarm.not_open": {
        "zh": Text("报警已结束", "请查看其历史；如有新情况，请处理新的报警。"),
        "en": Text(
            "The alarm is no longer open", "See its history; handle a new alarm if something new happened."
        ),
    },
    "alarm.claimed_by_other": {
        "zh": Text("已由 {holder_name} 接警", "请处理下一条；需要接手时请联系班长。"),
        "en": Text(
            "{holder_name} has claimed it", "Take the next one; ask the shift supervisor to hand it over."
        ),
    },
    "alarm.not_claimed": {
        "zh": Text("尚未接警", "请先接警。"),
        "en": Text("Nobody has claimed it", "Claim it first."),
    },
    "alarm.not_yours": {
        "zh": Text("由 {holder_name} 处理中", "请由接警人或班长操作。"),
        "en": Text("{holder_name} is working on it", "Leave it to them or to the shift supervisor."),
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
    "duress.no_call": {
        "zh": Text("胁迫报警：不得回拨现场", "请勿以电话核实；按 E 报告公安机关，保安在外待命。"),
        "en": Text(
            "Duress: never call the site",
            "Do not verify by telephone; press E to report, the guard stands off.",
        ),
    },
    "guard.unknown": {
        "zh": Text("没有这次保安处警", "请核对后重新选择。"),
        "en": Text("No such guard response", "Check which guard is meant."),
    },
    "guard.step_passed": {
        "zh": Text("这次保安处警已过此步（{step}）", "无需补报更早的步骤；需要说明时写备注。"),
        "en": Text(
            "That guard is past this step ({step})", "Earlier steps need not be reported; write a note."
        ),
    },
    "guard.too_many": {
        "zh": Text("本警已派出 {most} 次保安", "请先核对在途保安，或联系班长。"),
        "en": Text("{most} guards were ordered already", "See which are under way, or ask the supervisor."),
    },
    "guard.too_many_results": {
        "zh": Text("这次处警已有 {most} 个结果", "其余情况请写备注。"),
        "en": Text("That guard has {most} results already", "Write down the rest as a note."),
    },
    "escalation.unknown": {
        "zh": Text("没有这份报告", "请核对编号。"),
        "en": Text("No such escalation", "Check its number."),
    },
    "escalation.signed_for": {
        "zh": Text("已由 {by_name} 签收", "无需重复签收。"),
        "en": Text("{by_name} has signed for it", "Nothing more to do."),
    },
    "alarm.reason_needed": {
        "zh": Text("须写明理由", "请写明理由后重试。"),
        "en": Text("A reason is needed", "Write the reason and try again."),
    },
    "alarm.holder_same": {
        "zh": Text("该报警已在此人手中", "请选择其他同事。"),
        "en": Text("It is in this person's hands already", "Choose a colleague."),
    },
    "alarm.too_many_notes": {
        "zh": Text("备注已达上限 {most} 条", "请在结束理由中补充，或告知班长。"),
        "en": Text(
            "There are {most} notes already, the most an alarm takes",
            "Write it into the closing reason, or tell the shift supervisor.",
        ),
    },
    "escalation.dispatched": {
        "zh": Text("已由 {by_name} 派警", "无需重复派警；如有补充请写入反馈。"),
        "en": Text("{by_name} has sent somebody", "Nothing more to do; write anything new as feedback."),
    },
    "escalation.on_scene": {
        "zh": Text("已由 {by_name} 登记到场", "无需重复登记；如有补充请写入反馈。"),
        "en": Text("{by_name} has reported on scene", "Nothing more to do; write anything new as feedback."),
    },
    "escalation.not_signed_for": {
        "zh": Text("尚未签收", "请先签收、派警或登记到场，再反馈。"),
        "en": Text("Nobody has signed for it", "Sign for it, dispatch or report on scene first."),
    },
    "escalation.final": {
        "zh": Text("处置结果已由 {by_name} 确定", "如有更正，请电话联系报警运营服务中心并留存记录。"),
        "en": Text(
            "{by_name} has given the final feedback",
            "For a correction telephone the monitoring centre and keep a record.",
        ),
    },
    "escalation.disposition_needed": {
        "zh": Text("最终反馈须注明处置结果", "请选择：有效警情、误报、重复警情或不属实。"),
        "en": Text(
            "A final feedback needs a disposition", "Choose valid, false alarm, duplicate or unfounded."
        ),
    },
    "alarm.mark_needed": {
        "zh": Text("发往测试端点的须标明演练或测试", "请选择“演练”或“测试”。"),
        "en": Text("What goes to the test endpoint is marked", "Choose exercise or test."),
    },
    "drill.nowhere": {
        "zh": Text(
            "此演练没有可去之处（公安机关 {bureau}）",
            "请配置测试端点 police_test_endpoint，或登记该机关同意的演练时段 police_drill_windows。",
        ),
        "en": Text(
            "This drill may go nowhere (bureau {bureau})",
            "Set police_test_endpoint, or enter a drill window that the bureau approved in police_drill_windows.",
        ),
    },
    "escalation.returned": {
        "zh": Text("已由 {by_name} 退单", "如需继续处理，请签收。"),
        "en": Text("{by_name} has returned it", "Sign for it to go on with it."),
    },
    "escalation.same_bureau": {
        "zh": Text("已在该公安机关", "请选择另一公安机关的 12 位机构代码。"),
        "en": Text("It is that bureau's already", "Choose another bureau's code, 12 digits."),
    },
    "escalation.drill_stays": {
        "zh": Text("演练不得转警", "演练只能在测试端点或经同意的时段内进行。"),
        "en": Text(
            "A drill is not transferred", "It stays at the test endpoint or in the approved drill window."
        ),
    },
    "escalation.duplicate_of": {
        "zh": Text("已由 {by_name} 认定为重复警情 {number}", "请在该警情下继续。"),
        "en": Text("{by_name} named it a duplicate of {number}", "Go on under that incident."),
    },
    "escalation.stand_down_requested": {
        "zh": Text("{by_name} 已请求撤警", "是否撤警由公安机关决定；如有补充请写入补充信息。"),
        "en": Text(
            "{by_name} has requested a stand-down", "The police decide; add anything new as a supplement."
        ),
    },
    "escalation.too_many_additions": {
        "zh": Text("补充已达 {most} 条", "请电话告知公安机关并留存记录。"),
        "en": Text("There are {most} supplements already", "Telephone the police and keep a record."),
    },
    "escalation.reported_by_phone": {
        "zh": Text("已由 {by_name} 登记电话报告", "如有补充请写入补充信息。"),
        "en": Text("{by_name} has recorded a telephone report", "Add anything new as a supplement."),
    },
    "escalation.call_ahead": {
        "zh": Text("通话时间在将来", "请核对通话时间。"),
        "en": Text("The call lies in the future", "Check the time of the call."),
    },
    "colleague.unsuitable": {
        "zh": Text("不能移交给此人", "请选择在岗的值机员或班长，且该报警须在其可见范围内。"),
        "en": Text(
            "It cannot be handed to this person",
            "Choose an active operator or shift supervisor who can see the alarm.",
        ),
    },
    "window.times": {
        "zh": Text("维保窗口的起止时间不成立", "结束须晚于开始，最长 31 天，开始距今不超过一年。"),
        "en": Text(
            "The window's times cannot be",
            "It ends after it begins, lasts 31 days at most, begins within a year.",
        ),
    },
    "window.documents_needed": {
        "zh": Text("市政施工须写明三项依据", "请填写批准文号、公安机关意见文号和恢复方案编号。"),
        "en": Text(
            "Municipal works need their documents",
            "Name the approval, the police's opinion and the agreed plan of restoration.",
        ),
    },
    "window.malformed": {
        "zh": Text("维保窗口的内容不成立", "文号最多 64 字，情况类别不得重复。"),
        "en": Text(
            "The window cannot be read", "References have 64 characters at most; name each class once."
        ),
    },
    "window.too_many": {
        "zh": Text("本场所的维保窗口已达上限 {most} 个", "请先结束不再需要的窗口。"),
        "en": Text(
            "There are {most} windows at this site already", "End those that are not needed any more."
        ),
    },
    "window.unknown": {
        "zh": Text("没有这个维保窗口", "请核对编号；七天以前的只在历史中。"),
        "en": Text("No such maintenance window", "Check its number; older ones are in the history only."),
    },
    "window.over": {
        "zh": Text("维保窗口已经到期", "无需再结束。"),
        "en": Text("The window is over already", "Nothing more to do."),
    },
    "window.site_merged": {
        "zh": Text("该场所已并入另一场所", "请在并入后的场所登记维保窗口。"),
        "en": Text("The site was merged into another", "Enter the window at that site."),
    },
    "too_early": {
        "zh": Text("指令时间早于记录", "请校准本机时钟后重试。"),
        "en": Text("The command is ahead of the record's time", "Set this computer's clock and try again."),
    },
    "too_old": {
        "zh": Text("所依据的事项已超过六天", "不再受理；请查看其历史。"),
        "en": Text("What it refers to is older than six days", "It is not taken any more; see its history."),
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
