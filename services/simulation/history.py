"""What the record has had people see, place by place: against it a screen is judged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

from services.contracts.envelope import Decision
from services.contracts.views import AlarmChanged, AlarmView, EscalationChanged, EscalationView
from services.desk.domain.feed_board import RECENT_US, Sight
from services.picture.alarm_view import Views, changes
from services.picture.escalation_view import Report
from services.picture.names import Reading
from services.simulation.picture import Picture

T = TypeVar("T")
V = TypeVar("V", AlarmView, EscalationView)
CLOCKS_DIFFER_US = 10_000_000
_NOBODY_KNOWS = Reading({}, {})


def bare(view: V) -> V:
    """Without what is joined when it is shown: names, which the record does not have, and notes in clear."""
    shown = _NOBODY_KNOWS.show(view, notes=False)
    return msgspec.structs.replace(shown, site_name="", lon=None, lat=None, provider_name="")


class Versions(Generic[T]):
    """One alarm or report: what it was, from which place on. `gone_at`: where it was archived."""

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self._views: list[T] = []
        self.gone_at: int | None = None

    def add(self, offset: int, view: T) -> None:
        """It changed."""
        self._offsets.append(offset)
        self._views.append(view)

    def at(self, offset: int) -> T | None:
        """What it was at this place, archived or not."""
        index = bisect_right(self._offsets, offset) - 1
        return self._views[index] if index >= 0 else None

    def held_at(self, offset: int) -> T | None:
        """The same, while it was not archived."""
        return None if self.gone_at is not None and offset >= self.gone_at else self.at(offset)


class History:
    """Of one partition's record, as long as nothing of it is lost."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self.views = Views(alarms={}, reports={})
        self.alarms: dict[str, Versions[AlarmView]] = {}
        self.reports: dict[str, Versions[Report]] = {}

    def take(self, offset: int, decision: Decision) -> None:
        """A decision that counts."""
        changed = changes(self.views, self._partition, offset, decision)
        for name in changed.archived:
            self._end(name, offset)
        self.views.take(changed)
        for alarm in changed.alarms.values():
            self.alarms.setdefault(alarm.id, Versions()).add(offset, bare(alarm))
        for report in changed.reports.values():
            shown = Report(bare(report.view), report.provider)
            self.reports.setdefault(report.view.id, Versions()).add(offset, shown)

    def differs(self, picture: Picture, sight: Sight, at: int) -> str:
        """What a picture that stands at a place of this partition shows and should not, or the other way round."""
        offset = picture.positions[self._partition].offset
        alarms = {name: bare(one) for name, one in picture.alarms.items() if one.partition == self._partition}
        reports = {name: bare(one) for name, one in picture.escalations.items() if name in self.reports}
        return "; ".join((*self._alarms(alarms, sight, offset), *self._reports(reports, sight, offset, at)))

    def rows_differ(self, rows: Views, alarms: Iterable[str], offset: int) -> Iterator[str]:
        """What read models that are written up to a place say of these alarms, and the record did not say there."""
        for name in alarms:
            row, versions = rows.alarms.get(name), self.alarms.get(name)
            held = None if versions is None else versions.held_at(offset)
            if (None if row is None else bare(row)) != held:
                yield f"alarm {name} is written as it is not at {offset}: {row}, {held}"
            if held is not None and held.escalation is not None:
                told = rows.reports.get(held.escalation)
                report = self.reports[held.escalation].held_at(offset)
                if told is None or Report(bare(told.view), told.provider) != report:
                    yield f"report {held.escalation} is written as it is not at {offset}: {told}, {report}"

    def _alarms(self, shown: dict[str, AlarmView], sight: Sight, offset: int) -> Iterator[str]:
        for name, versions in self.alarms.items():
            held = versions.held_at(offset)
            if held is not None and held.state == "open" and sight.alarms.holds(held) and name not in shown:
                yield f"alarm {name} is open at {offset} and is not shown"
        for name, view in shown.items():
            versions = self.alarms.get(name) or Versions()
            if view != versions.at(offset) or not sight.alarms.holds(view):
                yield f"alarm {name} is shown as it is not at {offset}: {view}, {versions.at(offset)}"

    def _reports(self, shown: dict[str, EscalationView], sight: Sight, offset: int, at: int) -> Iterator[str]:
        """One that is final may have left the screen after a day."""
        for name, versions in self.reports.items():
            held = versions.held_at(offset)
            if held is None or not sight.escalations.holds(held) or name in shown:
                continue
            if held.view.state != "final" or held.view.escalated_at > at - RECENT_US + CLOCKS_DIFFER_US:
                yield f"report {name} is held at {offset} and is not shown"
        for name, view in shown.items():
            was = self.reports[name].at(offset)
            if was is None or was.view != view or not sight.escalations.holds(was):
                yield f"report {name} is shown as it is not at {offset}: {view}, {was}"

    def _end(self, alarm: str, offset: int) -> None:
        gone = self.views.alarms.get(alarm)
        if gone is not None:
            self.alarms[alarm].gone_at = offset
            if gone.escalation in self.reports:
                self.reports[gone.escalation].gone_at = offset


class Chronicle:
    """Of one partition: its history, and those that ended when the power failed and of which somebody may still know."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._all = [History(partition)]

    @property
    def newest(self) -> History:
        """What the record says now."""
        return self._all[-1]

    def begin_again(self) -> None:
        """Something of the record is lost; what is left is taken anew."""
        self._all.append(History(self._partition))

    def differs(self, picture: Picture, sight: Sight, at: int) -> str:
        """What a picture shows that the record never had at its place; "" if it had it. `at`: the feed's time."""
        return self._never(lambda history: history.differs(picture, sight, at))

    def rows_differ(self, rows: Views, alarms: Sequence[str], offset: int) -> str:
        """What read models say that the record never had at this place; "" if it had it."""
        return self._never(lambda history: "; ".join(history.rows_differ(rows, alarms, offset)))

    def _never(self, differs: Callable[[History], str]) -> str:
        """In what it differs from the newest, "" where one of them had it so."""
        first = ""
        for history in reversed(self._all):
            found = differs(history)
            if not found:
                return ""
            first = first or found
        return first

    def had(self, frame: AlarmChanged | EscalationChanged) -> bool:
        """Whether the record ever had at the frame's place what it says.

        A feed that has just begun says again what changed where it stands, and the report with its alarm.
        """
        if isinstance(frame, AlarmChanged):
            view = bare(frame.alarm)
            became = (history.alarms.get(view.id) for history in self._all)
            return view.offset == frame.offset and any(
                one is not None and one.at(frame.offset) == view for one in became
            )
        shown = bare(frame.escalation)
        told = (history.reports.get(shown.id) for history in self._all)
        reports = (one.at(frame.offset) for one in told if one is not None)
        return any(one is not None and one.view == shown for one in reports)

    def knows(self, report: str) -> bool:
        """Whether it ever was one of this partition."""
        return any(report in history.reports for history in self._all)
