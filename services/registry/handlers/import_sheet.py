"""Import a sheet: decide every row against what is stored, then append all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec

from services.contracts.directory import Filing, Line
from services.contracts.registry import RegistryEvent, SiteDetails
from services.eventsourcing.decider import Decider
from services.eventsourcing.event_store import Append, AppendRefused, Conflict, EventStore, StoredEvent
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.keys import provider_id, provider_stream, site_id, site_stream
from services.registry.domain.sheet import Fault, Row, Sheet
from services.registry.handlers.stored_form import PROVIDER_EVENT, SITE_EVENT, new_event
from services.registry.ports import LineBook

MAX_LINES = 256  # of one site: its whole entry travels in one decision of at most 256 KB
_ATTEMPTS = 3
_STEP = 5_000

Progress: TypeAlias = Callable[[str, int, int], None]
S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E", bound=RegistryEvent)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was, or with `dry_run` would be, appended. `position`: the last of the store, 0 if nothing was."""

    rows: int = 0
    encoding: str = ""
    dry_run: bool = False
    events: dict[str, int] = msgspec.field(default_factory=dict)
    position: int = 0
    faults: tuple[Fault, ...] = ()


class Wanted(msgspec.Struct):
    """The sheet by aggregate, with the line that said each thing first."""

    providers: dict[str, dict[str, tuple[Filing, int]]]
    sites: dict[str, tuple[SiteDetails, int]]
    lines: dict[Line, tuple[str, int]]
    supervised: dict[Line, tuple[Line, int]]
    faults: list[Fault]


class ImportSheet:
    """The use case. `by` names who imports; `progress(phase, done, total)` is told about long files."""

    def __init__(self, store: EventStore, lines: LineBook, progress: Progress = lambda *_: None) -> None:
        self._store = store
        self._lines = lines
        self._progress = progress

    async def run(self, sheet: Sheet, *, by: str, now_us: int, dry_run: bool) -> Report:
        """Import, or say why not. Raises `Retry` when the store is away or others keep being faster.

        Raises `AppendRefused` where it collides with something that is no line.
        """
        wanted = gather(sheet.rows)
        for attempt in range(_ATTEMPTS):
            faults = [*sheet.faults, *wanted.faults, *await self._taken(wanted)]
            report = Report(rows=len(sheet.rows), encoding=sheet.encoding, dry_run=dry_run)
            if faults:
                ordered = sorted(faults, key=lambda fault: fault.line)
                return msgspec.structs.replace(report, faults=tuple(ordered))
            appends = await self._decide(wanted, by, now_us)
            try:
                position = await self._append(appends, dry_run=dry_run)
            except (Conflict, AppendRefused):  # looked at again, a line that is taken is a fault of its row
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            return msgspec.structs.replace(report, events=_counted(appends), position=position)
        raise AssertionError  # the loop returns or raises

    async def _append(self, appends: Sequence[Append], *, dry_run: bool) -> int:
        if dry_run or not appends:
            return 0
        total = sum(len(append.events) for append in appends)
        self._progress("append", 0, total)
        position = await self._store.append_all(appends)
        self._progress("append", total, total)
        return position

    async def _taken(self, wanted: Wanted) -> list[Fault]:
        known = await self._lines.sites_of(wanted.lines)
        return [
            Fault(number, "account", "line.taken", {"line": _named(line), "site": known[line][1]})
            for line, (site, number) in wanted.lines.items()
            if line in known and known[line][0] != site_id(site)
        ]

    async def _decide(self, wanted: Wanted, by: str, now_us: int) -> list[Append]:
        """Providers first: a site's entry names a provider that is known already."""
        appends = await self._decide_all(p.PROVIDER, _provider_commands(wanted, now_us), PROVIDER_EVENT, by)
        return appends + await self._decide_all(s.SITE, _site_commands(wanted, now_us), SITE_EVENT, by)

    async def _decide_all(
        self,
        decider: Decider[S, C, E],
        commands: dict[str, list[C]],
        decoder: msgspec.json.Decoder[E],
        by: str,
    ) -> list[Append]:
        decide = _Deciding(decider, decoder, by)
        streams = list(commands)
        appends: list[Append] = []
        for start in range(0, len(streams), _STEP):
            chunk = streams[start : start + _STEP]
            stored = await self._store.read_streams(chunk)
            appends += [decide.append(name, stored.get(name, []), commands[name]) for name in chunk]
            self._progress("check", start + len(chunk), len(streams))
        return [append for append in appends if append.events]


