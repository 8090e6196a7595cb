"""Providers and sites as pure state machines, and the registrar's sheet."""
