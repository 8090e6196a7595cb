"""The end of what went on at a shell site, which comes to the site that the shell was merged into."""

from __future__ import annotations

from services.contracts.stored import Stored, Whole


class GoesOn(Stored, frozen=True, kw_only=True):
    """What a signal began and none has ended yet. `zone`: without leading zeros, `""` for none (SIA DC-05)."""

    code: str
    zone: str


class RestoresAwaited(Stored, frozen=True, kw_only=True, tag="signal.restores_awaited.v1"):
    """What goes on at a shell that was merged into `site`, where its restores will come from here on.

    `since`: when the shell's newest signal was received, UTC microseconds. Said with the adoption; the newest 256.
    """

    shell: str
    site: str
    since: Whole
    of: tuple[GoesOn, ...]


class RestoresOwed(Stored, frozen=True, kw_only=True, tag="signal.restores_owed.v1"):
    """The site knows by a follow-up for what its shell awaits a restore, and passes back the first of each."""

    shell: str
    site: str
    of: tuple[GoesOn, ...]


class RestorePassedBack(Stored, frozen=True, kw_only=True, tag="signal.restore_passed_back.v1"):
    """A restore that the site recorded ends what goes on at its shell: a follow-up carries it there.

    It is accounted at the site alone. `received_at`: when the site's receiver had it, UTC microseconds.
    """

    shell: str
    site: str
    code: str
    area: str = ""
    zone: str = ""
    received_at: Whole
