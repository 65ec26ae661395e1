"""Text → JSON object, or a sentence that says why there is none."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from runtime.domain.excerpt import excerpt
from runtime.intake.broken import EXPECTED, explain
from runtime.intake.fields import JsonObject, PayloadError, describe

BODY_LIMIT_BYTES = 256 * 1024
"""Bytes in UTF-8: what SNS takes in one message by default.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


class _AmbiguityError(ValueError):
    """JSON that readers interpret in different ways, or that is not standard."""


def parse_document(text: str) -> JsonObject:
    """Read a JSON object. Raises ``PayloadError``, and nothing else, for any other text.

    A duplicate key in one object is refused: its value would depend on the reader.
    """
    if not text.strip():
        raise PayloadError(path="$", found="an empty body", expected=EXPECTED)
    try:
        document = json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise explain(error) from None
    except RecursionError:
        raise PayloadError(path="$", found="JSON nested too deeply", expected=EXPECTED) from None
    except _AmbiguityError as error:
        raise PayloadError(path="$", found=str(error), expected=EXPECTED) from None
    except ValueError:
        # Python refuses to make a number of more than 4,300 digits.
        raise PayloadError(path="$", found="a number of thousands of digits", expected=EXPECTED) from None
    if not isinstance(document, dict):
        raise PayloadError(path="$", found=describe(document), expected=EXPECTED)
    return JsonObject(path="$", members=document)


def check_size(text: str) -> None:
    """Raises ``PayloadError`` for more than ``BODY_LIMIT_BYTES``."""
    size_bytes = len(encode(text))
    if size_bytes > BODY_LIMIT_BYTES:
        raise PayloadError(path="$", found=f"{size_bytes} bytes", expected=f"{BODY_LIMIT_BYTES} at most")


def encode(text: str) -> bytes:
    """The text in UTF-8. Unlike ``str.encode`` it never fails: half of a surrogate pair is encoded like a character."""
    return text.encode("utf-8", "surrogatepass")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise _AmbiguityError(f"the key {excerpt(key)} twice in one object")
        members[key] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _AmbiguityError(f"{name}, which is not a JSON value")
