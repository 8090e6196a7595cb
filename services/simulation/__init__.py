"""The whole system on simulated time: real handlers, twins of Kafka and PostgreSQL, one seed (ADR 16)."""
