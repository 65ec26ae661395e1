"""Text → JSON object, or a sentence that says why it is none."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from runtime.intake.fields import JsonObject, PayloadError, describe, excerpt

BODY_LIMIT_BYTES = 256 * 1024
"""Bytes in UTF-8: what SNS takes in one message by default.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

_EXPECTED = "a JSON object"
_QUOTE_HINT = (
    "a JSON object. A quotation mark in the value of a template variable breaks a body, and so does an object, such "
    "as a resource's tags, that the template puts between quotation marks"
)
_TEMPLATE_HINT = "a JSON object. The text holds '{{': Wiz may not have filled in the template's variables"


class _AmbiguityError(ValueError):
    """JSON that readers understand in different ways, or that the standard does not know."""


def parse_document(text: str) -> JsonObject:
    """Read a JSON object. Raises ``PayloadError``, and nothing else, for any other text.

    A key that stands twice in one object is refused: which of its values counts would depend on the reader.
    """
    size_bytes = len(encode(text))
    if size_bytes > BODY_LIMIT_BYTES:
        raise PayloadError(path="$", found=f"{size_bytes} bytes", expected=f"{BODY_LIMIT_BYTES} at most")
    if not text.strip():
        raise PayloadError(path="$", found="an empty body", expected=_EXPECTED)
    try:
        document = json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        found = f"no valid JSON ({error.msg} at line {error.lineno}, column {error.colno})"
        hint = _TEMPLATE_HINT if "{{" in text else _QUOTE_HINT
        raise PayloadError(path="$", found=found, expected=hint) from None
    except RecursionError:
        raise PayloadError(path="$", found="JSON nested too deeply to be read", expected=_EXPECTED) from None
    except _AmbiguityError as error:
        raise PayloadError(path="$", found=str(error), expected=_EXPECTED) from None
    except ValueError:
        # Python refuses to make a number of more than 4,300 digits.
        raise PayloadError(path="$", found="a number of thousands of digits", expected=_EXPECTED) from None
    if not isinstance(document, dict):
        raise PayloadError(path="$", found=describe(document), expected=_EXPECTED)
    return JsonObject(path="$", members=document)


def encode(text: str) -> bytes:
    """The text in UTF-8. Unlike ``str.encode`` it never fails: half a surrogate pair is encoded like a character."""
    return text.encode("utf-8", "surrogatepass")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise _AmbiguityError(f"the key {excerpt(key)} twice in one object")
        members[key] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _AmbiguityError(f"{name}, which is no JSON value")
