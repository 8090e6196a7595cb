"""Rules as data: of interruptions, and of when to report at once; and the gates that are no data. Pure but for `shelf`."""
