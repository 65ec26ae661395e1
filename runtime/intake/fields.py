"""Reads fields of an untrusted JSON document.

Every field that is read is checked: its type, its length, and that it contains no characters that could mislead a
reader of the record. Other fields can have any content.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.excerpt import excerpt

TEXT_LIMIT = 2048
"""Maximum characters in one field: the maximum length of an ARN in IAM.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html"""

ID_LIMIT = 256
"""Characters in an issue's or account's id. Wiz uses UUIDs; DynamoDB limits a partition key to 2,048 bytes."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators, text direction overrides, and halves of surrogate pairs: the first three
falsify a log line, and the last cannot be encoded as UTF-8, so no audit record could hold it."""

_INVISIBLE = re.compile(
    "[\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u202f\u205f-\u2065\u206a-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Non-standard spaces and invisible characters, which make an identifier look like another. A name can have them, as an
emoji does."""

_BLANK = " \t\r\n"
"""White space in JSON: other spaces are part of a value."""


class PayloadError(Exception):
    """A body or a field is invalid. Never leaves ``runtime.intake``."""

    def __init__(self, *, path: str, found: str, expected: str) -> None:
        self.path = path
        self.found = found
        self.expected = expected
        super().__init__(f"{path}: found {found}; expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonObject:
    """An object in the document and its JSON path (``$`` is the document itself)."""

    path: str
    members: Mapping[str, Any]

    def object(self, key: str) -> JsonObject:
        """The object at ``key``. Raises ``PayloadError`` for any other value, or if it is missing."""
        value = self.members.get(key)
        path = self.path_of(key)
        if not isinstance(value, dict):
            raise PayloadError(path=path, found=describe(value, missing=key not in self.members), expected="an object")
        return JsonObject(path=path, members=value)

    def object_or_empty(self, key: str) -> JsonObject:
        """The object at ``key``, an empty one if it is null or missing. Raises ``PayloadError`` otherwise."""
        if self.members.get(key) is None:
            return JsonObject(path=self.path_of(key), members={})
        return self.object(key)

    def text(self, key: str, limit: int = TEXT_LIMIT) -> str:
        """The text at ``key``, trimmed. Raises ``PayloadError`` if it is missing, blank or not a visible text."""
        return self._not_empty(key, self.text_or_empty(key, limit))

    def text_or_empty(self, key: str, limit: int = TEXT_LIMIT) -> str:
        """The text at ``key``, trimmed; empty if it is null or missing. Raises ``PayloadError`` otherwise."""
        text = self.name_or_empty(key, limit)
        if not text.isascii() and _INVISIBLE.search(text):
            raise PayloadError(
                path=self.path_of(key), found=describe(text), expected="text without invisible characters"
            )
        return text

    def name(self, key: str, limit: int = TEXT_LIMIT) -> str:
        """Like ``text``, for a name: an emoji has invisible characters."""
        return self._not_empty(key, self.name_or_empty(key, limit))

    def name_or_empty(self, key: str, limit: int = TEXT_LIMIT) -> str:
        """Like ``text_or_empty``, for a name."""
        return parse_name(self.path_of(key), self.members.get(key), limit)

    def account_id(self, key: str) -> str:
        """The account id at ``key``. Raises ``PayloadError`` if it is missing, blank, or a number that cannot be one.

        An account id has 12 digits and can start with zeros, which a JSON number cannot represent: a number is padded
        to 12 digits. A text is not changed.
        """
        value = self.members.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            return self.text(key, ID_LIMIT)
        if not 0 <= value < 10**12:
            expected = "an account id of 12 digits"
            raise PayloadError(path=self.path_of(key), found=describe(value), expected=expected)
        return f"{value:012d}"

    def peek(self, *keys: str) -> str:
        """The text at the end of ``keys``, to recognise and name a body; empty if it is unreadable."""
        holder, last = self._descend(keys)
        try:
            return holder.text_or_empty(last, ID_LIMIT)
        except PayloadError:
            return ""

    def peek_account_id(self, *keys: str) -> str:
        """The account id at the end of ``keys``; empty if it is unreadable."""
        holder, last = self._descend(keys)
        try:
            return holder.account_id(last)
        except PayloadError:
            return ""

    def has_object(self, key: str) -> bool:
        return isinstance(self.members.get(key), dict)

    def path_of(self, key: str) -> str:
        return f"{self.path}.{key}"

    def _not_empty(self, key: str, text: str) -> str:
        if not text:
            found = describe(self.members.get(key), missing=key not in self.members)
            raise PayloadError(path=self.path_of(key), found=found, expected="a text that is not empty")
        return text

    def _descend(self, keys: tuple[str, ...]) -> tuple[JsonObject, str]:
        *parents, last = keys
        holder = self
        for key in parents:
            if not holder.has_object(key):
                return JsonObject(path=holder.path_of(key), members={}), last
            holder = holder.object(key)
        return holder, last


def parse_name(path: str, value: Any, limit: int = TEXT_LIMIT) -> str:
    """A text or whole number as trimmed text of ``limit`` characters at most, null as empty text.

    Raises ``PayloadError`` for anything else.
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise PayloadError(path=path, found=describe(value), expected="a text")
    text = value.strip(_BLANK)
    if len(text) > limit:
        raise PayloadError(path=path, found=f"{len(text)} characters", expected=f"{limit} at most")
    if "{{" in text:
        expected = "the value of the template's variable"
        raise PayloadError(path=path, found=describe(text), expected=expected)
    if _UNSAFE.search(text):
        expected = "text without control characters"
        raise PayloadError(path=path, found=describe(text), expected=expected)
    return text


def parse_word(text: str, words: Collection[str]) -> str:
    """The one of Wiz's ``words`` that a text spells (``In progress`` is ``IN_PROGRESS``), or else the text as it is.

    Text beyond ASCII spells none: no Wiz word has any, and making it upper case could turn it into a word that it is
    not: the dotless i becomes an ``I``.
    """
    word = re.sub(r"[\s_-]+", "_", text).upper()
    return word if text.isascii() and word in words else text


def describe(value: Any, *, missing: bool = False) -> str:
    """The value found, shortened for a sentence."""
    if missing:
        return "nothing"
    match value:
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "a list"
        case float():
            return "a number with a fraction or an exponent"
        case _:
            return excerpt(value)
