"""Rules of the contracts that a review would otherwise repeat."""

import inspect
import re

import msgspec
import pytest

from services.contracts import alarm, commands, directory, envelope, guard, registry, signals, suggestion
from services.contracts.stored import Stored

MODULES = (alarm, commands, directory, envelope, guard, registry, signals, suggestion)
STRUCTS = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Stored) and value is not Stored
    },
    key=lambda struct: struct.__qualname__,
)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__qualname__)
def test_a_contract_is_frozen_closed_and_says_its_fields_by_name(struct: type[msgspec.Struct]) -> None:
    config = struct.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    assert not config.gc
    with pytest.raises(TypeError, match="argument"):
        struct("positional")


def test_tags_are_words_with_a_version_and_no_two_are_the_same() -> None:
    tags = [struct.__struct_config__.tag for struct in STRUCTS if struct.__struct_config__.tag]
    answers = {"accepted", "already", "refused"}
    assert len(tags) == len(set(tags))
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*\.v\d+", str(tag)) for tag in tags if tag not in answers)
