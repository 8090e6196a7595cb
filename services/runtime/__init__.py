"""How processes run: settings, logs, health, clock, connections."""
