"""How state is decided: the fold, the counting rule, one partition's writer, and the ports to logs and stores."""
