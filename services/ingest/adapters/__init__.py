"""Shells around the domain, each named by its driver."""
