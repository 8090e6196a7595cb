"""`ReportBook` on the desk's and the register's published views."""

from __future__ import annotations

import asyncpg
import msgspec

from services.contracts.views import EscalationView
from services.picture.names import Reading, SiteName
from services.picture.notes import sealed_notes, sealed_of
from services.police_link.ports import ReportsAway
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.sealing import Sealing

_VIEW = msgspec.json.Decoder(EscalationView)
_REPORT = "select view::text as view from desk_api.escalation where id = $1"
_SITE = "select name, lon, lat, provider_name from registry_api.site where id = $1"


class PostgresReportBook:
    """Reads; owns nothing."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool, self._vault = pool, Sealing(pool)

    async def report(self, escalation: str) -> EscalationView | None:
        """See the port."""
        try:
            text = await self._pool.fetchval(_REPORT, escalation)
            return None if text is None else await self._shown(_VIEW.decode(text))
        except POSTGRES_AWAY as error:
            raise ReportsAway(repr(error)) from error

    async def _shown(self, view: EscalationView) -> EscalationView:
        site = await self._pool.fetchrow(_SITE, view.site)
        by_text = {text: sealed_of(text) for text in sealed_notes(view)}
        opened = await self._vault.open(by_text.values())
        notes = {text: opened[sealed] for text, sealed in by_text.items() if sealed in opened}
        return Reading({} if site is None else {view.site: SiteName(*site)}, notes).show(view, notes=True)
