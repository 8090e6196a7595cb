"""What a fault of a sheet is called, and what to do about it, in Chinese and English."""

from __future__ import annotations

from services.registry.domain.sheet import COLUMNS, Fault

_HEADER = ",".join(COLUMNS)

_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "zh": {
        "file.missing": ("无法读取文件：{why}", "请检查文件路径和读取权限"),
        "file.not_text": ("不是 CSV 文本（可能是 Excel 或 UTF-16 文件）", "请另存为“CSV UTF-8”后再导入"),
        "file.encoding": ("既不是 UTF-8 也不是 GB18030 编码", "请另存为“CSV UTF-8”后再导入"),
        "file.header": ("表头不符：缺少 [{missing}]，多余或重复 [{surplus}]", f"请使用表头 {_HEADER}"),
        "file.empty": ("没有任何数据行", "请在表头之后至少填写一行"),
        "row.columns": ("有 {found} 个字段，应为 {wanted} 个", "请检查多余或缺少的逗号，含逗号的文字须加英文双引号"),
        "row.unreadable": ("从这一行起无法读取：{why}", "请检查英文双引号是否成对"),
        "value.missing": ("未填写", "请填写此列"),
        "value.too_long": ("“{value}”过长或含换行", "请缩短到 {most} 个字符以内，不要换行"),
        "value.choice": ("“{value}”不在允许值之内", "请填写其中之一：{choices}"),
        "division.digits": ("“{value}”不是行政区划代码", "请填写 6 位（GB/T 2260）或 12 位数字"),
        "bureau.digits": ("“{value}”不是公安机关代码", "请填写 GA/T 380 的 12 位数字（上级机关可为 6 至 12 位）"),
        "date.iso": ("“{value}”不是日期", "请按 2024-05-31 的格式填写，或留空"),
        "filing.authority": ("填写了备案情况但没有备案机关", "请填写备案机关，或把备案状态改为 none 并清空日期"),
        "degrees.range": ("“{value}”不是有效的度数", "请填写 -{most} 到 {most} 之间的十进制度（WGS-84），经纬度须同时填写"),
        "seconds.range": ("“{value}”不是有效的秒数", "请填写 {least} 到 {most} 之间的整数秒；interval_s 留空表示不监测"),
        "account.form": (
            "“{value}”不能用作账号",
            "account_space 与 account 须同时填写或同时留空；只用字母、数字和 . _ -，最多 32 个字符",
        ),
        "filing.differs": ("与第 {other} 行同一单位、同一备案机关的内容不一致", "请使两行的备案状态和日期一致"),
        "site.differs": ("与第 {other} 行同一场所的内容不一致", "请使两行的场所信息一致，或使用不同的 site"),
        "site.too_many_lines": ("场所的账号超过 {most} 个", "请把账号分给多个场所"),
        "line.differs": ("与第 {other} 行同一账号的监测间隔不一致", "请使两行的 interval_s 和 delay_s 一致"),
        "line.taken_in_file": ("账号 {line} 在第 {other} 行已属于场所 {site}", "一个账号只属于一个场所，请更正其中一行"),
        "line.taken": ("账号 {line} 已登记给场所 {site}", "一个账号只属于一个场所，请更正此行或先核对原登记"),
    },
    "en": {
        "file.missing": ("the file cannot be read: {why}", "check the path and that you may read it"),
        "file.not_text": ("this is no CSV text (an Excel or UTF-16 file?)", 'save it as "CSV UTF-8" and import that'),
        "file.encoding": ("neither UTF-8 nor GB18030", 'save it as "CSV UTF-8" and import that'),
        "file.header": ("header: missing [{missing}], unknown or repeated [{surplus}]", f"use the header {_HEADER}"),
        "file.empty": ("there is no row", "write at least one row below the header"),
        "row.columns": ("{found} fields instead of {wanted}", "look for a comma too many or too few; quote text with commas"),
        "row.unreadable": ("cannot be read from here on: {why}", "look for a quotation mark without its partner"),
        "value.missing": ("is empty", "fill in this column"),
        "value.too_long": ("“{value}” is too long, or has a line break", "use at most {most} characters on one line"),
        "value.choice": ("“{value}” is not one of the values", "use one of: {choices}"),
        "division.digits": ("“{value}” is no division code", "write 6 digits (GB/T 2260) or 12"),
        "bureau.digits": ("“{value}” is no bureau code", "write the 12 digits of GA/T 380 (6 to 12 for a higher level)"),
        "date.iso": ("“{value}” is no date", "write it like 2024-05-31, or leave it empty"),
        "filing.authority": ("a filing without its authority", "name the authority, or use state none without a date"),
        "degrees.range": ("“{value}” is no degree", "write decimal degrees (WGS-84) from -{most} to {most}; fill in both lon and lat"),
        "seconds.range": ("“{value}” is no number of seconds", "write whole seconds from {least} to {most}; interval_s empty: not supervised"),
        "account.form": (
            "“{value}” cannot be an account",
            "fill in both account_space and account, or neither: letters, digits and . _ - only, at most 32",
        ),
        "filing.differs": ("differs from line {other} for the same provider and authority", "make state and date agree"),
        "site.differs": ("differs from line {other} for the same site", "make both rows agree, or use another site key"),
        "site.too_many_lines": ("the site has more than {most} lines", "divide them between several sites"),
        "line.differs": ("differs from line {other} for the same account", "make interval_s and delay_s agree"),
        "line.taken_in_file": ("line {line} belongs to site {site} on line {other}", "a line has one site: correct one of the two rows"),
        "line.taken": ("line {line} is registered for site {site}", "a line has one site: correct this row, or check that entry first"),
    },
}  # fmt: skip


def fault_text(fault: Fault, language: str) -> tuple[str, str]:
    """What is wrong and what to do. Raises KeyError for a reason without a text (a test forbids it)."""
    wrong, advice = _TEXTS[language][fault.reason]
    return wrong.format_map(fault.params), advice.format_map(fault.params)


def reasons(language: str) -> frozenset[str]:
    """Every reason that has a text."""
    return frozenset(_TEXTS[language])
