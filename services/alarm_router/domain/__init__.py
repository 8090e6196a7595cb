"""The rules. No clock, no ids, no I/O: everything comes in with the record."""
