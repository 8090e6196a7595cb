"""What people see of the record and how they act on it: read models, queries, commands and the live feed."""
