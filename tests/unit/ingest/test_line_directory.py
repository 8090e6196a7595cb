"""Whose line an account is."""

from services.contracts.directory import LineAssigned, LineReleased
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory


def directory(*lines: tuple[str, str, str]) -> MemoryLineDirectory:
    book = MemoryLineDirectory()
    for position, (space, account, site) in enumerate(lines, 1):
        book.assign(LineAssigned(position=position, account_space=space, account=account, site=site))
    return book


def test_the_receivers_own_space_is_asked_first() -> None:
    assert directory(("a", "1234", "bank"), ("b", "1234", "shop")).site_of("b", "1234") == "shop"


def test_an_account_that_only_one_other_space_knows_is_that_ones() -> None:
    assert directory(("a", "1234", "bank")).site_of("default", "1234") == "bank"


def test_an_account_that_two_other_spaces_know_is_nobodys() -> None:
    assert directory(("a", "1234", "bank"), ("b", "1234", "shop")).site_of("default", "1234") is None


def test_a_line_that_was_dropped_is_nobodys() -> None:
    book = directory(("a", "1234", "bank"))
    book.forget("a/1234")
    assert book.site_of("a", "1234") is None


def test_a_released_line_is_nobodys_and_what_was_said_before_does_not_bring_it_back() -> None:
    book = directory(("a", "1234", "bank"))
    book.note(LineReleased(position=2, account_space="a", account="1234"))
    assert book.site_of("a", "1234") is None
    book.note(LineAssigned(position=1, account_space="a", account="1234", site="bank"))
    assert book.site_of("a", "1234") is None
    book.note(LineAssigned(position=3, account_space="a", account="1234", site="shop"))
    assert book.site_of("a", "1234") == "shop"


def test_a_release_that_is_older_than_the_assignment_does_nothing() -> None:
    book = MemoryLineDirectory()
    book.note(LineAssigned(position=3, account_space="a", account="1234", site="shop"))
    book.note(LineReleased(position=2, account_space="a", account="1234"))
    assert book.site_of("a", "1234") == "shop"
