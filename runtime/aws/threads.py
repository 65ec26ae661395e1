"""Calls side by side, in threads: botocore's clients may be shared between them.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any

MOST_THREADS = 8
"""A look at a resource makes four calls or so, beside three others."""


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=MOST_THREADS, thread_name_prefix="together")


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The answers, in order. Once all have ended, raises what one of them raised, the last one's error first.

    The last call is made in this thread, and so is each that no thread has begun by then: calls that make calls side
    by side themselves never wait for a thread.
    """
    if len(calls) < 2:
        return [call() for call in calls]
    futures = [_pool().submit(call) for call in calls[:-1]]
    answers: list[Any] = [None] * len(calls)
    try:
        answers[-1] = calls[-1]()
    finally:
        for index, future in enumerate(futures):
            if future.cancel():
                answers[index] = calls[index]()
        wait(futures)
    return [
        answers[i] if i == len(futures) or futures[i].cancelled() else futures[i].result() for i in range(len(calls))
    ]
