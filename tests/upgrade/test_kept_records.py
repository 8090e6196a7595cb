"""What earlier versions recorded is read by this one, and people see of it what they saw."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from services.alarm_router.bootstrap import code_version
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import decode_decision
from services.contracts.envelope import Event
from services.eventsourcing.partition import Partition
from services.eventsourcing.shadow import Difference, Shadow
from services.law.shelf import shipped
from tests.upgrade import kept_record
from tests.upgrade.kept_record import KEPT, Kept

RELEASES = sorted(KEPT.iterdir())
# What the model's people and programs do not come to; the golden files have one of each.
NOT_SAID = {
    "alarm.resumed.v1",
    "command.refused.v1",  # younger than the record that is kept
    "deadline.failed.v1",
    "escalation.duplicate_named.v1",
    "escalation.reported_by_phone.v1",
    "escalation.returned.v1",
    "escalation.supplemented.v1",
    "escalation.transferred.v1",
    "log.decided_otherwise.v1",
    "log.generation_begun.v1",
    "log.mended.v1",
    "log.resumed.v1",
    "log.state_carried.v1",
    "receiver.trouble_noted.v1",
    "signal.restore_passed_back.v1",
    "signal.restores_awaited.v1",
    "signal.restores_owed.v1",
}


@pytest.fixture(params=RELEASES, ids=[folder.name for folder in RELEASES])
def kept(request: pytest.FixtureRequest) -> Kept:
    folder: Path = request.param
    return kept_record.read(folder)


def test_people_see_what_they_saw(kept: Kept) -> None:
    assert kept_record.seen(kept.events) == kept.seen


def test_every_record_can_be_decided_again(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """Where this version decides otherwise it says so; decisions of its own it repeats."""
    law = shipped()
    folded: Partition[State] = Partition(AlarmRouter(law), 0, code_version(law))
    shadow = Shadow(folded, 0)
    found: list[Difference] = []
    for record in kept.events:
        wanted = shadow.wanted(record)
        found += shadow.take(record, kept.inbox[wanted.start : wanted.stop])
    with capsys.disabled():
        code = decode_decision(kept.events[-1].value).code
        print(f"\n{len(found)} of {len(kept.events)} decisions of {code} would be others now")
    assert folded.chain.offset == len(kept.events)
    assert not [one for one in found if one.code == folded.code]


def test_what_is_kept_says_all_but_these() -> None:
    said = {tag for folder in RELEASES for tag in kept_record.said(kept_record.read(folder).events)}
    known = {str(event.__struct_config__.tag) for event in get_args(Event)}
    assert known - said == NOT_SAID


def test_what_a_release_wrote_is_never_written_again() -> None:
    with pytest.raises(FileExistsError):
        kept_record.write(RELEASES[0])
