"""The registry: providers with their filings, sites with their account lines, and what the router is told."""
