"""Which codes name a user and no zone: as the tables of two independent implementations say."""

from __future__ import annotations

from typing import get_args

from pysiaalarm.data.sia_codes import SIA_CODES
from siadc09 import dc03, dc05

from services.contracts.signals import UserCode


def test_a_contact_id_code_names_a_user_where_sia_dc_05_says_so() -> None:
    listed = {code for code, event in dc05.EVENT.items() if event.get("addr") == "User"}
    assert {code for code in get_args(UserCode) if code.isdigit()} == listed


def test_a_dc_03_code_names_a_user_where_both_tables_say_so() -> None:
    listed = {
        code
        for code, event in dc03.EVENT.items()
        if event.get("addr") == "User" and SIA_CODES[code].concerns == "User number"
    }
    assert {code for code in get_args(UserCode) if code.isalpha()} == listed
