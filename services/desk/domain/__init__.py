"""What an alarm looks like, who sees it, and what the feed says. Pure."""