def gather(rows: Iterable[Row]) -> Wanted:
    """Rows by what they speak of; rows that contradict each other become faults."""
    wanted = Wanted({}, {}, {}, {}, [])
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        _gather_provider(wanted, row)
        details, first = wanted.sites.setdefault(row.site, (row.details, row.number))
        if details != row.details:
            wanted.faults.append(Fault(row.number, "site", "site.differs", {"other": str(first)}))
        if row.line is not None:
            _gather_line(wanted, row, row.line, count)
    return wanted


def _gather_provider(wanted: Wanted, row: Row) -> None:
    filings = wanted.providers.setdefault(row.provider, {})
    if row.filing is None:
        return
    filing, first = filings.setdefault(row.filing.authority, (row.filing, row.number))
    if filing != row.filing:
        wanted.faults.append(Fault(row.number, "filing_state", "filing.differs", {"other": str(first)}))


def _gather_line(wanted: Wanted, row: Row, line: Line, count: dict[str, int]) -> None:
    site, first = wanted.lines.setdefault(line, (row.site, row.number))
    if site != row.site:
        params = {"line": _named(line), "other": str(first), "site": site}
        wanted.faults.append(Fault(row.number, "account", "line.taken_in_file", params))
    if row.supervised is not None:
        supervised, first = wanted.supervised.setdefault(line, (row.supervised, row.number))
        if supervised != row.supervised:
            wanted.faults.append(Fault(row.number, "interval_s", "line.differs", {"other": str(first)}))
    count[row.site] += 1
    if count[row.site] == MAX_LINES + 1:
        wanted.faults.append(Fault(row.number, "site", "site.too_many_lines", {"most": str(MAX_LINES)}))


def _named(line: Line) -> str:
    return f"{line.account_space}/{line.account}"


def _provider_commands(wanted: Wanted, now_us: int) -> dict[str, list[p.Command]]:
    commands: dict[str, list[p.Command]] = {}
    for key, filings in wanted.providers.items():
        known = p.Register(id=provider_id(key), key=key, name=key, now_us=now_us)
        set_ = [p.SetFiling(filing=filing, now_us=now_us) for filing, _ in filings.values()]
        commands[provider_stream(known.id)] = [known, *set_]
    return commands


def _site_commands(wanted: Wanted, now_us: int) -> dict[str, list[s.Command]]:
    commands: dict[str, list[s.Command]] = {}
    for key, (details, _) in wanted.sites.items():
        known = site_id(key)
        commands[site_stream(known)] = [s.Enter(id=known, key=key, details=details, now_us=now_us)]
    for line, (key, _) in wanted.lines.items():
        its = commands[site_stream(site_id(key))]
        its.append(s.AssignLine(line=line, now_us=now_us))
        if line in wanted.supervised:
            its.append(s.Supervise(line=wanted.supervised[line][0], now_us=now_us))
    return commands


class _Deciding(Generic[S, C, E]):
    """One kind of aggregate: stored events and commands in, what is to be appended out."""

    def __init__(self, decider: Decider[S, C, E], decoder: msgspec.json.Decoder[E], by: str) -> None:
        self._decider, self._decoder, self._by = decider, decoder, by

    def append(self, stream: str, stored: Sequence[StoredEvent], commands: Sequence[C]) -> Append:
        state = self._decider.fold(self._decoder.decode(event.body) for event in stored)
        said: list[E] = []
        for command in commands:
            _, events = self._decider.decide(state, command)
            state = self._decider.fold(events, state)
            said += events
        return Append(stream, len(stored), tuple(new_event(event, self._by) for event in said))


def _counted(appends: Iterable[Append]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for append in appends:
        for event in append.events:
            counts[event.type] += 1
    return dict(sorted(counts.items()))
