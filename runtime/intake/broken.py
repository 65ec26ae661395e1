"""Diagnosis of a text that is not JSON: where it breaks, the usual cause, and the issue.

A text can be as long as a queue's message, so every search is limited to a fixed distance.
"""

from __future__ import annotations

import json
import re

from runtime.intake.fields import PayloadError

EXPECTED = "a JSON object"

_BEFORE, _AFTER = 40, 20
"""Characters that a sentence shows around the place of the error."""

_QUOTE_HINT = (
    "a JSON object. A quotation mark in the value of a template variable breaks a body, and so does an object, such "
    "as a resource's tags, that the template puts in quotation marks"
)
_TEMPLATE_HINT = "a JSON object. It breaks at '{{': Wiz may not have filled in the template's variables"
_LINE_HINT = (
    "a JSON object. A line break, or another control character, within a text breaks a body, and so does a backslash "
    "at the end of a text"
)
_BACKSLASH_HINT = "a JSON object. A backslash in the value of a template variable breaks a body"
_CUT_HINT = "a JSON object. The text ends before its object does"
_BOM_HINT = "a JSON object, without the byte order mark (U+FEFF) before it"
_MORE_HINT = "one JSON object and nothing after it"

_AFTER_A_TEXT = {
    "Expecting ',' delimiter": re.compile(r'"\s{0,40}\Z'),
    "Expecting property name enclosed in double quotes": re.compile(r'"\s{0,40},\s{0,40}\Z'),
    "Expecting ':' delimiter": re.compile(r'"\s{0,40},\s{0,40}"[^"\n]{0,200}"\s{0,40}\Z'),
}
"""By Python's message: how what precedes the error ends where a quotation mark closed a value too early."""
_MEMBER, _UNQUOTED_MEMBER = re.compile(r'"[^"\n]{0,200}"\s{0,40}:'), re.compile(r"\w{1,200}\s{0,40}:")
_FURTHEST = 400
"""Characters, before the place where it breaks: more than the longest of these."""

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IS = r"""\\{0,3}["']\s{0,40}:\s{0,40}"""  # after a key; the backslashes are there where JSON stands within JSON
_IN_AN_ISSUE = rf"""["'](?:issue|threat){_IS}\{{[^{{}}]{{0,1000}}?["']id{_IS}\\{{0,3}}["']"""
_ISSUE_ID = re.compile(rf"(?:{_IN_AN_ISSUE}|issue~')({_UUID})(?![\w-])")  # the second is a link to Wiz's portal
_ACCOUNT_ID = re.compile(rf"""["']subscription(?:External)?Id{_IS}\\{{0,3}}["']?([0-9]{{12}})(?!\w)""")


def explain(error: json.JSONDecodeError) -> PayloadError:
    """Why a text is not JSON, with the escaped place of the error."""
    before = json.dumps(error.doc[max(0, error.pos - _BEFORE) : error.pos])
    after = json.dumps(error.doc[error.pos : error.pos + _AFTER])
    place = f"line {error.lineno}, column {error.colno}, after {before}, at {after}"
    return PayloadError(path="$", found=f"invalid JSON ({error.msg}: {place})", expected=_hint(error))


def _hint(error: json.JSONDecodeError) -> str:
    text, at = error.doc, error.pos
    if text.startswith("\ufeff"):
        return _BOM_HINT
    if error.msg == "Extra data":
        return _MORE_HINT
    if "{{" in text[max(0, at - 1) : at + 2]:
        return _TEMPLATE_HINT
    if error.msg.startswith("Invalid control character"):
        return _LINE_HINT
    if error.msg.startswith("Invalid \\"):
        return _BACKSLASH_HINT
    if error.msg.startswith("Unterminated string") or not text[at:].strip():
        return _CUT_HINT
    return _QUOTE_HINT if _ends_a_text_early(error) else EXPECTED


def _ends_a_text_early(error: json.JSONDecodeError) -> bool:
    """Whether a quotation mark within a value seems to have ended it, as opposed to a missing comma or mark."""
    text, at = error.doc, error.pos
    ends = _AFTER_A_TEXT.get(error.msg)
    if ends is None or ends.search(text, max(0, at - _FURTHEST), at) is None:
        return False
    if "':'" in error.msg:
        return text[at] in ",}"
    if "property name" in error.msg:
        return _UNQUOTED_MEMBER.match(text, at) is None
    if text[at] == '"':
        return _MEMBER.match(text, at) is None and "\n" not in text[text.rindex('"', 0, at) : at]
    return text[at] not in ":;="


def issue_id_in(text: str) -> str:
    """The issue of a text, if it names exactly one."""
    return _only(_ISSUE_ID, text)


def account_id_in(text: str) -> str:
    """The account of a text, if it names exactly one."""
    return _only(_ACCOUNT_ID, text)


def _only(pattern: re.Pattern[str], text: str) -> str:
    found = set(pattern.findall(text))
    return found.pop() if len(found) == 1 else ""
