"""One deterministic state machine per partition: the inbox in, the record out."""
