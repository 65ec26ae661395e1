"""Calls side by side, in threads: botocore's clients may be shared between them.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from typing import Any

MOST_THREADS = 8
"""A look at a resource makes four calls or so, beside three others."""


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=MOST_THREADS, thread_name_prefix="together")


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The answers, in order. Once all have ended, raises what the first of those raised that failed.

    The last call is made in this thread, and so is each that no thread has begun by then: calls that make calls side
    by side themselves never wait for a thread.
    """
    if len(calls) < 2:
        return [call() for call in calls]
    answers: list[Any] = [None] * len(calls)
    futures = [_pool().submit(call) for call in calls[:-1]]

    def collect(index: int) -> None:
        answers[index] = calls[index]() if futures[index].cancel() else futures[index].result()

    with ExitStack() as stack:  # it collects the first at the end, and raises what was raised last
        for index in range(len(futures)):
            stack.callback(collect, index)
        answers[-1] = calls[-1]()
    return answers
