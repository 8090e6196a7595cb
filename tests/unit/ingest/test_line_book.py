"""Counts by line and minute: whole, in the order of their change, and gone when they were read and can change no more."""

from __future__ import annotations

from services.ingest.domain.line_book import MINUTE_US, LineBook

NOON = 720 * MINUTE_US


def lines(book: LineBook, after: int = 0) -> list[tuple[str, int, int, int, dict[str, int]]]:
    return [
        (one.line, one.minute, one.received, one.kept, dict(one.refused)) for one in book.since(after, 10)
    ]


def test_a_line_is_counted_by_minute_and_told_in_whole_counts() -> None:
    book = LineBook()
    book.receive("a", NOON + 1, 2)
    book.keep("a", NOON + 1, 1)
    book.refuse("a", NOON + 1, "not_kept", 1)
    book.receive("a", NOON + MINUTE_US, 1)
    assert lines(book) == [("a", NOON, 2, 1, {"not_kept": 1}), ("a", NOON + MINUTE_US, 1, 0, {})]


def test_only_what_changed_after_a_number_is_told_again() -> None:
    book = LineBook()
    book.receive("a", NOON, 1)
    book.receive("b", NOON, 1)
    newest = book.since(0, 10)[-1].number
    assert lines(book, newest) == []
    book.keep("a", NOON, 1)
    assert lines(book, newest) == [("a", NOON, 1, 1, {})]
    assert [one.line for one in book.since(0, 1)] == ["b"]


def test_what_comes_again_is_counted_where_it_came_first() -> None:
    book = LineBook()
    book.receive("a", NOON, 1)
    book.refuse("a", NOON, "not_kept", 1)
    book.receive("a", NOON + MINUTE_US, 1)
    book.move("a", NOON + MINUTE_US, NOON, 1)
    book.keep("a", NOON, 1)
    assert lines(book) == [("a", NOON + MINUTE_US, 0, 0, {}), ("a", NOON, 2, 1, {"not_kept": 1})]


def test_what_was_read_is_forgotten_once_nothing_can_come_to_it() -> None:
    book = LineBook()
    for line, reason in (("kept", ""), ("refused", "crc"), ("again", "not_kept"), ("in flight", "")):
        book.receive(line, NOON, 1)
        if reason:
            book.refuse(line, NOON, reason, 1)
    book.keep("kept", NOON, 1)
    newest = book.since(0, 10)[-1].number
    book.forget(newest, NOON)
    assert len(book) == 4
    book.forget(newest - 1, NOON + MINUTE_US)
    assert len(book) == 3
    book.forget(newest, NOON + MINUTE_US)
    assert {line for line, *_ in lines(book)} == {"again", "in flight"}


def test_it_is_bounded_and_the_oldest_go_first() -> None:
    book = LineBook(most=3)
    for number in range(5):
        book.receive(str(number), NOON, 1)
    assert [line for line, *_ in lines(book)] == ["2", "3", "4"]
