"""The built screens: the shell and its assets, without a word of data, so strangers may load them to log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.responses import Response

# Vite names assets by their content, so they never change.
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def page_headers(feed_port: int, host: str) -> Mapping[str, str]:
    """Headers of every answer. Only our own scripts run, and only our feed is talked to.

    `host`: the name by which the browser reached us, without a port.
    """
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            f"connect-src 'self' ws://{host}:{feed_port} wss://{host}:{feed_port}; worker-src 'self' blob:; "
            "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    }


class StaticPages:
    """Files of one folder; every other path is the shell, which knows its own routes."""

    def __init__(self, folder: Path) -> None:
        """`folder`: what the web build left; read for each request, so a new build needs no restart."""
        self._folder = folder.resolve()

    def answer(self, path: str) -> Response:
        """The file at this path, or the shell."""
        wanted = self._found(path)
        if wanted is not None:
            cached = FOR_EVER if wanted.is_relative_to(self._folder / "assets") else ASK_AGAIN
            return FileResponse(wanted, headers={"Cache-Control": cached})
        shell = self._folder / "index.html"
        if path.startswith("/assets/") or not shell.is_file():
            return PlainTextResponse("not found\n", 404, headers={"Cache-Control": ASK_AGAIN})
        return FileResponse(shell, headers={"Cache-Control": ASK_AGAIN})

    def _found(self, path: str) -> Path | None:
        """The file inside the folder; None also for a name that no file can have."""
        try:
            wanted = (self._folder / path.lstrip("/")).resolve()
            fits = path.strip("/") and wanted.is_relative_to(self._folder) and wanted.is_file()
        except (ValueError, OSError):
            return None
        return wanted if fits else None
