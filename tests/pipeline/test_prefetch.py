import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from pipeline.prefetch import Prefetch


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_the_items_come_in_order_and_from_another_thread() -> None:
    made_by = set()

    def source() -> Iterator[int]:
        for number in range(100):
            made_by.add(threading.current_thread())
            yield number

    with Prefetch(source(), 2) as items:
        assert list(items) == list(range(100))
    assert threading.current_thread() not in made_by
    assert not workers()


def test_no_more_than_the_depth_is_made_ahead() -> None:
    made = []

    def source() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    with Prefetch(source(), 2) as items:
        taken = iter(items)
        next(taken)
        time.sleep(0.2)
        assert len(made) <= 1 + 2 + 1  # taken, waiting, and in the worker's hand


def test_an_error_is_raised_where_the_items_are_taken() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    got = []
    with pytest.raises(OSError, match="the disk is gone"), Prefetch(source(), 2) as items:
        got.extend(items)
    assert got == [1]
    assert not workers()


def test_leaving_early_closes_the_source_and_ends_the_thread() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    with suppress(KeyError), Prefetch(source(), 1) as items:
        for _ in items:
            raise KeyError("the taker fails")
    assert closed.is_set()
    assert not workers()
