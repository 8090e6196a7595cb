"""PostgreSQL, Kafka, Faust and HTTP."""
