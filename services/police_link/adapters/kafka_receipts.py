"""`Receipts` on Kafka."""

from __future__ import annotations

from services.contracts.codec import encode
from services.contracts.reports import EscalationReceipt
from services.contracts.topics import INBOX, partition_of
from services.runtime.kafka_records import KafkaRecords


class KafkaReceipts:
    """Appends to the inbox partition of the receipt's subject. `topic`: for tests."""

    def __init__(self, records: KafkaRecords, *, topic: str = INBOX) -> None:
        """`records`: not owned."""
        self._records, self._topic = records, topic

    async def put(self, receipt: EscalationReceipt) -> None:
        """See the port."""
        await self._records.append(
            self._topic, partition_of(receipt.subject), receipt.subject, encode(receipt)
        )
