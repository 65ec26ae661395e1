"""Threads that make calls side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Barrier, Event, Lock, current_thread
from typing import Any

import pytest

from runtime.aws.threads import MOST_THREADS, together

PATIENCE_SECONDS = 20
"""Only a test that fails waits for so long."""


def test_calls_are_made_at_the_same_time() -> None:
    meeting = Barrier(MOST_THREADS + 1, timeout=PATIENCE_SECONDS)
    arrived = together(*[meeting.wait] * (MOST_THREADS + 1))
    assert sorted(arrived) == list(range(MOST_THREADS + 1))


def test_the_last_call_and_a_single_one_are_made_in_this_thread() -> None:
    assert together(current_thread) == [current_thread()]
    assert together(current_thread, current_thread)[-1] is current_thread()


def test_calls_that_make_calls_never_wait_for_a_thread_for_ever() -> None:
    """More than there are threads, and each of them at once."""

    def nested(depth: int) -> int:
        if depth == 0:
            return 1
        return sum(together(*[lambda: nested(depth - 1)] * 4))

    began = time.monotonic()
    assert together(*[lambda: nested(3)] * (MOST_THREADS + 4)) == [64] * (MOST_THREADS + 4)
    assert time.monotonic() - began < PATIENCE_SECONDS


class Ending:
    """Calls that end one after the other, and say so."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self._lock = Lock()

    def call(self, ends: Event | None = None, error: BaseException | None = None) -> Callable[[], Any]:
        def call() -> None:
            with self._lock:
                self.begun += 1
            if ends is not None:
                assert ends.wait(PATIENCE_SECONDS)
            time.sleep(0.01)
            with self._lock:
                self.ended += 1
            if error is not None:
                raise error

        return call


@pytest.mark.parametrize("where", ["first", "in the middle", "last"])
def test_everything_has_ended_when_an_error_is_raised(where: str) -> None:
    """Also what no thread had begun when the error came: there are more calls than threads."""
    ending, number = Ending(), MOST_THREADS * 3
    calls = [ending.call() for _ in range(number)]
    calls[{"first": 0, "in the middle": number // 2, "last": -1}[where]] = ending.call(error=KeyError(where))
    with pytest.raises(KeyError, match=where):
        together(*calls)
    assert ending.begun == ending.ended == number


def test_everything_has_ended_when_errors_come_from_here_and_from_threads() -> None:
    ending, number = Ending(), MOST_THREADS * 3
    with pytest.raises(KeyError) as raised:
        together(*(ending.call(error=KeyError(one)) for one in range(number)))
    assert raised.value.args == (0,)
    assert ending.begun == ending.ended == number


def test_what_ends_the_process_is_raised_too_once_the_others_have_ended() -> None:
    class Crash(BaseException):
        pass

    ending, slow = Ending(), Event()
    calls = [ending.call(ends=slow), ending.call(error=Crash()), ending.call()]

    def last() -> None:
        slow.set()

    with pytest.raises(Crash):
        together(*calls, last)
    assert ending.ended == 3
