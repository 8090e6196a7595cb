"""What the station drives: programs, files, brokers."""
