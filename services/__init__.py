"""jiejing (接警): an event-sourced alarm operations centre."""

__version__ = "0.1.0"
