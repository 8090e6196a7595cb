"""Who may not even begin to mend."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from services.alarm_router.handlers.mending import Mended, Passed
from services.station.bootstrap import app
from services.station.errors import Misused
from services.station.mend import tell

REASON, TWO = "--reason=newer", ("--by=admin", "--by=zhao")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["3", REASON, "--by=admin", "--by=Admin "], "two different persons"),
        (["3", REASON, "--by=admin"], "two different persons"),
        (["3", REASON, *TWO, "--by=li"], "two different persons"),
        (["3", "--reason= ", *TWO], "--reason says why"),
        (["3", "--reason=" + "x" * 501, *TWO], "--reason says why"),
    ],
)
def test_two_different_persons_mend_with_a_reason(arguments: list[str], why: str) -> None:
    done = CliRunner().invoke(app, ["mend", *arguments])
    assert isinstance(done.exception, Misused)
    assert why in str(done.exception)


@pytest.mark.parametrize("arguments", [["12", REASON, *TWO], ["3", *TWO], ["3", REASON], ["x", REASON, *TWO]])
def test_what_is_left_out_or_out_of_range_is_misuse(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["mend", *arguments]).exit_code == 2


def test_a_strangers_words_do_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    passed = Passed(offset=7, hash="ab", tag="\x1b[2J", about="site\n", is_directory_change=True)
    tell(Mended(partition=3, lies_at=9, passed=(passed,)))
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "inbox 7, ?[2J, ab, about site?" in said
    assert "say-again site?" in said
