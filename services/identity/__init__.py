"""Who people are: accounts, roles, sessions. Everybody is a named person."""
