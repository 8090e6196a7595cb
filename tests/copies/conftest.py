"""What every station that is to be lost needs."""

from tests.chaos.conftest import folder

__all__ = ["folder"]
