"""Problem documents of the past."""

from __future__ import annotations

from services.runtime.problem import Problem, Text, register

register(
    {
        "history.when": {
            "zh": Text(
                "请给出一个时刻（at）或一组位置（positions），二者择一",
                "例如 ?at=2026-09-18T02:14:06%2B08:00",
            ),
            "en": Text(
                "Give either an instant (at) or positions, one of the two",
                "For example ?at=2026-09-18T02:14:06Z",
            ),
        },
        "history.instant": {
            "zh": Text("时刻无法识别", "请用带时区的 ISO 8601（如 2026-09-18T02:14:06+08:00）或 UTC 微秒。"),
            "en": Text("The instant is not readable", "Write ISO 8601 with an offset, or UTC microseconds."),
        },
        "history.positions": {
            "zh": Text("位置无法识别", "写法：分区:偏移，以逗号分隔，例如 0:12,1:9。"),
            "en": Text(
                "The positions are not readable", "Write partition:offset, separated by commas: 0:12,1:9."
            ),
        },
        "export.backwards": {
            "zh": Text("起始时刻晚于结束时刻", "请核对 from 与 to。"),
            "en": Text("It ends before it begins", "Check from and to."),
        },
        "export.partition": {
            "zh": Text("没有这个分区", "分区为 0 至 {most}。"),
            "en": Text("There is no such partition", "Partitions go from 0 to {most}."),
        },
        "export.too_large": {
            "zh": Text("导出超过 {most} MB", "请缩短时段，或请管理员在服务器上执行 jiejing export。"),
            "en": Text(
                "The export is larger than {most} MB",
                "Shorten the stretch, or have `jiejing export` run on the server.",
            ),
        },
        "disk.full": {
            "zh": Text("服务器磁盘已满，导出未生成", "请通知管理员清理磁盘；记录本身不受影响。"),
            "en": Text(
                "The server's disk is full; no export was made",
                "Tell an administrator to make space; the record itself is not affected.",
            ),
        },
        "history.busy": {
            "zh": Text("正有他人查阅历史", "请在 {seconds} 秒后重试；实时接警不受影响。"),
            "en": Text(
                "Others are reading the past",
                "Try again in {seconds} seconds; the live desk is not affected.",
            ),
        },
        "record.broken": {
            "zh": Text(
                "记录 {partition}·{offset} 与前一条不相接",
                "此前各条均有证明，此后不作证明。请通知负责人，并与异地留存的链首比对。",
            ),
            "en": Text(
                "Record {partition}·{offset} does not continue the one before it",
                "All before it is proved; nothing after it is. Tell a supervisor; compare with a head kept elsewhere.",
            ),
        },
        "record.newer": {
            "zh": Text(
                "记录 {partition}·{offset} 由更新的版本写入，本程序尚不认识",
                "记录本身无误。请通知管理员完成升级，然后重试。",
            ),
            "en": Text(
                "A newer version wrote record {partition}·{offset}; this one does not know it yet",
                "The record is not at fault. Have an administrator finish the upgrade, then try again.",
            ),
        },
        "record.away": {
            "zh": Text("记录暂时无法读取", "请几秒后重试。"),
            "en": Text("The record cannot be read just now", "Try again in a few seconds."),
        },
        "caller.gone": {
            "zh": Text("请求已取消", "如仍需要，请重新查询。"),
            "en": Text("The request was cancelled", "Ask again if still needed."),
        },
        "not_found": {
            "zh": Text(
                "没有这条记录，或不在您的可见范围", "请核对编号；如应可见，请联系管理员核对您的范围。"
            ),
            "en": Text(
                "No such record, or not in your scope",
                "Check the number; ask an administrator about your scope.",
            ),
        },
    }
)

__all__ = ["Problem"]
