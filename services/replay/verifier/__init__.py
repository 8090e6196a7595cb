"""`verify.py`, which lies in every export: one file that checks it and needs nothing but Python."""

from __future__ import annotations

from importlib.resources import files

NAME = "verify.py"


def source() -> bytes:
    """The file as it goes into an export."""
    return files(__name__).joinpath(NAME).read_bytes()
