"""The text that lies in every export, for whoever finds one years later."""

README = """\
接警 · 记录导出                                          jiejing · export of the record

本文件夹按日志原样收录一段报警记录，不增不减。
This container holds a stretch of the alarm record exactly as it lies in the log.

manifest.json     范围、条数、前后链首           range, counts, heads before and after
records/PP.jsonl  分区 PP，每行一条记录          partition PP, one record a line
head.json         请另行保管，供日后比对         keep a copy elsewhere, to compare with later
verify.py         核验程序，只需 Python 3.11     checks all this; needs nothing but Python 3.11
history.html      一起报警或中断的经过，供阅读（仅限其导出）  one alarm's or interruption's history to read (in its export)

每行 Each line: {"offset": N, "counts": true|false, "sha256": "...", "value": "<base64>"|null}
                null: 不在导出人的可见范围，只留摘要   outside the scope of whoever exported it, only the digest is given
 1. offset 逐一递增，无缺号                      offsets go up by one, none is missing
 2. value 解码后的 SHA-256 等于 sha256           SHA-256 of the decoded value is `sha256`
 3. value 是 JSON；其 lies_at 等于 offset 者计入 value is JSON; it counts if its `lies_at` is the offset
 4. 计入者的 prev（base64，16 字节）等于前一条计入记录 SHA-256 的前 16 字节
    a counting record's `prev` (base64) is the first 16 bytes of the SHA-256 of the counting record before it
 5. 最后一条计入记录的 SHA-256 前 16 字节等于异地保管的 head
    the first 16 bytes of the last counting record's SHA-256 are the `head` that was kept elsewhere

python verify.py                      在解开的文件夹内 inside the unpacked folder
python verify.py --head HEADFILE      与异地保管的 head.json 比对 against the head.json kept elsewhere
jiejing verify FILE --head HEADFILE
"""
