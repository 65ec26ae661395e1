"""Reads a command of the AWS command line by AWS's own model of the service, as botocore has it.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session
from botocore.validate import ParamValidator

OF_THE_COMMAND_LINE = {"--output", "--query"}
"""Options that no service sees."""

RENAMED = {"Subscribe": {"--endpoint": "--notification-endpoint"}}
"""Options that would be mistaken for one of the command line's own.
https://docs.aws.amazon.com/cli/latest/reference/sns/subscribe.html"""

_session = cache(Session)


class NotACommand(Exception):
    """AWS would refuse it, or the AWS command line."""


def read_command(command: str | Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The operation, and the parameters that the service would get. Raises ``NotACommand``."""
    words = shlex.split(command) if isinstance(command, str) else list(command)
    if words[0] != "aws" or len(words) < 3:
        raise NotACommand(f"{words} is no command of the AWS command line")
    model = _operation(words[1], words[2])
    assert model.input_shape is not None
    renamed = RENAMED.get(model.name, {})
    members = {"--" + xform_name(name, "-"): (name, shape) for name, shape in model.input_shape.members.items()}
    members = {renamed.get(option, option): member for option, member in members.items()}
    parameters: dict[str, Any] = {}
    for option, values in _options(words[3:]):
        if option in OF_THE_COMMAND_LINE:
            continue
        if option not in members:
            raise NotACommand(f"{words[2]} has no option {option}")
        name, shape = members[option]
        if name in parameters:
            raise NotACommand(f"{option} is given twice")
        parameters[name] = _read(option, values, shape)
    report = ParamValidator().validate(parameters, model.input_shape)
    problems = [report.generate_report()] if report.has_errors() else list(_problems(parameters, model.input_shape))
    if problems:
        raise NotACommand(f"{words[2]}: {'; '.join(problems)}")
    return model.name, parameters


def _operation(service: str, command: str) -> OperationModel:
    if service not in _session().get_available_services():
        raise NotACommand(f"there is no service {service}")
    model: ServiceModel = _session().get_service_model(service)
    for name in model.operation_names:
        if xform_name(name, "-") == command:
            return model.operation_model(name)
    raise NotACommand(f"{service} has no command {command}")


def _options(words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    option, values = "", list[str]()
    for word in words:
        if word.startswith("--"):
            if option:
                yield option, values
            option, values = word, []
        elif option:
            values.append(word)
        else:
            raise NotACommand(f"{word} belongs to no option")
    if option:
        yield option, values


def _read(option: str, values: list[str], shape: Shape) -> Any:
    if isinstance(shape, ListShape):
        return [_read(option, [value], shape.member) for value in values]
    if shape.type_name == "boolean" and not values:
        return True
    if len(values) != 1:
        raise NotACommand(f"{option} takes one value, not {values}")
    (value,) = values
    if isinstance(shape, StructureShape):
        return dict(_members(option, value, shape))
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[value.lower()]
    return value


def _members(option: str, shorthand: str, shape: StructureShape) -> Iterator[tuple[str, Any]]:
    """``Name=value,…``. A value for a list may be a single one."""
    for pair in shorthand.split(","):
        name, separator, value = pair.partition("=")
        if not separator or name not in shape.members:
            raise NotACommand(f"{option} has no member {name!r}")
        yield name, _read(option, [value], shape.members[name])


def _problems(value: Any, shape: Shape) -> Iterator[str]:
    """What botocore leaves to the service: which values there are, and their form."""
    if isinstance(shape, StructureShape):
        for name, part in value.items():
            yield from _problems(part, shape.members[name])
    elif isinstance(shape, ListShape):
        for part in value:
            yield from _problems(part, shape.member)
    elif isinstance(value, str):
        if (allowed := getattr(shape, "enum", ())) and value not in allowed:
            yield f"{value!r} is none of {', '.join(allowed)}"
        if (form := shape.metadata.get("pattern")) and re.fullmatch(form, value) is None:
            yield f"{value!r} has not the form {form}"
