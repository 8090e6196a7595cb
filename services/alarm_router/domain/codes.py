"""What a code means: its class, its priority, or why it is only logged (SIA DC-05 and DC-03 code tables).

Priorities: 1 life and hold-up, 2 intrusion and fire-like duties with people under way, 3 attacks on the system
itself and security troubles, 4 the rest. A code that no table knows is surfaced as `unknown_code`, never dropped.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.alarm import AlarmClass
from services.contracts.interruption import FactClass
from services.contracts.signals import Qualifier

Logged: TypeAlias = Literal["arm_disarm", "test", "service", "restore", "status"]
PRIORITY: dict[AlarmClass, int] = {
    "duress": 1,
    "panic": 1,
    "fire": 1,
    "medical": 1,
    "system": 1,
    "burglary": 2,
    "tamper": 3,
    "shutdown": 3,
    "programming": 3,
    "bypass": 3,
    "wrong_code": 3,
    "malformed": 3,
    "unknown_code": 3,
    "raw": 2,
    "power": 4,
    "comms": 4,
    "trouble": 4,
}
# Signals of one family within one happening are one alarm; a class that is not named here is its own family.
FAMILY: dict[AlarmClass, str] = {
    "burglary": "intrusion",
    "tamper": "intrusion",
    "panic": "hold_up",
    "duress": "hold_up",
    "power": "technical",
    "comms": "technical",
    "trouble": "technical",
}


def _span(first: int, last: int, kind: AlarmClass) -> dict[str, AlarmClass]:
    return {str(code): kind for code in range(first, last + 1)}


def _each(codes: str, kind: AlarmClass) -> dict[str, AlarmClass]:
    return dict.fromkeys(codes.split(), kind)


# Contact ID (SIA DC-05). Later entries override the spans before them.
_CONTACT_ID: dict[str, AlarmClass] = {
    **_span(100, 103, "medical"),
    **_span(110, 118, "fire"),
    **_each("120 122 123 124 125 126 129", "panic"),
    **_each("121", "duress"),
    **_span(130, 142, "burglary"),
    **_each("146", "burglary"),
    **_each("137 144 145 316 317 341 383", "tamper"),
    **_each("143", "comms"),
    **_each("461", "wrong_code"),
    **_each("301 302 309 311 312 314 337 338 342 384 926", "power"),
    **_each("305 622 623 624 626", "trouble"),
    **_span(350, 358, "comms"),
    **_each("333 334 381 382 344 551 552 553 345 796 798 954 961", "comms"),
    **_each("308 414 415", "shutdown"),
    **_span(570, 579, "bypass"),
    **_span(501, 532, "bypass"),
    **_each("306 313 621 625 627 628 630 631 632 655 412 901 903", "programming"),
    **_each("454", "trouble"),
}
# SIA DC-03.
_SIA: dict[str, AlarmClass] = {
    **_each("BA BV BG BM", "burglary"),
    **_each("HA PA", "panic"),
    **_each("FA", "fire"),
    **_each("MA", "medical"),
    **_each("TA TT ES XS", "tamper"),
    **_each("JA", "wrong_code"),
    **_each("AT YT YM YP", "power"),
    **_each("RR YW JL JO", "trouble"),
    **_each("YC YS NT LT XX XQ XH BZ EM ET", "comms"),
    **_each("BB TB HB", "bypass"),
    **_each("LB LS LX RB RS YG JT JD", "programming"),
}
CLASSES: dict[str, AlarmClass] = {**_CONTACT_ID, **_SIA}

_ARM_DISARM = frozenset(
    [str(code) for code in range(400, 410)]
    + "441 442 444 456 463 451 452 453 455".split()
    + "OP CL OR OQ CQ OA CA CI OI CT OT CJ OJ OK CK BC".split()
)
_TESTS = frozenset(
    "601 602 603 607 608 611 612 613 614 615 913 914 915 916 917 918".split() + "RP RX TX TS TE RY".split()
)
_SERVICE = frozenset("466 393 616 YX YZ".split())
# What a SIA DC-03 restore ends. A Contact ID restore (SIA DC-05) carries the code that it ends.
_RESTORES: dict[str, frozenset[str]] = {
    code: frozenset(ends.split())
    for code, ends in {
        "BR": "BA BV BG BM",
        "BH": "BA BV BG BM",
        "BU": "BB",
        "HR": "HA",
        "HH": "HA",
        "PR": "PA",
        "PH": "PA",
        "FR": "FA",
        "FH": "FA",
        "MR": "MA",
        "MH": "MA",
        "TR": "TA TT",
        "TH": "TA TT",
        "TU": "TB",
        "HU": "HB",
        "EJ": "ES XS",
        "AR": "AT",
        "YR": "YT YM",
        "YQ": "YP",
        "YK": "YC YS",
        "NR": "NT",
        "LR": "LT",
    }.items()
}

# Which classes are facts of an interruption: a proposal, not a text of law. The cause is found later, by people.
FACTS: dict[AlarmClass, FactClass] = {
    "tamper": "tamper",
    "power": "power",
    "comms": "comms",
    "shutdown": "shutdown",
    "bypass": "bypass",
    "programming": "programming",
}
MOMENTARY: frozenset[FactClass] = frozenset(("programming",))  # a program that was changed does not end


def why_logged(code: str, qualifier: Qualifier) -> Logged | None:
    """The reason for which a signal is logged and not surfaced, or None."""
    if code in _ARM_DISARM:
        return "arm_disarm"
    if code in _TESTS:
        return "test"
    if code in _SERVICE:
        return "service"
    if qualifier == "restore" or code in _RESTORES:
        return "restore"
    return "status" if qualifier == "status" and code in CLASSES else None


def class_of(code: str) -> AlarmClass:
    """The class of a code that is surfaced."""
    return CLASSES.get(code, "unknown_code")


def priority_of(kind: AlarmClass, code: str, before: int | None = None) -> int:
    """An alarm's priority with a signal more, never less urgent than `before`; a raw one is as urgent as its code."""
    own = min(PRIORITY[kind], PRIORITY[class_of(code)])
    return own if before is None else min(before, own)


def fact_of(code: str, qualifier: Qualifier) -> FactClass | None:
    """The fact that a signal is, if any. Arming and disarming, tests and restores never are."""
    return None if why_logged(code, qualifier) is not None else FACTS.get(class_of(code))


def ended_by(code: str) -> frozenset[str]:
    """The codes that a restore of `code` ends: those that the table names, else the code itself."""
    return _RESTORES.get(code) or frozenset((code,))
