"""Everything on one machine: embedded Kafka and PostgreSQL, supervisor, the command `jiejing`."""
