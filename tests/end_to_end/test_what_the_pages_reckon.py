"""The pages' own tests, on the modules that were fetched to build them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from services.station.adapters.embedded_node import find_node

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Product

PAGES = Path(__file__).parents[2] / "frontend"


def test_what_the_pages_reckon_is_as_their_own_tests_say(product: Product) -> None:
    assert product.web, "whose pages are built"
    node = find_node()
    done = subprocess.run(
        [*node.npm, "test"],
        cwd=PAGES,
        env={**os.environ, "PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
