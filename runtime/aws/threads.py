"""Calls in parallel, in threads, which can share botocore's clients.

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
    """The answers, in order. After all have ended, raises the error of the first that failed.

    This thread makes the last call, and each call that no thread has started by then: nested parallel calls never wait
    for a thread.
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
