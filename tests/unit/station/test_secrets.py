"""Tokens by which machines prove themselves, when a disk lost what was in their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.ingest.bootstrap import signal_token
from services.police_link.bootstrap import link_token
from services.runtime.settings import Settings
from services.station.adapters.secret_files import ensure_secrets


def test_an_empty_token_is_none_and_made_anew(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    ensure_secrets(settings)
    for file, read in ((settings.signal_token_file, signal_token), (settings.link_token_file, link_token)):
        file.write_text("")
        with pytest.raises(ValueError, match="is empty"):
            read(settings)
    ensure_secrets(settings)
    assert signal_token(settings) != link_token(settings) != ""
