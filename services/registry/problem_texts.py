"""What the register answers when it does not do what was asked, in Chinese and English."""

from __future__ import annotations

from services.runtime.problem import Language, Text

TEXTS: dict[str, dict[Language, Text]] = {
    "role.missing": {
        "zh": Text("您的岗位不能进行此操作", "需要的岗位：{role}。"),
        "en": Text("Your role may not do this", "It takes the role {role}."),
    },
    "provider.bound": {
        "zh": Text("您属于一个从业单位，不能更改此项", "请联系不属于任何单位的登记员。"),
        "en": Text(
            "You belong to one provider and cannot change this", "Ask a registrar who belongs to none."
        ),
    },
    "line.taken": {
        "zh": Text("该账号已登记给场所 {site}", "一个账号只属于一个场所：请刷新后核对，或选择“从原场所移来”。"),
        "en": Text(
            "The line is registered for the site {site}", "A line has one site: look again, or move it here."
        ),
    },
    "line.unknown": {
        "zh": Text("这个场所没有登记该账号", "请刷新后核对。"),
        "en": Text("The site has no such line", "Look again."),
    },
    "line.kept": {
        "zh": Text("场所由这个账号登记而来，不能释放", "请把账号移到正确的场所。"),
        "en": Text(
            "The line was adopted from an unknown account and cannot be released", "Move it to the right site."
        ),
    },
    "lines.too_many": {
        "zh": Text("场所的账号超过 {most} 个", "请把账号分给多个场所。"),
        "en": Text("The site has more than {most} lines", "Divide them between several sites."),
    },
    "shell.differs": {
        "zh": Text("账号与这个未登记场所不符", "请从报警上重新打开登记表。"),
        "en": Text("The line does not belong to this unregistered site", "Open the form from the alarm again."),
    },
    "provider.unknown": {
        "zh": Text("没有登记这个从业单位", "请从列表中选择。"),
        "en": Text("There is no such provider", "Choose one from the list."),
    },
    "site.unknown": {
        "zh": Text("没有登记这个场所", "请从列表中选择，或登记为新场所。"),
        "en": Text("There is no such site", "Choose one from the list, or register a new site."),
    },
    "bureau.unknown": {
        "zh": Text("没有登记这个公安机关", "请从列表中选择，或登记为新的。"),
        "en": Text("There is no such bureau", "Choose one from the list, or register a new one."),
    },
    "contract.unknown": {
        "zh": Text("没有登记这份合同", "请刷新后核对。"),
        "en": Text("There is no such contract", "Look again."),
    },
    "contract.number_taken": {
        "zh": Text("这个场所已有合同 {number}", "请更正原合同，或使用另一个编号。"),
        "en": Text("The site has a contract {number} already", "Correct that one, or use another number."),
    },
    "person.unknown": {
        "zh": Text("名单中没有这个人", "请刷新后重新填写名单。"),
        "en": Text("The list has no such person", "Look again, then write the list anew."),
    },
    "entry.exists": {
        "zh": Text("同一编号已经登记", "请打开原有登记，或使用另一个编号。"),
        "en": Text("There is an entry of this key already", "Open that one, or use another key."),
    },
    "entry.stale": {
        "zh": Text("{by} 已于 {at} 改动此项：{what}", "没有写入您的改动；核对后可在最新内容上再次保存。"),
        "en": Text(
            "{by} changed this entry at {at}: {what}",
            "Your change was not made. Look at theirs, then save again on top of it.",
        ),
    },
    "version.missing": {
        "zh": Text("没有说明所见的版本", "请在 version 或 If-Match 中给出读到的版本。"),
        "en": Text("The version that you saw is missing", "Give it as `version` or If-Match."),
    },
    "instant.invalid": {
        "zh": Text("“{at}”不是时刻", "请使用带时区的 ISO 8601 时间，或 UTC 微秒数。"),
        "en": Text("“{at}” is no instant", "Use ISO 8601 with an offset, or UTC microseconds."),
    },
    "site.registered": {
        "zh": Text("这个场所已经登记", "请刷新后查看登记内容。"),
        "en": Text("The site is registered already", "Look at its entry."),
    },
    "site.merged": {
        "zh": Text("这个账号已并入另一场所", "请刷新后查看。"),
        "en": Text("The line was merged into another site already", "Look again."),
    },
    "register.busy": {
        "zh": Text("登记库暂时无法写入", "没有改变任何内容，请稍后重试。"),
        "en": Text("The register cannot be written now", "Nothing was changed; try again shortly."),
    },
}  # fmt: skip

# Fields of an entry as `entry.stale` names them; what follows a colon is data.
FIELDS: dict[Language, dict[str, str]] = {
    "zh": {
        "name": "名称", "provider": "从业单位", "site_class": "场所类别", "division": "行政区划",
        "bureau": "公安机关", "lon": "经度", "lat": "纬度", "divisions": "辖区", "people": "联络人",
        "filing": "备案", "line": "账号", "contract": "合同", "merged_into": "并入",
    },
    "en": {
        "name": "name", "provider": "provider", "site_class": "class", "division": "division",
        "bureau": "bureau", "lon": "longitude", "lat": "latitude", "divisions": "area", "people": "people to call",
        "filing": "filing", "line": "line", "contract": "contract", "merged_into": "merged into",
    },
}  # fmt: skip
