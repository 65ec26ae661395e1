"""YAML files that people edit: read strictly, and complained about with file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

type Place = tuple[str | int, ...]
"""Where in a document: keys and indexes from its root."""

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class ConfigurationInvalid(Exception):
    """A file under ``config/`` cannot be used. ``problems`` holds one sentence per defect, with file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """One file's content. ``lines`` says where each place stands, counted from 1; a key stands where it is written."""

    path: Path
    content: Any
    lines: Mapping[Place, int]

    def problem(self, place: Place, sentence: str) -> str:
        """The sentence with the file, the line and the place in front. A place that is missing stands in its parent."""
        nearest = place
        while nearest not in self.lines:
            nearest = nearest[:-1]
        where = _dotted(place)
        return f"{shown(self.path)}:{self.lines[nearest]}: {where + ': ' if where else ''}{sentence}"


def shown(path: Path) -> str:
    """The path as an editor opens it from where the program was started."""
    return os.path.relpath(path)


def read_yaml(path: Path) -> YamlDocument:
    """Read a file. Dates and times stay as they are written, also without quotes.

    Raises ``ConfigurationInvalid`` if it is missing, is not YAML or has the same key twice.
    """
    lines: dict[Place, int] = {(): 1}
    problems: list[str] = []
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        content = None if root is None else _content(root, (), lines, problems)
    except FileNotFoundError as error:
        raise ConfigurationInvalid((f"{shown(path)}: the file does not exist",)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationInvalid((f"{shown(path)}:{line}: invalid YAML: {error.problem}",)) from error
    if problems:
        raise ConfigurationInvalid(tuple(f"{shown(path)}:{problem}" for problem in problems))
    return YamlDocument(path=path, content=content, lines=lines)


class Document(Protocol):
    """Content whose problems can be located."""

    @property
    def content(self) -> Any: ...

    def problem(self, place: Place, sentence: str) -> str: ...


def schema_problems(document: Document, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What a JSON Schema (draft 4) finds wrong with a document, each said with what is allowed instead."""
    errors = sorted(_validator()(schema).iter_errors(document.content), key=lambda error: list(map(str, error.path)))
    return tuple(problem for error in errors for problem in _problems(document, error))


@cache
def _validator() -> Any:
    """Draft 4, which tries only the alternatives that a value can be meant by: a catalog entry has one for each fix."""
    from jsonschema import Draft4Validator  # noqa: PLC0415  slow, and not for who only reads
    from jsonschema.validators import extend  # noqa: PLC0415  the same

    def one_of(validator: Any, alternatives: list[Any], content: Any, schema: Any) -> Any:
        meant = [alternative for alternative in alternatives if not _is_ruled_out(alternative, content)]
        return Draft4Validator.VALIDATORS["oneOf"](validator, meant, content, schema)

    return extend(Draft4Validator, {"oneOf": one_of})  # type: ignore[no-untyped-call]


def _is_ruled_out(alternative: Mapping[str, Any], content: Any) -> bool:
    """Whether a property has none of the values that the alternative allows it. Nothing else of it is looked at."""
    return isinstance(content, dict) and any(
        content[name] not in part["enum"]
        for name, part in alternative.get("properties", {}).items()
        if "enum" in part and name in content
    )


def _content(node: yaml.Node, place: Place, lines: dict[Place, int], problems: list[str]) -> Any:
    match node:
        case yaml.MappingNode():
            content = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                line = key_node.start_mark.line + 1
                if key in content:
                    problems.append(f"{line}: {_dotted((*place, key))}: the key is duplicate")
                lines[*place, key] = line
                content[key] = _content(value_node, (*place, key), lines, problems)
            return content
        case yaml.SequenceNode():
            for index, item in enumerate(node.value):
                lines[*place, index] = item.start_mark.line + 1
            return [_content(item, (*place, index), lines, problems) for index, item in enumerate(node.value)]
        case yaml.ScalarNode(tag=tag, value=str(text)) if tag == _TIMESTAMP or (tag in _NUMBERS and ":" in text):
            # Times are text. To YAML 1.1, 22:00 is the number 1320: https://yaml.org/type/int.html
            return text
        case _:
            return yaml.SafeLoader("").construct_object(node)


def _problems(document: Document, error: ValidationError) -> Iterable[str]:
    place = tuple(error.absolute_path)
    schema: Any = error.schema
    expected: Any = error.validator_value
    content: Any = error.instance
    match error.validator:
        case "additionalProperties":
            named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
            allowed = ", ".join(sorted(named)) or " or ".join(patterns) or "none"
            for name in content:
                if name not in named and not any(re.search(pattern, name) for pattern in patterns):
                    yield document.problem((*place, name), f"unknown key; allowed: {allowed}")
        case "required":
            yield document.problem(place, error.message.replace(" is a required property", " is missing"))
        case "enum":
            allowed = ", ".join(map(str, expected))
            yield document.problem(place, f"{content!r} is not allowed; one of: {allowed}")
        case "oneOf":
            for cause in _closest_branch(error):
                yield from _problems(document, cause)
        case "type":
            kinds = expected if isinstance(expected, list) else [expected]
            hint = " (write it in quotes)" if kinds == ["string"] and not isinstance(content, dict | list) else ""
            yield document.problem(place, f"{content!r} is not of the type {' or '.join(kinds)}{hint}")
        case "pattern":
            meaning = schema.get("description", "")
            yield document.problem(
                place,
                f"{content!r} does not match {expected}" + f" ({meaning})" * bool(meaning),
            )
        case _:
            yield document.problem(place, error.message)


def _closest_branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the alternative that was meant.

    Of alternatives for objects, it is the one that takes the properties with a fixed value as they are; if there is
    none, another error already says so. Of others, the one that fails deepest in the document.
    """
    branches: dict[Any, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(cause.relative_schema_path[0], []).append(cause)
    if isinstance(error.instance, dict):
        return next((causes for causes in branches.values() if not any(map(_is_of_another, causes))), [])
    return max(branches.values(), key=lambda causes: max(len(cause.relative_path) for cause in causes))


def _is_of_another(cause: ValidationError) -> bool:
    return cause.validator == "enum" and len(cause.relative_path) == 1


def _dotted(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")
