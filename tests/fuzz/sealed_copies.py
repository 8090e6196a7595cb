"""Copies of a station whose records were altered, and whose manifest says what lies there now, with right digests.

Of such a copy nothing proves what was decided. What must hold is that it can be put back and be followed there.
"""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from services.contracts.codec import NOT_READ, encode
from services.contracts.topics import EVENTS
from services.station.copies.check import check
from services.station.copies.files import Copied, records_of
from services.station.copies.manifest import MANIFEST, WHOLE, TopicPart
from tests.fuzz.copies import TOPICS, as_gzip, lay, refused, relisted, relisted_right, right
from tests.fuzz.copies_told import LINK, as_told, counting, puttable
from tests.fuzz.law import Target, drawn


def head_of(records: list[Copied]) -> str:
    """The digest of the last that counts, whatever it is bound to."""
    head = bytes(16)
    for one in records:
        value = one.value or b""
        try:
            counts = LINK.decode(value).lies_at == one.offset
        except NOT_READ:
            continue
        head = hashlib.sha256(value).digest()[:16] if counts else head
    return head.hex()


def sealed(part: TopicPart, content: bytes, packed: bytes) -> TopicPart:
    """What a manifest says of these records, as far as they are some."""
    part = replace(part, sha256=hashlib.sha256(packed).hexdigest())
    try:
        records = as_told(content)
    except (ValueError, *NOT_READ):
        return part
    end = records[-1].offset + 1 if records else 0
    head = head_of(records) if part.topic == EVENTS else ""
    return replace(part, records=len(records), end=end, head=head)


def sealed_law(data: bytes) -> None:
    """The records that would be put back are those that lie there, the record and the inbox without a gap, each decision
    that counts bound to the one before it; or the copy is refused."""
    which, data = drawn(data, len(TOPICS))
    topic = TOPICS[which]
    copy, name = right(topic), f"{topic}/00.gz"
    content = relisted(topic, data)
    packed = as_gzip(content)
    part = sealed(copy.topic(name), content, packed)
    topics = tuple(part if one.file == name else one for one in copy.manifest.topics)
    lay(copy, name, packed)
    lay(copy, MANIFEST, encode(replace(copy.manifest, topics=topics)))
    with refused(str(copy.place), whole=content == relisted_right(topic)):
        assert part in check(copy.place, lambda *_: None).topics
    found = list(records_of(copy.place / name))
    puttable(found, content)
    if topic in WHOLE:
        assert [one.offset for one in found] == list(range(len(found)))
    if topic == EVENTS:
        assert counting(found)[1] == part.head


TARGETS = (Target("copy_sealed", sealed_law, 4096),)
