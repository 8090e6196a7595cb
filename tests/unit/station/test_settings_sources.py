"""What is typed wins over the environment, that over the file, and no key passes unknown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.runtime.settings import Address, Settings, read_settings
from services.runtime.settings_file import WrongSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "jiejing.toml") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_the_file_in_the_data_folder_counts(tmp_path: Path, write: Write) -> None:
    write('web = "0.0.0.0:9000"\nfeed = 9001\nrouter_partitions = [1, 2]\nlog_level = "DEBUG"\n')
    found = read_settings(data_dir=tmp_path)
    assert found.web == Address("0.0.0.0", 9000)
    assert found.feed == Address("127.0.0.1", 9001)
    assert found.router_partitions == (1, 2)
    assert found.log_level == "debug"


def test_a_variable_wins_over_the_file_and_what_is_typed_over_both(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('web = ":1"\nfeed = ":1"\nsignals = ":1"\n')
    monkeypatch.setenv("JIEJING_FEED", ":2")
    monkeypatch.setenv("JIEJING_SIGNALS", ":2")
    found = read_settings(data_dir=tmp_path, signals=":3")
    assert [found.web.port, found.feed.port, found.signals.port] == [1, 2, 3]


def test_a_named_file_counts_instead_and_may_name_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jiejing.toml").write_text('account_space = "in the folder"')
    named = tmp_path / "named.toml"
    named.write_text(f'account_space = "named"\ndata_dir = "{tmp_path}"')
    assert read_settings(config=named).account_space == "named"
    monkeypatch.setenv("JIEJING_CONFIG", str(named))
    assert read_settings().data_dir == tmp_path


def test_paths_are_made_absolute_since_children_run_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_settings(data_dir="here", jar_cache="jars")
    assert (found.data_dir, found.jar_cache) == (tmp_path / "here", tmp_path / "jars")


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_one(tmp_path: Path, write: Write) -> None:
    file = write('singals = ":1"')
    with pytest.raises(WrongSetting, match=f"unknown setting singals in {file}: did you mean signals"):
        read_settings(data_dir=tmp_path)


def test_an_unknown_variable_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEJING_POSTGERS", "x")
    with pytest.raises(
        WrongSetting, match="JIEJING_POSTGERS in the environment: did you mean JIEJING_POSTGRES"
    ):
        read_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("web = ", "is not TOML"),
        ('web = "nope"', "web: 'nope' is not HOST:PORT"),
        ("web = true", "web: "),
        ("[web]\nport = 1", "web.host: Field required"),
        ('log_level = "loud"', "log_level: .*'info'"),
        ('config = "other.toml"', "unknown setting config"),
        ('data_dir = "x"', "data_dir cannot stand in .* use --config"),
    ],
)
def test_what_cannot_be_followed_is_said_in_one_sentence(
    tmp_path: Path, write: Write, text: str, said: str
) -> None:
    write(text)
    with pytest.raises(WrongSetting, match=said):
        read_settings(data_dir=tmp_path)


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"cannot read .*nowhere\.toml: No such file"):
        read_settings(config=tmp_path / "nowhere.toml")


def test_a_child_is_told_everything_and_reads_no_file(tmp_path: Path, write: Write) -> None:
    told = read_settings(config=write('web = ":5"'), data_dir=tmp_path).environment()
    assert told["JIEJING_WEB"] == "127.0.0.1:5"
    assert "JIEJING_CONFIG" not in told


def test_every_setting_is_told_of() -> None:
    text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    told = {word for row in rows for word in row.split("`")[1::2]}
    not_told = {"config", "partitions"}  # how the file is found; what is as it began for ever
    assert Settings.model_fields.keys() - told == not_told


def test_the_files_in_the_documentation_can_be_read_and_told_to_a_child(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    shown = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    found = read_settings(config=write("\n".join(shown)), data_dir=tmp_path)
    assert found.web == Address("127.0.0.1", 8090)
    assert found.police_endpoints == {"350102000000": "https://police.example/notices"}
    for key, value in found.environment().items():
        monkeypatch.setenv(key, value)
    assert read_settings().police_endpoints == found.police_endpoints
