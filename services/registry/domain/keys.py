"""Ids are derived from the registrar's keys, so that one file imported twice names the same things."""

from __future__ import annotations

from uuid import UUID, uuid5

_PROVIDERS = UUID("0f6f3c0b-7f0a-5d2e-8f55-2f4d8a0c6b11")
_SITES = UUID("c2d9a3de-3f5c-5b0e-9a4e-61f7f0b3d722")


def provider_id(key: str) -> str:
    """The id of the provider that the registrar calls `key`."""
    return str(uuid5(_PROVIDERS, key))


def site_id(key: str) -> str:
    """The id of the site that the registrar calls `key`."""
    return str(uuid5(_SITES, key))


def provider_stream(provider: str) -> str:
    """Where a provider's events lie."""
    return f"provider/{provider}"


def site_stream(site: str) -> str:
    """Where a site's events lie."""
    return f"site/{site}"


def bureau_stream(bureau: str) -> str:
    """Where a bureau's events lie."""
    return f"bureau/{bureau}"
