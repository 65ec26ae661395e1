"""A server that answers calls in place of the emulator: how it is named to the emulator, and what it is asked.

The emulator lacks services, and answers some calls other than AWS does. A test that has better answers starts a server
for them, and names it with ``PUT`` to ``PATH`` and a ``StandIn`` as JSON, until a ``DELETE``. For each call of a caller
that it stands in for, the emulator checks the signature, asks for the ``QUESTIONS`` that IAM is to decide, decides
them, and hands on the server's ``ANSWER``. A call that the server does not know stays the emulator's.
"""

from __future__ import annotations

from dataclasses import dataclass

PATH = "/_suture/stand-in"

QUESTIONS = "/questions"
"""Asked with ``POST`` and a call. The answer is a list of actions, each with its resource and condition keys, or
``null`` if the server does not know the call."""

ANSWER = "/answer"
"""Asked with ``POST``, the call, and the action that IAM denied, if it did. The answer is an HTTP answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """The server at ``url`` stands in for callers whose ARN begins with ``callers``."""

    url: str
    callers: str
