"""`jiejing bench`: the figures to hold, each beside a yardstick of the same run."""
