"""PostgreSQL and argon2."""
