"""The emulator's side of ``local.stand_in``. Loaded into its own process only."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, router

from local.stand_in import ANSWER, PATH, QUESTIONS, StandIn

_named: list[StandIn] = []
"""The one that was named, if there is one."""


def accept_stand_ins() -> None:
    """Patch ministack, in this process, where it has read a call and not yet chosen a service."""
    handle = app._handle_post_body_shortcuts

    async def handle_or_hand_on(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any], *rest: Any
    ) -> Any:
        if path == PATH:
            _named[:] = [StandIn(**json.loads(body))] if method == "PUT" else []
            return 204, {}, b""
        for stand_in in _named:
            if iam_evaluator.request_caller_arn(headers, query).startswith(stand_in.callers):
                access_key, region = router.extract_access_key_id(headers, query), router.extract_region(headers, query)
                answer = await asyncio.to_thread(_answer, stand_in, _call(method, headers, body), access_key, region)
                if answer is not None:
                    return answer
        return await handle(method, path, headers, body, query, *rest)

    app._handle_post_body_shortcuts = handle_or_hand_on


def _call(method: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    signed = iam_evaluator._signed_request.get()  # as it came: its path is not decoded
    return {
        "method": method,
        "path": signed.raw_path,
        "query": signed.query_params,
        "headers": dict(headers),
        "body": b64encode(body).decode(),
    }


def _answer(
    stand_in: StandIn, call: Mapping[str, Any], access_key: str, region: str
) -> tuple[int, dict[str, str], bytes] | None:
    questions = _ask(stand_in.url + QUESTIONS, call)
    if questions is None:
        return None
    denied = next((it["action"] for it in questions if _denies(access_key, region, it)), None)
    answer = _ask(stand_in.url + ANSWER, {**call, "denied": denied})
    return answer["status"], answer["headers"], b64decode(answer["body"])


def _ask(url: str, question: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(url, data=json.dumps(question).encode(), method="POST")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


def _denies(access_key: str, region: str, question: Mapping[str, Any]) -> bool:
    """Checks the call's signature too."""
    denied = iam_evaluator.enforce(
        access_key,
        question["action"],
        question["action"].partition(":")[0],
        region,
        resource_arn=question["resource"],
        service_context=question["keys"],
    )
    return denied is not None
