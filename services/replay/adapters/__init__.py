"""PostgreSQL, and the container of an export."""
